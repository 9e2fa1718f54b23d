#!/bin/bash
# The server's memory is the same after 10,000 exchanges of distinct clients, with 1, 100 and 10,000
# downloads under way and after 100,000 HELLOs that go no further as it was after the first 100
# exchanges; and its worker allocates nothing.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
: "${LETHE_FLOOD:?the path of the load generator}" "${LETHE_ALLOCATION:?the path of the counter}"
: "${LETHE_CROWD:?the path of the many clients}"
FULL=${LETHE_FULL:-10000}
CROWDS='1 100 10000'
HELLOS=100000
MOST_KIB=256
MOST_MS=1000 # for 100 exchanges, to do 10000 of them

# flood KIND FIRST COUNT [PROGRAMS]: each of so many does a part of it
flood() {
    local parts=${4:-1} pids=() i pid answered=0 n
    for ((i = 0; i < parts; i++)); do
        net_spawn "$NET_SERVER" "flood$i" "$LETHE_FLOOD" "$1" "$NET_DIR/id" 127.0.0.1:6960 \
            $(($2 + i * $3 / parts)) $(((i + 1) * $3 / parts - i * $3 / parts))
        pids+=("$NET_PID")
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || true
        forget "$pid"
    done
    for ((i = 0; i < parts; i++)); do
        sed 's/^/  /' "$NET_DIR/flood$i"
        n=$(sed -n 's/.* answered \([0-9]*\) .*/\1/p' "$NET_DIR/flood$i")
        answered=$((answered + ${n:-0}))
    done
    equal "$1: answered of $3" "$3" "$answered"
}

# measure NAME: its KiB into an array of that name
measure() {
    declare -gA "$1"
    local -n kib=$1
    kib[rss]=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status")
    kib[data]=$(sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status")
    # Not of pages of files, which are the worker's alone or shared as others come and go.
    kib[pss]=$(awk '/^Pss_(Anon|Shmem):/ { n += $2 } END { print n }' \
        "/proc/$worker/smaps_rollup")
    kib[private]=$(awk '/^Private_Dirty:/ { n += $2 } END { print n }' \
        "/proc/$worker/smaps_rollup")
    kib[heap]=$(awk '/\[heap\]/ { heap = 1 } heap && /^Size:/ { n += $2; heap = 0 }
        END { print n + 0 }' "/proc/$worker/smaps")
    echo "  KiB after $2: resident ${kib[rss]}, proportional ${kib[pss]}, private" \
        "${kib[private]}, data ${kib[data]}, heap ${kib[heap]}"
}

compare() {
    local -n now=$1
    local what
    for what in rss pss private; do
        below "$what grown, KiB" $MOST_KIB $((now[$what] - start[$what]))
    done
    for what in data heap; do
        equal "$what grown, KiB" 0 $((now[$what] - start[$what]))
    done
}

# crowd COUNT: that many downloads are under way while the memory is looked at
crowd() {
    local pid status=0 i
    rm -f "$NET_DIR/go"
    net_spawn "$NET_SERVER" crowd timeout -k 5 120 "$LETHE_CROWD" "$NET_DIR/id" 127.0.0.1:6960 \
        file "$1" "$NET_DIR/go"
    pid=$NET_PID
    for ((i = 0; i < 6000; i++)); do
        grep -q 'under way' "$NET_DIR/crowd" && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    measure crowded "$1 transfers"
    compare crowded
    touch "$NET_DIR/go"
    wait "$pid" || status=$?
    forget "$pid"
    sed 's/^/  /' "$NET_DIR/crowd"
    equal "status of the clients" 0 "$status"
}

scenario_up net_up_veth
scenario_file file 300000
echo "allocations of the worker"
net_server "$LETHE_ALLOCATION" "$NET_DIR/id" "$NET_DIR/files" file "$NET_DIR/got" |
    sed 's/^/  /' && equal "status" 0 "${PIPESTATUS[0]}"

server_start "$NET_SERVER" serve --no-puzzles # the floods come from one address
server=$NET_PID
worker=$(worker_of serve)
get_start 10.87.0.2 file --strict
get_end file
echo "the first 100 exchanges"
flood full 0 100
measure start "100 exchanges"
if [ "$(sed -n 's/.* ms //p' "$NET_DIR/flood0")" -gt $MOST_MS ] && [ -z "${LETHE_FULL:-}" ]; then
    echo "  this machine is too slow for 10000 full exchanges"
    FULL=2000
fi
echo "$FULL exchanges in all, each of 887 packets"
flood full 100 $((FULL - 100)) 2
if [ "$FULL" -lt 10000 ]; then
    echo "the rest up to 10000: HELLO and LEG alone"
    flood leg "$FULL" $((10000 - FULL))
fi
measure exchanged "10000 exchanges"
compare exchanged
for n in $CROWDS; do
    echo "$n downloads at once"
    crowd "$n"
done
echo "$HELLOS HELLOs that go no further"
flood hello 20000 $HELLOS
measure flooded "$HELLOS HELLOs"
compare flooded
atleast "HELLOs answered" $((10000 + HELLOS)) "$(server_count serve "$server" answered_hello)"
atleast "FINISHes answered" "$FULL" "$(server_count serve "$server" answered_finish)"
equal "the worker is the same" "$worker" "$(worker_of serve)"
get_start 10.87.0.2 file --strict
get_end file
scenario_end
