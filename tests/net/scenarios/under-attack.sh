#!/bin/bash
# A server under attack: floods of each kind, at four times what the server can take of it where one
# core can produce that, with an honest client that fetches a file again and again beside it. The
# client finishes and is not slowed down much, the server's memory stays as it is, the counters tell
# which attack it was and that admission met it, and two seconds after its end it is over.
#
#   under-attack.sh [--long] [KIND...]    --long: 20 seconds of each instead of 4
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
: "${LETHE_ATTACK:?the path of the attacker}"
FLOOD_MS=4000
CALIBRATE_MS=500
TIMES=4         # what the server can take
MOST_KIB=256    # that its memory may grow
RECOVERY_MS=2000
SLOWER=8        # than at rest, the honest client's median fetch
CALM_S=2        # puzzles have become easy again after it
SOME=20
declare -A honest=([answered_hello]=1 [answered_leg]=1) # what a fetch adds
EXPIRY_S=9      # a ring with a period of a second forgets a key after eight
if [ "${1:-}" = --long ]; then
    FLOOD_MS=20000
    shift
fi
KINDS=("$@")
SERVER_CORE=() OTHER_CORE=() # where they run, if there are two
if [ "$(nproc)" -gt 1 ]; then
    SERVER_CORE=(taskset -c 0)
    OTHER_CORE=(taskset -c 1)
fi

wanted() {
    [ ${#KINDS[@]} = 0 ] || [[ " ${KINDS[*]} " == *" $1 "* ]]
}

# serve NAME PORT RING OPTION...: sets ${pids[NAME]}, ${workers[NAME]}
declare -A pids workers ports rings
serve() {
    local name=$1 port=$2 ring=$3
    shift 3
    net_spawn "$NET_SERVER" "$name" "${SERVER_CORE[@]}" "$LETHE" serve "$NET_DIR/id" \
        --root "$NET_DIR/files" --listen "0.0.0.0:$port" --ring "$ring" "$@"
    net_await "$name" '^lethe: worker [0-9]* confined'
    pids[$name]=$NET_PID workers[$name]=$(worker_of "$name") ports[$name]=$port rings[$name]=$ring
}

# look NAME FILE: what the server tells, a total a line.
look() {
    local i
    for ((i = 0; i < 100; i++)); do
        "$LETHE" status "$NET_DIR/id" --ring "${rings[$1]}" --json >"$NET_DIR/status" 2>/dev/null &&
            break
        sleep 0.05
    done
    sed -n 's/.*"total":{\(.*\)}}/\1/p' "$NET_DIR/status" | tr , '\n' | tr -d '"' | tr : ' ' >"$2"
    [ -s "$2" ] || net_fail "no status of $1"
}

# grown COUNTER...: of $NET_DIR/before and $NET_DIR/after, together
grown() {
    local counter sum=0
    for counter; do
        sum=$((sum + $(sed -n "s/^$counter //p" "$NET_DIR/after") -
            $(sed -n "s/^$counter //p" "$NET_DIR/before")))
    done
    echo $sum
}

cpu_ns() {
    cut -d' ' -f1 "/proc/${workers[$1]}/schedstat"
}

resident_kib() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/${workers[$1]}/status"
}

now_ms() {
    local t=$EPOCHREALTIME
    echo $((${t/./} / 1000))
}

# fetch NAME: sets MS; the file must be right
fetch() {
    local start status=0
    rm -f "$NET_DIR/got" "$NET_DIR/got.part"
    start=$(now_ms)
    net_client "${OTHER_CORE[@]}" timeout -k 5 "$GET_PATIENCE" "$LETHE" get \
        "lethe://10.87.0.2:${ports[$1]}/file" --identity "$NET_DIR/id" -o "$NET_DIR/got" --quiet \
        >"$NET_DIR/get" 2>&1 || status=$?
    MS=$(($(now_ms) - start))
    [ "$status" = 0 ] || equal "a fetch ($(tail -n 1 "$NET_DIR/get"))" 0 "$status"
    [ "$status" != 0 ] || cmp -s "$NET_DIR/files/file" "$NET_DIR/got" ||
        equal "the file is intact" 1 0
}

# median NUMBER...
median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}

longest() {
    printf '%s\n' "$@" | sort -n | tail -n 1
}

# attack KIND NAME RATE MS FROM: in the background, from the word go on
attack() {
    rm -f "$NET_DIR/go"
    net_spawn "$NET_ATTACKER" attack nice -n 10 "${OTHER_CORE[@]}" "$LETHE_ATTACK" "$1" \
        "$NET_DIR/id" "10.87.1.1:${ports[$2]}" "$3" "$4" "$5" "$NET_DIR/go"
    ATTACK_PID=$NET_PID
    net_await attack '^ready'
}

attack_end() {
    local status=0
    wait "$ATTACK_PID" || status=$?
    forget "$ATTACK_PID"
    [ "$status" = 0 ] || net_fail "the attacker failed: $(cat "$NET_DIR/attack")"
}

sent() {
    sed -n 's/^sent \([0-9]*\) in \([0-9]*\) ms.*/\1 * 1000 \/ \2/p' "$NET_DIR/attack"
}

