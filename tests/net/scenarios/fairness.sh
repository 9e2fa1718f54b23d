#!/bin/bash
# Downloads share a line with the kernel's TCP, each flow with each other, whichever kind it is: two
# and eight flows of each. Queue and senders alone make it so: the queue knows no flows. How they
# meet in their first seconds is chance, so more than one run is judged where one is not fair.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
# shellcheck source=tests/net/scenarios/flows.sh
. "$(dirname "$0")/flows.sh"
WARM=8 # seconds until the flows have found each other
WINDOW=16
FAIR=900 # Jain's index, thousandths

run() {
    local n=$1 i all=() tcp=() lethe=()
    for ((i = 1; i <= n; i++)); do
        tcp+=("tcp$i") lethe+=("lethe$i")
    done
    all=("${tcp[@]}" "${lethe[@]}")
    echo "$n flows of each kind, $WINDOW s after $WARM s; load $(cut -d ' ' -f 1 /proc/loadavg)"
    flows_tcp "$n"
    flows_lethe "$n"
    sleep $WARM
    flows_measure $WINDOW
    flows_end
    flows_print
    echo "  TCP $(flows_sum "${tcp[@]}"), Lethe $(flows_sum "${lethe[@]}") kbit/s;" \
        "Jain's index among TCP alone $(flows_jain "${tcp[@]}"), Lethe $(flows_jain "${lethe[@]}")"
    jain=$(flows_jain "${all[@]}")
    echo "  Jain's index of all, thousandths: $jain"
    atleast "the line is in use, kbit/s" $((LINE_KBIT * 85 / 100)) "$(flows_sum "${all[@]}")"
}

# judge N LEAD: fair runs are LEAD ahead of others before these are six ahead. Where one run in ten
# is not fair, that comes about less than once in 100,000 times; where most are not, it is soon.
judge() {
    local lead=0 runs=0
    while [ $lead -lt "$2" ] && [ $lead -gt -6 ]; do
        run "$1"
        runs=$((runs + 1))
        if [ "$jain" -lt $FAIR ]; then
            lead=$((lead - 1))
        else
            lead=$((lead + 1))
        fi
    done
    atleast "fair runs ahead of others, of $runs" "$2" $lead
}

scenario_up net_up
flows_prepare 8
flows_link
judge 2 2
judge 8 1
net_link_stop
scenario_end
