#!/bin/bash
# Three servers that share a ring stand behind a router that sends each single packet to one of them
# at random. During a download one of them is killed and comes back, and the ring turns, several
# times: the file arrives intact, in one exchange.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
PERIOD=2 # seconds; a key lives eight of them, longer than the download
servers=()

start() {
    server_start "${NET_SERVERS[$1]}" "serve$1"
    servers[$1]=$NET_PID
}

requests_of() {
    server_count "serve$1" "${servers[$1]}" answered_request
}

not_done() {
    equal "$1: the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
}

scenario_up net_up_balancer 3
scenario_file file 16000000
rotate_start --period $PERIOD
for i in 0 1 2; do
    start $i
done
net_link_start --delay 10ms --rate 20mbit --queue 100
before=$(grep -c 'is the newest' "$NET_DIR/rotate")
get_start "$NET_BALANCED_IP4" file
arrive 4000 # of the 12,000 or so that the file takes
atleast "requests that server 1 answered" 100 "$(requests_of 1)"
kill_hard "${servers[1]}"
not_done "killed"
sleep 2 # a third of all packets is lost: little comes meanwhile
not_done "about to come back"
start 1
get_end file
equal "exchanges" 1 "$(account exchanges)"
for i in 0 1 2; do
    atleast "requests that server $i answered, since it started" 100 "$(requests_of $i)"
done
atleast "turns of the ring" 3 $(($(grep -c 'is the newest' "$NET_DIR/rotate") - before))
echo "  number spaces begun anew: $(account number_restarts); $(account packets_received) packets" \
    "received, $(account packets_ignored) of no use"
net_link_stop
scenario_end