# calibrate KIND NAME FROM RATE PACKETS: sets CAPACITY, how many a second take all of the worker's
# time, where each takes so many packets. Once a kind: what is asked of a network that has called
# before is another matter.
declare -A capacities
calibrate() {
    local cpu
    local like=$1
    [[ $1 != replay && $1 != half ]] || like=garbage # HELLOs cost alike
    CAPACITY=${capacities[$like]:-}
    [ -z "$CAPACITY" ] || return 0
    attack "$1" "$2" "$4" $CALIBRATE_MS "$3"
    look "$2" "$NET_DIR/before"
    cpu=$(cpu_ns "$2")
    touch "$NET_DIR/go"
    attack_end
    cpu=$(($(cpu_ns "$2") - cpu))
    sleep 0.05
    look "$2" "$NET_DIR/after"
    CAPACITY=$(($(grown packets_in) * 1000000000 / $5 / (cpu + 1)))
    [ "$CAPACITY" -gt 0 ] || net_fail "$1: the server took nothing"
    capacities[$like]=$CAPACITY
}

# flood KIND FROM RATE PACKETS MARK COUNTER...: most of the packets that the server took are counted
# under the last ones, and it is told by the first, which counts some in any case. RATE is the one
# to calibrate with, 0: all that there is. ANSWER: the counter of what admission does about it.
flood() {
    local kind=$1 from=$2 rate=$3 packets=$4 mark=$5 name=${SERVED:-serve} times=()
    local kib achieved taken tenths
    shift 5
    wanted "$kind" || return 0
    echo "$kind, from $from"
    calibrate "$kind" "$name" "$from" "$rate" "$packets"
    sleep $CALM_S
    kib=$(resident_kib "$name")
    attack "$kind" "$name" $((TIMES * CAPACITY)) "$FLOOD_MS" "$from"
    [ "$kind" != expired ] || sleep $EXPIRY_S
    look "$name" "$NET_DIR/before"
    touch "$NET_DIR/go"
    while kill -0 "$ATTACK_PID" 2>/dev/null; do
        fetch "$name"
        times+=("$MS")
    done
    attack_end
    fetch "$name"
    look "$name" "$NET_DIR/after"
    achieved=$(($(sent))) taken=$(grown packets_in)
    tenths=$(((achieved * 10 + CAPACITY / 2) / CAPACITY))
    echo "  $achieved a second, $((tenths / 10)).$((tenths % 10)) times the $CAPACITY that the" \
        "server can take; it took $((taken * 1000 / FLOOD_MS))"
    sed -n 's/.* \([1-9][0-9]*\) puzzles solved/  \1 puzzles solved/p' "$NET_DIR/attack"
    [ $achieved -ge $((TIMES * CAPACITY * 9 / 10)) ] || echo "  one core produces no more of them"
    echo "  ${#times[@]} fetches: $(median "${times[@]}") ms, the longest" \
        "$(longest "${times[@]}") ms; $REST_MS ms at rest, $MS ms after it"
    atleast "packets under $*" $((taken / 2)) "$(grown "$@")"
    # The honest client's are not the attacker's.
    atleast "$mark" $SOME $(($(grown "$mark") - ${honest[$mark]:-0} * (${#times[@]} + 1)))
    [ -z "${ANSWER:-}" ] || atleast "$ANSWER" $SOME "$(grown "$ANSWER")"
    below "ms of the median fetch" $((SLOWER * REST_MS)) "$(median "${times[@]}")"
    below "memory grown, KiB" $MOST_KIB $(($(resident_kib "$name") - kib))
    below "ms of a fetch after it" $((REST_MS + RECOVERY_MS)) "$MS"
    equal "the worker is the same" "${workers[$name]}" "$(worker_of "$name")"
}

scenario_up net_up_attacked
export XDG_CACHE_HOME=$NET_DIR/cache
scenario_file file 20000
serve serve 6960 "$RING"
serve hasty 6961 "$RING/hasty" --period 1
rest=()
for _ in 1 2 3 4 5; do
    fetch serve
    rest+=("$MS")
done
REST_MS=$(median "${rest[@]}")
flood random one 0 1 drop_kind drop_kind drop_format
# A network that has had its share is asked for puzzles, whatever its HELLOs are: it comes last.
ANSWER=puzzle_asked flood replay one 1500 1 answered_hello answered_hello puzzle_asked
ANSWER=puzzle_asked flood half one 1500 1 answered_hello answered_hello puzzle_asked
for from in one spoof 10.87.1; do
    ANSWER=puzzle_asked flood garbage $from 1500 1 drop_hello_box drop_hello_box puzzle_asked
done
flood wrong one 0 1 drop_puzzle drop_puzzle
flood idle one 0 2 answered_leg answered_leg answered_hello puzzle_asked
# Few enough at first that none are left out, or a capacity to drop them would be found.
ANSWER=drop_crowd flood blocks one 50000 1 answered_block answered_block drop_crowd
# Of exchanges of its own in 2000 networks, each of which stays within its share.
ip -n "$NET_ATTACKER" route add local 100.64.0.0/10 dev lo
ANSWER=drop_crowd flood botnet 2000-networks 5000 1 answered_block answered_block drop_crowd
ip -n "$NET_ATTACKER" route del local 100.64.0.0/10 dev lo
# In the names of 10,000 networks, and in the client's own: he has nothing to fear from either.
ANSWER=drop_crowd SLOWER=4 flood blocks spoof 50000 1 answered_block answered_block drop_crowd
ANSWER=drop_crowd SLOWER=4 flood blocks 10.87.0.1 50000 1 answered_block answered_block drop_crowd
SERVED=hasty ANSWER=drop_crowd flood expired one 50000 1 drop_continuation drop_continuation \
    drop_crowd
ANSWER=drop_crowd flood forged one 50000 1 drop_continuation drop_continuation drop_crowd
ANSWER=drop_crowd flood stolen one 50000 1 drop_request_box fallback_address drop_request_box \
    drop_crowd
scenario_end
