#!/bin/bash
# Downloads over a link that loses 1, 5, 10 and 20 % of the packets of each direction, and reorders,
# doubles and corrupts others: the file arrives intact, always; by default and with --strict, or
# long enough that it is the bulk transfer that meets the losses.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
declare -A count # of what the emulator did in all cases
SEED=${LETHE_SEED:-$((RANDOM * 32768 + RANDOM))} # nine digits at most

# over LOSS FILE OPTION...
over() {
    local loss=$1 file=$2 way what
    shift 2
    SEED=$(((SEED + 1) % 1000000000))
    echo "$loss loss, $(stat -c %s "$NET_DIR/files/$file") bytes, ${*:-default}, seed $SEED"
    net_link_start --delay 10ms --rate 30mbit --queue 200 --loss "$loss" --reorder 1% --dup 1% \
        --corrupt 0.5% --corrupt-stale 0.2% --seed "$SEED"
    get_start 10.87.0.2 "$file" "$@"
    get_end "$file"
    equal "exchanges" 1 "$(account exchanges)"
    [ $# = 0 ] || equal "level" 3 "$(account level)"
    net_link_stop
    for way in ab ba; do
        atleast "$way: lost" 1 "$(net_link_count $way lost)"
        for what in lost duplicated reordered corrupted corrupted_stale; do
            count[$what]=$((${count[$what]:-0} + $(net_link_count $way $what)))
        done
    done
}

scenario_up net_up
scenario_file for1 3000000
scenario_file for5 1500000
scenario_file for20 200000
scenario_file bulk1 4000000
scenario_file bulk5 1200000
scenario_file bulk10 500000
server_start "$NET_SERVER" serve
server=$NET_PID
for loss in 1 5 20; do
    over $loss% for$loss --strict
done
over 20% for20
for loss in 1 5 10; do
    over $loss% bulk$loss
done
for what in "${!count[@]}"; do # corrupted_stale is the rarest: some 35
    atleast "packets $what" 10 "${count[$what]}"
done
atleast "packets lost, of about 1200" 600 "${count[lost]}"
atleast "packets that the server dropped as forged" 1 "$(($(server_count serve "$server" \
    drop_exchange_box) + $(server_count serve "$server" drop_request_box)))"
equal "the server's worker is the first" 1 "$(grep -c '^lethe: worker [0-9]* confined' \
    "$NET_DIR/serve")"
scenario_end
