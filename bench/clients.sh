#!/bin/bash
# The goodput of a server core that a thousand clients download from at once, next to what one
# client gets from it: how much is lost to many. A key exchange is no part of it: bytes are counted
# in a window that opens when every client has received some. The server has core 0, all clients
# core 1; files are in memory at both ends. Needs root and two cores.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/net/topology.sh
. "$here/../tests/net/topology.sh"
# shellcheck source=bench/figures.sh
. "$here/figures.sh"
# shellcheck source=bench/peers.sh
. "$here/peers.sh"
# shellcheck source=bench/wire.sh
. "$here/wire.sh"

usage='usage: bench/clients.sh [--build DIR] [--rounds N] [--clients N] [--kib N] [--mib N]
                        [--quick] [--check] [--results FILE]
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
! $quick || rounds=1 clients=100 mib=256
rounds=${rounds:-3}
ALONE=$((mib * 1048576)) EACH=$((kib * 1024))

# start_clients N: that many clients of the program; their process ids come to clients.log. They
# leave the traces of ordinary processes, so what the kernel has counted for them tells how far
# they are.
# shellcheck disable=SC2016 # the variables are the inner shell's
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

# sample N BYTES: "clients that run, clients that have data, bytes, seconds, CPU seconds of the
# worker", of N clients that fetch BYTES each. A client writes each piece of the file once, and to
# sockets it does not write(2).
sample() {
    local cpu
    read -r cpu _ <"/proc/$WORKER/schedstat" || net_fail "the server's worker is gone"
    cat "${IO[@]}" 2>/dev/null | awk -v now="$EPOCHREALTIME" -v cpu="$cpu" -v n="$1" -v size="$2" '
        $1 == "wchar:" { run++; if ($2) begun++; bytes += $2 }
        END { done = n - run
            printf "%d %d %.0f %.3f %.6f\n", run, begun + done, bytes + done * size, now,
                cpu / 1e9 }'
}

# window NAME N BYTES TENTHS PAUSE: goodput, in all and by the worker's time, of N clients that
# fetch BYTES each; from TENTHS of all bytes on and while nine tenths of the clients run, but at
# most until nine tenths of the bytes are there or ten seconds are over.
window() {
    local name=$1 n=$2 size=$3 tenths=$4 pause=$5 run begun bytes now cpu from=() to=()
    while :; do
        read -r run begun bytes now cpu < <(sample "$n" "$size")
        [ "$run" -ge $(((n * 9 + 9) / 10)) ] || break
        if [ ${#from[@]} = 0 ] && [ "$begun" = "$n" ] &&
            [ "$bytes" -ge $((n * size * tenths / 10)) ]; then
            from=("$bytes" "$now" "$cpu")
        fi
        to=("$bytes" "$now" "$cpu")
        [ "$bytes" -lt $((n * size * 9 / 10)) ] || break
        [ ${#from[@]} = 0 ] || awk "BEGIN { exit !($now - ${from[1]} < 10) }" || break
        sleep "$pause"
    done
    ! grep -m 3 '^lethe' "$NET_DIR/clients.log" >&2 || net_fail "a client failed"
    [ "${to[0]-0}" -gt "${from[0]-999999999999}" ] ||
        net_fail "no window: $run of $n clients still ran; give them a larger file (--kib, --mib)"
    awk "BEGIN { b = ${to[0]} - ${from[0]}; s = ${to[1]} - ${from[1]}; c = ${to[2]} - ${from[2]}
        print b / s / 1e6 >>\"$NET_DIR/$name\"; print b / c / 1e6 >>\"$NET_DIR/$name.cpu\"
        print s >>\"$NET_DIR/$name.seconds\" }"
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
    window alone 1 $ALONE 3 0.05
    stop_clients
}

run_many() {
    local run begun i
    PEERS_FILE=each
    hold
    start_clients "$clients"
    await_clients "$clients"
    for ((i = 0; i < 1200; i++)); do
        read -r run begun _ < <(sample "$clients" $EACH)
        [ "$run" = "$clients" ] || net_fail "$((clients - run)) clients ended too early"
        [ "$begun" -lt "$clients" ] || break
        sleep 0.1
    done
    [ "$begun" = "$clients" ] || net_fail "only $begun of $clients clients got data in 2 minutes"
    release
    window many "$clients" $EACH 0 0.1
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
WORKER=$(sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' "$NET_DIR/serve.log")
for ((round = 0; round < rounds; round++)); do
    run_alone
    run_many
done
figures_tell "one client" MB/s "$NET_DIR/alone"
figures_tell "$clients clients together" MB/s "$NET_DIR/many"
figures_tell "one client, by the server's CPU" MB/s "$NET_DIR/alone.cpu"
figures_tell "$clients clients, by the server's CPU" MB/s "$NET_DIR/many.cpu"
figures_ratio "$NET_DIR/many.cpu" "$NET_DIR/alone.cpu" >"$NET_DIR/cpu"
figures_tell "the same, $clients clients / one" '' "$NET_DIR/cpu"
figures_tell "window of one" s "$NET_DIR/alone.seconds"
figures_tell "window of $clients" s "$NET_DIR/many.seconds"
figures_ratio "$NET_DIR/many" "$NET_DIR/alone" | figures_judge "$clients clients / one" '>=' 0.8
figures_end
