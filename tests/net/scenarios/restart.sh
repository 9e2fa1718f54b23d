#!/bin/bash
# The server dies (SIGKILL) in the middle of an exchange and in the middle of a download, and comes
# back with the same identity and the same ring: the client goes on as if nothing had happened.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
SEED=${LETHE_SEED:-$RANDOM}
RANDOM=$SEED

# pause LEAST MOST: milliseconds, at random
pause() {
    local ms=$(($1 + RANDOM % ($2 - $1)))
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
    echo "  $ms ms"
}

# await_blocks N: of the key's 884, that the server answered that many. By what has come and not by
# the clock: making the key takes a busy machine long.
await_blocks() {
    local i
    for ((i = 0; i < 500; i++)); do
        [ "$(server_count serve "$server" answered_block)" -lt "$1" ] || return 0
        sleep 0.02
    done
    net_fail "not $1 blocks within 10 s"
}

# Waits for the download to begin: the first 10000 bytes of the file are there.
await_download() {
    local i
    for ((i = 0; i < 1500; i++)); do
        [ "$(stat -c %s "$NET_DIR/got.part" 2>/dev/null || echo 0)" -lt 10000 ] || break
        sleep 0.01
    done
    [ $i -lt 1500 ] || net_fail "no download within 15 s"
    ARRIVED=$(net_link_count ba delivered)
}

# kill_now WHAT: its children die with it; the ring stays where it is
kill_now() {
    local worker
    worker=$(worker_of serve)
    blocks=$(server_count serve "$server" answered_block)
    requests=$(server_count serve "$server" answered_request)
    kill_hard "$server"
    await_end "$worker"
    echo "  killed in the $1, after $blocks blocks and $requests requests; down for:"
}

start() {
    server_start "$NET_SERVER" serve --listen 0.0.0.0:6960 "$@"
    server=$NET_PID
}

# run OPTION...: of the server
run() {
    echo "seed $SEED, server options: ${*:-none}"
    start "$@"
    get_start 10.87.0.2 file --strict
    await_blocks $((1 + RANDOM % 500))
    kill_now exchange
    equal "the exchange had begun" 1 $((blocks > 0))
    equal "and not ended" 0 "$requests"
    pause 500 2000
    start "$@"
    await_download
    arrive $((100 + RANDOM % 600)) # of the 1,700 or so that the file takes
    kill_now download
    atleast "requests answered before" 10 "$requests"
    equal "the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
    pause 500 2000
    start "$@"
    get_end file
    equal "exchanges" 1 "$(account exchanges)"
    equal "level" 3 "$(account level)"
    seconds=$(account seconds)
    below "seconds, of which 7 are the line's and at most 5 the server was down" 20 "${seconds%.*}"
    net_end "$server"
    forget "$server"
}

# 4 Mbit/s: the exchange takes 2.3 s and the file 4.3 s.
scenario_up net_up
scenario_file file 2000000
net_link_start --delay 10ms --rate 4mbit --queue 100 --seed "$SEED"
run
rotate_start
run --workers 2
net_link_stop
scenario_end
