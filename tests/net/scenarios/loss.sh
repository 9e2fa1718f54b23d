#!/bin/bash
# Downloads over a link that loses 1, 5 and 20 % of the packets of each direction, and reorders,
# doubles and corrupts others: the file arrives intact, always, by default and with --strict.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
SEED=${LETHE_SEED:-$((RANDOM * 32768 + RANDOM))} # nine digits at most

# over LOSS FILE OPTION...
over() {
    local loss=$1 file=$2 way
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
        atleast "$way: lost" 10 "$(net_link_count $way lost)"
        atleast "$way: doubled" 1 "$(net_link_count $way duplicated)"
        atleast "$way: reordered" 1 "$(net_link_count $way reordered)"
        atleast "$way: corrupted" 1 "$(net_link_count $way corrupted)"
    done
}

scenario_up net_up
scenario_file large 3000000
scenario_file small 400000
server_start "$NET_SERVER" serve
server=$NET_PID
for loss in 1% 5% 20%; do
    file=large
    [ $loss != 20% ] || file=small
    over $loss $file
    over $loss $file --strict
done
atleast "packets that the server dropped as forged" 1 "$(($(server_count serve "$server" \
    drop_exchange_box) + $(server_count serve "$server" drop_request_box)))"
equal "the server's worker is the first" 1 "$(grep -c '^lethe: worker [0-9]* confined' \
    "$NET_DIR/serve")"
scenario_end
