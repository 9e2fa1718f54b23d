#!/bin/bash
# Downloads over a link that loses 1, 5, 10 and 20 % of the packets of each direction, and reorders,
# doubles and corrupts others: the file arrives intact, always; by default and with --strict, or
# long enough that it is the bulk transfer that meets the losses.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
declare -A chance=([duplicated]=10 [reordered]=10 [corrupted]=5 [corrupted_stale]=2) # in 1000
declare -A count # of what the emulator did in all cases
declare -A lost_of losses_of # by way, in all cases: frames lost, and a hundred times what is likely
carried=0
SEED=${LETHE_SEED:-$((RANDOM * 32768 + RANDOM))} # nine digits at most

# mostly WHAT COUNT OF CHANCE_IN_PERMILLE: what was drawn that often, within 5 sigma below
mostly() {
    local mean=$(($3 * $4 / 1000)) root=1
    while ((root * root < mean)); do
        root=$((root + 1))
    done
    atleast "$1" $((mean > 5 * root ? mean - 5 * root : 1)) "$2"
}

# over LOSS FILE OPTION...
over() {
    local loss=$1 file=$2 way what frames lost both=0 of=0
    shift 2
    SEED=$(((SEED + 1) % 1000000000))
    echo "$loss% loss, $(stat -c %s "$NET_DIR/files/$file") bytes, ${*:-default}, seed $SEED"
    net_link_start --delay 10ms --rate 30mbit --queue 200 --loss "$loss%" --reorder 1% --dup 1% \
        --corrupt 0.5% --corrupt-stale 0.2% --seed "$SEED"
    get_start 10.87.0.2 "$file" "$@"
    get_end "$file"
    # Of 20 % both ways six sendings in a row are lost once in 500 times: a second one begins.
    below "exchanges" $((loss < 20 ? 2 : 3)) "$(account exchanges)"
    [ $# = 0 ] || equal "level" 3 "$(account level)"
    net_link_stop
    for way in ab ba; do
        lost=$(net_link_count $way lost)
        frames=$(($(net_link_count $way frames) - $(net_link_count $way queue_dropped)))
        both=$((both + lost)) of=$((of + frames)) carried=$((carried + frames - lost))
        lost_of[$way]=$((${lost_of[$way]:-0} + lost))
        losses_of[$way]=$((${losses_of[$way]:-0} + frames * loss))
        for what in "${!chance[@]}"; do
            count[$what]=$((${count[$what]:-0} + $(net_link_count $way "$what")))
        done
    done
    mostly "lost" $both $of $((loss * 10))
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
    over $loss for$loss --strict
done
over 20 for20
for loss in 1 5 10; do
    over $loss bulk$loss
done
for way in ab ba; do
    mostly "$way: lost in all" "${lost_of[$way]}" "${losses_of[$way]}" 10
done
for what in "${!count[@]}"; do
    mostly "packets $what" "${count[$what]}" $carried "${chance[$what]}"
done
atleast "packets that the server dropped as forged" 1 "$(($(server_count serve "$server" \
    drop_exchange_box) + $(server_count serve "$server" drop_request_box)))"
equal "the server's worker is the first" 1 "$(grep -c '^lethe: worker [0-9]* confined' \
    "$NET_DIR/serve")"
scenario_end
