#!/bin/bash
# Downloads share a line with the kernel's TCP, each flow with each other, whichever kind it is: two
# and eight flows of each. Queue and senders alone make it so: the queue knows no flows. How four
# flows meet in their first seconds is chance, so a median is judged there.
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

# judge N RUNS: the median of so many runs is fair. The last are left out where most agree by then.
judge() {
    local indices=() fair=0 most=$(($2 / 2 + 1))
    while [ ${#indices[@]} -lt "$2" ]; do
        run "$1"
        indices+=("$jain")
        [ "$jain" -lt $FAIR ] || fair=$((fair + 1))
        [ $fair -lt $most ] && [ $((${#indices[@]} - fair)) -lt $most ] || break
    done
    mapfile -t indices < <(printf '%s\n' "${indices[@]}" | sort -n)
    atleast "Jain's index of all, median, thousandths" $FAIR "${indices[(${#indices[@]} - 1) / 2]}"
}

scenario_up net_up
flows_prepare 8
flows_link
judge 2 3
judge 8 1
net_link_stop
scenario_end
