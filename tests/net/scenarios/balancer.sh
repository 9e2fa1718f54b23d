#!/bin/bash
# Servers that share a ring stand behind a router that sends each single packet to one of them at
# random: a strict download does not notice, nor that one of them dies.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"

servers=() # process ids

start() {
    local i
    servers=()
    scenario_file file "$1"
    rotate_start
    for i in "${!NET_SERVERS[@]}"; do
        server_start "${NET_SERVERS[i]}" "serve$i"
        servers+=("$NET_PID")
    done
}

each_answered() {
    local i kind
    for i in "${!servers[@]}"; do
        for kind in block request; do
            atleast "server $i: ${kind}s answered" "$1" \
                "$(server_count "serve$i" "${servers[i]}" "answered_$kind")"
        done
    done
}

# await_requests LEAST: of the server that is to die
await_requests() {
    local i
    for ((i = 0; i < 400; i++)); do
        [ "$(server_count serve0 "${servers[0]}" answered_request)" -lt "$1" ] || return 0
        sleep 0.02
    done
    net_fail "server 0 answers no requests"
}

finish() {
    get_end file
    equal "exchanges" 1 "$(account exchanges)"
    equal "level" 3 "$(account level)"
}

kill_one() {
    kill_hard "${servers[0]}"
    unset 'servers[0]'
    equal "the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
}

# The router learns that the last server alone is there.
rebalance() {
    local n=${#NET_SERVERS[@]}
    net_in "$NET_ROUTER" nft delete table ip balancer
    net_balance ip 10.87.0.0/16 "$NET_BALANCED_IP4" "10.87.$n.2"
}

over() {
    net_link_start --delay 5ms --rate "$1" --queue 200
}

for n in 2 3; do
    echo "$n servers, all well"
    scenario_up net_up_balancer $n
    start 2000000
    over 30mbit
    get_start "$NET_BALANCED_IP4" file --strict
    finish
    each_answered 100
    get_start "[$NET_BALANCED_IP6]" file --strict
    finish
    net_link_stop
    over 6mbit
    echo "$n servers, one dies"
    get_start "$NET_BALANCED_IP4" file --strict
    await_requests $(($(server_count serve0 "${servers[0]}" answered_request) + 100))
    kill_one
    if [ $n = 2 ]; then
        sleep 1.5
        equal "half of the packets lost, the client is not done" 1 \
            "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
        rebalance
    fi
    finish
    net_link_stop
    scenario_down
done
scenario_end
