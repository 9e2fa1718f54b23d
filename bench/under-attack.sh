#!/bin/bash
# What is left of a server for honest clients while it is flooded with first packets that cost it as
# much as four of its cores could do: lethe serve under HELLOs that are garbage behind a right mac,
# openssl s_server and nginx under ClientHellos. Attackers and clients share one core, the server
# has the other. Needs root, two cores, curl, openssl, nginx.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/net/topology.sh
. "$here/../tests/net/topology.sh"
# shellcheck source=bench/figures.sh
. "$here/figures.sh"
# shellcheck source=bench/peers.sh
. "$here/peers.sh"

usage='usage: bench/under-attack.sh [--build DIR] [--seconds N] [--quick] [--check] [--results FILE]
  LETHE   in the environment: the program to measure (cmd/lethe of the build)'
figures_options under-attack "$usage" "$@"
seconds=20
set -- "${FIGURES_REST[@]}"
while [ $# -gt 0 ]; do
    case $1 in
    --seconds) seconds=$2 && shift ;;
    *) figures_usage "$usage" ;;
    esac
    shift
done
! $quick || seconds=2
TIMES=4          # what the server can take
PATIENCE=3       # seconds that an honest client waits
EACH=0.1         # seconds between two honest clients
CALIBRATE_MS=1000
S_SERVER_PORT=4435
ATTACK=$build/tests/net/scenarios/attack TLS_HELLOS=$build/bench/tls_hellos

# What the process has used of a core, in ns.
cpu_ns() {
    cut -d' ' -f1 "/proc/$1/schedstat"
}

s_server() {
    net_spawn "$NET_SERVER" s_server.log "${PEERS_ON_SERVER[@]}" openssl s_server -quiet \
        -accept $PEERS_ADDRESS:$S_SERVER_PORT -key "$NET_DIR/key.pem" -cert "$NET_DIR/cert.pem" \
        -tls1_3 -groups X25519 -num_tickets 0 -WWW
    S_SERVER_PID=$NET_PID
    peers_listens -t $S_SERVER_PORT
}

# A ClientHello of curl's TLS library, recorded from a connection to a port of our own.
record_client_hello() {
    local i
    net_spawn "$NET_SERVER" record.log python3 -c 'import socket, sys
s = socket.create_server((sys.argv[1], 4999))
c, _ = s.accept()
open(sys.argv[2], "wb").write(c.recv(65536))' $PEERS_ADDRESS "$NET_DIR/client-hello"
    peers_listens -t 4999
    net_client timeout 2 openssl s_client -connect $PEERS_ADDRESS:4999 -tls1_3 -groups X25519 \
        </dev/null >"$NET_DIR/s_client.log" 2>&1 || true
    for ((i = 0; i < 200; i++)); do
        [ ! -s "$NET_DIR/client-hello" ] || return 0
        sleep 0.01
    done
    net_fail "no ClientHello was recorded"
}

# attack WHO RATE MS: in the background; its account goes to $NET_DIR/attack
attack() {
    local port=$S_SERVER_PORT
    [ "$1" != nginx ] || port=$PEERS_TLS_PORT
    if [ "$1" = lethe ]; then
        net_spawn "$NET_ATTACKER" attack nice -n 10 "${PEERS_ON_CLIENT[@]}" "$ATTACK" garbage \
            "$NET_DIR/id" $PEERS_ADDRESS:$PEERS_LETHE_PORT "$2" "$3" 10.87.1
    else
        net_spawn "$NET_ATTACKER" attack nice -n 10 "${PEERS_ON_CLIENT[@]}" "$TLS_HELLOS" \
            "$NET_DIR/client-hello" $PEERS_ADDRESS $port "$2" "$3" 10.87.1.0
    fi
    ATTACK_PID=$NET_PID
}

# taken WHO: first packets that were answered or judged, of the last attack
taken() {
    if [ "$1" = lethe ]; then
        sed -n 's/^sent \([0-9]*\) .*/\1/p' "$NET_DIR/attack"
    else
        sed -n 's/.* answered \([0-9]*\)$/\1/p' "$NET_DIR/attack"
    fi
}

# capacity WHO PID RATE: how many a second fill the server's core, by what a few cost
capacity() {
    local cpu
    cpu=$(cpu_ns "$2")
    attack "$1" "$3" $CALIBRATE_MS
    wait "$ATTACK_PID" || net_fail "the attacker failed: $(cat "$NET_DIR/attack")"
    cpu=$(($(cpu_ns "$2") - cpu))
    echo $(($(taken "$1") * 1000000000 / (cpu + 1)))
}

