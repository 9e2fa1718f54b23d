#!/bin/bash
# The server is killed (SIGKILL) at several moments of a download over a path of 20 ms each way, and
# comes back after pauses of several lengths: from when its socket is there to the first DATA at the
# client it takes at most three retransmission timeouts. That is src/flow/pull.c's, 1.25 srtt +
# 4 rttvar + 10 ms, for a round trip behind a full queue, which is a short one, and rttvar 0.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
: "${LETHE_WATCH:?the path of the capture}"
QUEUE=25
RTT_US=$((2 * 20000 + QUEUE * 1514 * 8 / 50)) # at 50 Mbit/s
RTO_MS=$(((RTT_US * 5 / 4 + 10000) / 1000))
PORT=6960
SEED=${LETHE_SEED:-$RANDOM}
RANDOM=$SEED

# Until a process's namespace has a socket at the port; sets BACK_US.
await_socket() {
    local table deadline=$((SECONDS + 10)) hex
    hex=$(printf ':%04X ' $PORT)
    while [ $SECONDS -lt $deadline ]; do
        BACK_US=${EPOCHREALTIME/[.,]/}
        read -r -d '' table <"/proc/$1/net/udp" || true
        [[ $table != *"$hex"* ]] || return 0
    done
    net_fail "no socket within 10 s"
}

# Wherever it is in its start: its socket is there before it says that it is ready.
server_back() {
    net_spawn "$NET_SERVER" serve "$LETHE" serve "$NET_DIR/id" --root "$NET_DIR/files" --json \
        --ring "$RING" --listen 0.0.0.0:$PORT
    server=$NET_PID
    await_socket "$server"
    net_await serve '^lethe: worker [0-9]* confined'
}

# server_kill: with its children
server_kill() {
    local worker
    worker=$(worker_of serve)
    kill_hard "$server"
    await_end "$worker"
}

# first_after US LEAST: the first DATA of at least so many bytes after that time, in ms from it
first_after() {
    awk -v since="$1" -v least="$2" '$1 > since && $2 == "in" && ($6 == 10 || $6 == 11) &&
        $5 >= least { printf "%d\n", ($1 - since) / 1000; exit }' "$NET_DIR/watch"
}

scenario_up net_up
scenario_file file 15000000
server_start "$NET_SERVER" serve --listen 0.0.0.0:$PORT
server=$NET_PID
net_link_start --delay 20ms --rate 50mbit --queue $QUEUE --seed "$SEED"
net_spawn "$NET_CLIENT" watch "$LETHE_WATCH" net0
watch=$NET_PID
net_await watch ready
echo "seed $SEED; load $(cut -d ' ' -f 1 /proc/loadavg)"
get_start 10.87.0.2 file
backs=() pauses=()
for pause in 0.15 0.4 0.9 1.7; do
    arrive $((800 + RANDOM % 1100)) # of the 11,000 or so that the file takes
    server_kill
    equal "killed: the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
    sleep $pause
    server_back
    backs+=("$BACK_US") pauses+=("$pause")
done
get_end file
equal "exchanges" 1 "$(account exchanges)"
kill -TERM "$watch"
wait "$watch" || net_fail "the capture is not whole"
forget "$watch"
for i in "${!backs[@]}"; do
    ms=$(first_after "${backs[i]}" 1000)
    echo "  down for ${pauses[i]} s and its start: DATA after $(first_after "${backs[i]}" 0) ms"
    below "first bytes of the file after the server's return, ms" $((3 * RTO_MS + 1)) \
        "${ms:-999999}"
done
net_link_stop
scenario_end
