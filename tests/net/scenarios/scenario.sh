# shellcheck shell=bash
# What the scenarios share: a topology with an identity, a ring in memory and a folder of files;
# servers and clients in it; what they account for. Source it from bash, as root.
# Needs LETHE, the program's path, and what tests/net/topology.sh needs.
#
#   scenario_up COMMAND...         net_up, net_up_veth or net_up_balancer N, with keys and folders
#   scenario_file NAME BYTES       a file to serve, random
#   server_start NS NAME OPTION... lethe serve; output to $NET_DIR/NAME; sets NET_PID
#   rotate_start OPTION...         lethe rotate; output to $NET_DIR/rotate; sets NET_PID
#   server_count NAME PID COUNTER  one of its counters, asked for now
#   kill_hard PID                  SIGKILL to what was started here, and wait for it
#   await_end WORKER               whose supervisor was killed: it ends too
#   worker_of NAME                 the process id of its (last) worker
#   get_start ADDRESS NAME OPTION...  lethe get in the background; output to $NET_DIR/get; sets
#                                     GET_PID
#   arrive N                       waits until the emulator has delivered N more frames to the
#                                  client, after get_start and what was waited for since
#   get_end NAME                   waits for it; checks its status, the file and says the account
#   account FIELD                  of the last lethe get that ended
#   equal, atleast, below WHAT EXPECTED VALUE     a check; scenario_end tells how all went
scenario_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/net/topology.sh
. "$scenario_here/../topology.sh"
: "${LETHE:?the path of the program}"
GET_PATIENCE=60 # seconds that one lethe get may take
failures=0
RING=

equal() {
    if [ "$3" = "$2" ]; then
        echo "  ok: $1: $3"
    else
        echo "  FAILED: $1: $3 instead of $2"
        failures=$((failures + 1))
    fi
}

atleast() {
    if [ "$3" -ge "$2" ]; then
        echo "  ok: $1: $3, at least $2"
    else
        echo "  FAILED: $1: $3 is less than $2"
        failures=$((failures + 1))
    fi
}

below() {
    if [ "$3" -lt "$2" ]; then
        echo "  ok: $1: $3, below $2"
    else
        echo "  FAILED: $1: $3 is not below $2"
        failures=$((failures + 1))
    fi
}

scenario_up() {
    "$@"
    [ -d /dev/shm ] || net_cannot "no /dev/shm for the ring"
    RING=$(mktemp -d /dev/shm/lethe-test.XXXXXX)
    trap scenario_down EXIT
    chmod 755 "$NET_DIR" # the worker is nobody
    mkdir "$NET_DIR/files"
    "$LETHE" keygen "$NET_DIR/id" >/dev/null
}

scenario_down() {
    net_down
    [ -z "$RING" ] || rm -rf "$RING"
    RING=
}

scenario_end() {
    scenario_down
    echo "$0: $failures failures, $SECONDS s"
    [ "$failures" = 0 ]
}

scenario_file() {
    head -c "$2" /dev/urandom >"$NET_DIR/files/$1"
}

server_start() {
    local ns=$1 name=$2
    shift 2
    net_spawn "$ns" "$name" "$LETHE" serve "$NET_DIR/id" --root "$NET_DIR/files" --json \
        --ring "$RING" "$@"
    net_await "$name" '^lethe: worker [0-9]* confined'
}

rotate_start() {
    net_spawn "$NET_SERVER" rotate "$LETHE" rotate "$NET_DIR/id" --ring "$RING" "$@"
    net_await rotate 'turning the ring'
}

server_count() {
    local i before
    before=$(grep -c '^{' "$NET_DIR/$1" || true)
    kill -USR1 "$2" || net_fail "$1 is gone"
    for ((i = 0; i < 1000; i++)); do
        [ "$(grep -c '^{.*}$' "$NET_DIR/$1" || true)" -le "$before" ] || break
        sleep 0.005
    done
    grep '^{' "$NET_DIR/$1" | tail -n 1 | sed -n "s/.*\"$3\":\([0-9]*\).*/\1/p"
}

# What was waited for must not be ended again: its number may be another's by then.
forget() {
    local i
    for i in "${!NET_SPAWNED[@]}"; do
        [ "${NET_SPAWNED[i]}" != "$1" ] || unset "NET_SPAWNED[$i]"
    done
}

# kill_hard PID: SIGKILL to what net_spawn started
kill_hard() {
    kill -KILL "$1"
    wait "$1" 2>/dev/null || true
    forget "$1"
}

# A zombie has ended: it waits for whoever is process 1, which may never look after it.
await_end() {
    local i
    for ((i = 0; i < 1000; i++)); do
        [[ $(ps -o stat= -p "$1" || true) == [!Z]* ]] || return 0
        sleep 0.005
    done
    equal "the worker died with its supervisor" 1 0
}

worker_of() {
    sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' "$NET_DIR/$1" | tail -n 1
}

get_start() {
    local address=$1 name=$2
    shift 2
    rm -f "$NET_DIR/got" "$NET_DIR/got.part"
    ARRIVED=0
    [ -z "$NET_LINK_PID" ] || ARRIVED=$(net_link_count ba delivered)
    net_spawn "$NET_CLIENT" get timeout -k 5 "$GET_PATIENCE" "$LETHE" get "lethe://$address/$name" \
        --identity "$NET_DIR/id" -o "$NET_DIR/got" --json --verbose "$@"
    GET_PID=$NET_PID
}

# By what has come and not by the clock: a busy machine is late, and fewer are left then.
arrive() {
    local deadline=$((SECONDS + 20))
    ARRIVED=$((ARRIVED + $1))
    while [ "$(net_link_count ba delivered)" -lt $ARRIVED ]; do
        [ $SECONDS -lt $deadline ] || net_fail "not $1 more frames within 20 s"
        sleep 0.02
    done
}

get_end() {
    local status=0
    wait "$GET_PID" || status=$?
    forget "$GET_PID"
    grep -v -e '^{' -e '^lethe: level' "$NET_DIR/get" || true
    equal "exit status" 0 "$status"
    cmp "$NET_DIR/files/$1" "$NET_DIR/got" || equal "$1 is intact" 1 0
    [ "$status" = 0 ] || return 0
    echo "  $(account seconds) s, accepted after $(account accept_seconds)," \
        "first byte after $(account first_byte_seconds); $(account packets_sent) packets sent," \
        "$(account requests_repeated) requests repeated, $(account exchanges) exchanges"
}

account() {
    sed -n "s/^{.*\"$1\":\([0-9.]*\).*/\1/p" "$NET_DIR/get"
}