honest() {
    local start=$EPOCHREALTIME who=$1 port=$S_SERVER_PORT out=$NET_DIR/honest/$2
    [ "$who" != nginx ] || port=$PEERS_TLS_PORT
    if [ "$who" = lethe ]; then
        timeout $PATIENCE "$LETHE" get "lethe://$PEERS_ADDRESS:$PEERS_LETHE_PORT/file" \
            --identity "$NET_DIR/id" -o "$out.got" --quiet
    else
        timeout $PATIENCE curl --silent --fail --http1.0 --cacert "$NET_DIR/cert.pem" \
            --resolve "server:$port:$PEERS_ADDRESS" --output "$out.got" "https://server:$port/file"
    fi >"$out.log" 2>&1 && cmp -s "$out.got" "$PEERS_DIR/files/file" &&
        awk "BEGIN { print ($EPOCHREALTIME - $start) * 1000 }" >"$out.ms"
    rm -f "$out.got"
}

# clients WHO: one after the other, however the last one fares, until the attack is over
clients() {
    local n=0
    while kill -0 "$ATTACK_PID" 2>/dev/null; do
        honest "$1" $n &
        n=$((n + 1))
        sleep $EACH
    done
    wait
    echo $n >"$NET_DIR/honest/begun"
}

# under WHO PID RATE: prints the row, and the share of success to $NET_DIR/WHO.share
under() {
    local who=$1 most begun done cpu rate
    most=$(capacity "$who" "$2" "$3")
    rm -rf "$NET_DIR/honest"
    mkdir "$NET_DIR/honest"
    sleep 2 # whatever the calibration has set off is over
    attack "$who" $((TIMES * most)) $((seconds * 1000))
    cpu=$(cpu_ns "$2")
    export -f honest clients
    export NET_DIR PEERS_DIR PEERS_ADDRESS PEERS_LETHE_PORT PEERS_TLS_PORT S_SERVER_PORT PATIENCE \
        EACH ATTACK_PID
    # shellcheck disable=SC2016 # the inner shell's variable
    net_client "${PEERS_ON_CLIENT[@]}" bash -c 'clients "$1"' bash "$who"
    cpu=$(($(cpu_ns "$2") - cpu))
    wait "$ATTACK_PID" || net_fail "the attacker failed: $(cat "$NET_DIR/attack")"
    begun=$(cat "$NET_DIR/honest/begun")
    cat "$NET_DIR"/honest/*.ms >"$NET_DIR/$who.ms" 2>/dev/null || : >"$NET_DIR/$who.ms"
    done=$(wc -l <"$NET_DIR/$who.ms")
    rate=$(($(sed -n 's/^\(sent\|begun\) \([0-9]*\) .*/\2/p' "$NET_DIR/attack") / seconds))
    awk "BEGIN { print $done / $begun }" >"$NET_DIR/$who.share"
    printf '%-10s %6d a second for %d that it can take (%.1f times); its core %3d %% busy\n' \
        "$who" $rate "$most" "$(awk "BEGIN { print $rate / $most }")" $((cpu / seconds / 10000000))
    printf '           %d of %d clients done within %d s (%.1f %%), the median after %s ms\n' \
        "$done" "$begun" $PATIENCE "$(awk "BEGIN { print 100 * $done / $begun }")" \
        "$(sort -g "$NET_DIR/$who.ms" | sed -n "$((done / 2 + 1))p")"
}

peers_need nginx curl openssl python3
for program in "$ATTACK" "$TLS_HELLOS"; do
    [ -x "$program" ] || net_cannot "no $program: build it"
done
figures_programs
net_up_attacked
peers_up 10000000
peers_file file 1000
peers_core 0 1
# Attackers reach the peers at the clients' address of the server.
ip -n "$NET_ATTACKER" route add 10.87.0.0/24 via 10.87.1.1
peers_serve lethe nginx
cd "$PEERS_DIR/files"
s_server
cd "$here"
record_client_hello
worker=$(sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' "$NET_DIR/serve.log")
nginx=$(pgrep -P "$(cat "$NET_DIR/nginx.pid")" | head -n 1)
under lethe "$worker" 1500
under s_server "$S_SERVER_PID" 200
under nginx "$nginx" 200
figures_judge "honest clients of lethe" '>=' 0.99 <"$NET_DIR/lethe.share"
figures_tell "honest clients of s_server" of1 "$NET_DIR/s_server.share"
figures_tell "honest clients of nginx" of1 "$NET_DIR/nginx.share"
figures_end
