#!/bin/bash
# The goodput of a server core that a thousand clients download from at once, next to what one
# client gets from it: how much is lost to many. A key exchange is no part of it: bytes are counted
# in a window that opens when every client has received some. The server has core 0, all clients
# core 1; files are in memory at both ends. Needs root and two cores.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../tests/net/topology.sh"
. "$here/figures.sh"
. "$here/peers.sh"
. "$here/wire.sh"

usage='usage: bench/clients.sh [--build DIR] [--rounds N] [--clients N] [--kib N] [--mib N] [--quick]
                        [--check] [--results FILE]
  --clients N  how many at once (1000)
  --kib N      the file that each of them fetches (4096: beyond it, a client of the program also
               makes a McEliece key, which takes it longer than the fetch)
  --mib N      the file that one client fetches (1024)
  LETHE        in the environment: the program to measure (cmd/lethe of the build)'
figures_options clients "$usage" "$@"
clients=1000 kib=4096 mib=1024
set -- "${FIGURES_REST[@]}"
while [ $# -gt 0 ]; do
    case $1 in
    --clients) clients=$2 && shift ;;
    --kib) kib=$2 && shift ;;
    --mib) mib=$2 && shift ;;
    *) figures_usage "$usage" ;;
    esac
    shift
done
! $quick || rounds=1 clients=50 mib=256
rounds=${rounds:-3}
ALONE=$((mib * 1048576)) EACH=$((kib * 1024))

# start_clients N: that many clients of the program; their process ids come to clients.log. They
# leave the traces of ordinary processes, so what the kernel has counted for them tells how far
# they are.
start_clients() {
    net_spawn "$NET_CLIENT" clients.log "${PEERS_ON_CLIENT[@]}" bash -c '
        for ((i = 0; i < $1; i++)); do
            "$LETHE" get "lethe://$2/$3" --identity "$4" -o "$5/$i" --quiet --timeout 120 >&2 &
            echo "pid $!"
        done
        wait' bash "$1" $PEERS_ADDRESS:$PEERS_LETHE_PORT "$PEERS_FILE" "$NET_DIR/id" \
        "$PEERS_DIR/got"
    GROUP=$NET_PID
}

# Waits until all that start_clients started are there: "/proc/PID/io" for each, in the array IO.
await_clients() {
    local i
    for ((i = 0; i < 6000; i++)); do
        mapfile -t IO < <(sed -n 's|^pid \(.*\)|/proc/\1/io|p' "$NET_DIR/clients.log")
        [ ${#IO[@]} -lt "$1" ] || return 0
        sleep 0.02
    done
    net_fail "only ${#IO[@]} of $1 clients have started"
}

# "clients alive, clients that have written, bytes written, seconds". A client writes each piece of
# the file once, and to sockets it does not write(2).
sample() {
    cat "${IO[@]}" 2>/dev/null | awk -v now="$EPOCHREALTIME" '
        $1 == "wchar:" { alive++; if ($2) begun++; bytes += $2 }
        END { printf "%d %d %.0f %.3f\n", alive, begun, bytes, now }'
}

# window N TOTAL PAUSE: goodput in MB/s, between three tenths and nine tenths of TOTAL, with N
# clients running from one end of it to the other.
window() {
    local n=$1 total=$2 pause=$3 alive begun bytes now from='' from_at='' to='' to_at=''
    while :; do
        read -r alive begun bytes now < <(sample)
        [ "$alive" = "$n" ] || break
        if [ "$begun" = "$n" ] && [ -z "$from" ] && [ "$bytes" -gt $((total * 3 / 10)) ]; then
            from=$bytes from_at=$now
        fi
        to=$bytes to_at=$now
        [ "$bytes" -lt $((total * 9 / 10)) ] || break
        sleep "$pause"
    done
    [ -n "$from" ] && [ "$to" -gt "$from" ] ||
        net_fail "no window: $alive of $n clients still ran; give them a larger file (--kib, --mib)"
    awk "BEGIN { print ($to - $from) / ($to_at - $from_at) / 1e6 }"
    awk "BEGIN { print $to_at - $from_at }" >>"$NET_DIR/seconds.$n"
}

# Ends the clients that are left, which are in the middle of their files.
stop_clients() {
    local file pid
    for file in "${IO[@]}"; do
        pid=${file#/proc/}
        kill -TERM "${pid%/io}" 2>/dev/null || true
    done
    wait "$GROUP" || true
    unset 'NET_SPAWNED[-1]'
    rm -rf "${PEERS_DIR:?}/got"
    mkdir "$PEERS_DIR/got"
}

# While many start, the link is slow, so that the first are not done before the last have begun.
hold() {
    net_try "a token bucket" net_server tc qdisc replace dev net0 root tbf rate 50mbit \
        burst 64k latency 200ms
}

release() {
    net_server tc qdisc replace dev net0 root noqueue
}

run_alone() {
    PEERS_FILE=alone
    start_clients 1
    await_clients 1
    window 1 $ALONE 0.05 >>"$NET_DIR/alone"
    stop_clients
}

run_many() {
    local alive begun i
    PEERS_FILE=each
    hold
    start_clients "$clients"
    await_clients "$clients"
    for ((i = 0; i < 1200; i++)); do
        read -r alive begun _ < <(sample)
        [ "$alive" = "$clients" ] || net_fail "$((clients - alive)) clients ended too early"
        [ "$begun" -lt "$clients" ] || break
        sleep 0.1
    done
    [ "$begun" = "$clients" ] || net_fail "only $begun of $clients clients got data in 2 minutes"
    release
    window "$clients" $((EACH * clients)) 0.25 >>"$NET_DIR/many"
    stop_clients
}

figures_programs
net_up_veth
wire_set on
peers_up $((ALONE * 2 + EACH * clients + EACH))
peers_core 0 1
peers_file each $EACH
peers_file alone $ALONE
peers_serve lethe
peers_fetch lethe # and so no client of the rounds writes the identity, which would count
peers_intact lethe
for ((round = 0; round < rounds; round++)); do
    run_alone
    run_many
done
figures_tell "one client" MB/s "$NET_DIR/alone"
figures_tell "$clients clients together" MB/s "$NET_DIR/many"
figures_tell "window of one" s "$NET_DIR/seconds.1"
figures_tell "window of $clients" s "$NET_DIR/seconds.$clients"
figures_ratio "$NET_DIR/many" "$NET_DIR/alone" | figures_judge "$clients clients / one" '>=' 0.8
figures_end
