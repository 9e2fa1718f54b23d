#!/bin/bash
# A background download makes way for the kernel's TCP, whichever came first, and has the line when
# it is alone. The line: 50 Mbit/s, 20 ms each way, a queue of one bandwidth-delay product.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=tests/net/scenarios/flows.sh
. "$(dirname "$0")/flows.sh"
WARM=4
WINDOW=8
# Longer than TCP needs to come back from one loss on this line, cbrt(0.3 * 330 / 0.4) = 6.3 s.
BESIDE=13

# look [SECONDS]
look() {
    sleep $WARM
    flows_measure "${1:-$WINDOW}"
    flows_print
}

scenario_up net_up
flows_prepare 1
flows_link

echo "TCP alone; load $(cut -d ' ' -f 1 /proc/loadavg)"
flows_tcp 1
look
alone=${flows_rate[tcp1]}
atleast "the line is in use, kbit/s" $((LINE_KBIT * 85 / 100)) "$alone"

echo "a background download comes to it"
flows_lethe 1 --background
look $BESIDE
atleast "what TCP keeps, kbit/s" $((alone * 85 / 100)) "${flows_rate[tcp1]}"
flows_end

echo "the background download alone"
flows_lethe 1 --background
look
atleast "its part of the line, kbit/s: most of it" $((LINE_KBIT / 2)) "${flows_rate[lethe1]}"

echo "TCP comes to it"
flows_tcp 1
look $BESIDE
atleast "what TCP gets, kbit/s" $((alone * 85 / 100)) "${flows_rate[tcp1]}"
flows_end
net_link_stop
scenario_end
