# shellcheck shell=bash
# What the scenarios share: a folder of their own, servers, exact expectations, and an end that
# leaves nothing. A scenario is called with the path of lethe, and sources this first:
#
#   T, T/root, T/server     the scenario's folder; what is served; the identity that serves it
#   lethe ARGUMENT...       the program
#   clock_off SECONDS ARGUMENT...
#                           the program, by a clock that is so far ahead, or behind if negative
#   expect STATUS ERROR COMMAND...
#                           it ends with STATUS; its standard error is nothing (ERROR is ''), or one
#                           line, 'lethe: ' and a match of the whole ERE; outputs: $T/out and $T/err
#   expect_last STATUS ERROR COMMAND...
#                           the same of the last line, where others may come before
#   serve [OPTION...]       a server on 127.0.0.1 (or the --listen given); sets SERVER (its pid),
#                           PORT (of its first address), LOG and COUNTERS (its outputs)
#   end_server PID          SIGTERM, and it must end with 0
#   kill_server             SIGKILL for the last one; ends when its children have ended too
#   get NAME [OPTION...]    fetch $T/root/NAME to $T/NAME.got from the last server; --json in $T/out
#   put FILE NAME [OPTION...]
#                           send FILE to the last server as NAME; --json in $T/out
#   put_begin FILE NAME [OPTION...]
#                           the same in the background; sets PUT (its pid), for get_end
#   get_begin NAME [OPTION...]
#                           the same in the background; sets GET (its pid)
#   get_end STATUS ERROR [PID]
#                           its end, or that of a put, as in expect
#   known                   the server at PORT counts as one that was spoken to before
#   same NAME               $T/NAME.got is $T/root/NAME, and no partial file is left
#   field NAME              of the one JSON object in $T/out, after checking all of it
#   relay RATE              a slow line to PORT: RATE packets a second, each way; sets PORT, RELAY
#   more N                  wait until N more packets of the server have passed the relay, after the
#                           last get_begin or put_begin and what was waited for since
#   random NAME BYTES       a file $T/root/NAME
#   await WHAT COMMAND...   until the command succeeds, for 10 s at most
#   cannot REASON           the machine lacks what the test needs: fail, or skip where that is meant
#                           (LETHE_ALLOW_SKIP=1)
set -eu
umask 022
export LC_ALL=C.UTF-8

LETHE=$(realpath "${1:?the path of lethe}")
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
T=$(mktemp -d)
STARTED=() # what to end
SERVERS=0
GETS=()    # by pid: what is being fetched or sent
BOUND=10   # seconds that await waits
PYTHON=/usr/bin/python3 # rather than a wrapper's, for it is started often
[ -x "$PYTHON" ] || PYTHON=python3

# Nothing of the caller's: neither caches nor known servers nor rings.
unset "${!XDG_@}"
export HOME=$T/home XDG_CACHE_HOME=$T/cache XDG_CONFIG_HOME=$T/config XDG_RUNTIME_DIR=$T/runtime
mkdir "$T/home" "$T/root" "$T/runtime"
# nobody, as whom a worker of root's serves, must reach programs and files in it.
chmod 755 "$T"

finish() {
    local pid
    for pid in "${STARTED[@]}"; do
        kill -CONT "$pid" 2>/dev/null || continue
        kill -TERM "$pid" 2>/dev/null || true
    done
    sleep 0.05
    for pid in "${STARTED[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    ! declare -F clean_up >/dev/null || clean_up
    rm -rf "$T"
}
trap finish EXIT
trap 'exit 143' HUP INT TERM

fail() {
    local i
    echo "FAILED: $*" >&2
    for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
        echo "    ${FUNCNAME[i]} at ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}" >&2
    done
    tail -n 5 "$T"/serve.*.err /dev/null >&2 || true
    exit 1
}

cannot() {
    echo "CANNOT RUN: $*" >&2
    [ "${LETHE_ALLOW_SKIP:-}" != 1 ] || exit 77
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || cannot "$1 needs root"
}

is() { # WHAT EXPECTED GOT
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

between() { # WHAT LEAST VALUE MOST, whole numbers
    [ "$2" -le "$3" ] && [ "$3" -le "$4" ] || fail "$1: $3 is not in $2..$4"
}

await() {
    local what=$1 end=$((SECONDS + BOUND))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -le $end ] || fail "not within $BOUND s: $what"
        sleep 0.02
    done
}

is_gone() {
    local state
    state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 0
    [ -z "$state" ] || [ "$state" = Z ]
}

milliseconds() {
    date +%s%3N
}

lethe() {
    "$LETHE" "$@"
}

clock_off() {
    local off=$1
    shift
    [ -e "$T/clock.so" ] || "${CC:-cc}" -shared -fPIC -o "$T/clock.so" -xc - <<'C'
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *t)
{
    int err = (int)syscall(SYS_clock_gettime, id, t);
    if (id == CLOCK_REALTIME && getenv("CLOCK_OFF"))
        t->tv_sec += atol(getenv("CLOCK_OFF"));
    return err;
}
C
    CLOCK_OFF=$off LD_PRELOAD=$T/clock.so "$LETHE" "$@"
}

has_said() { # STATUS ERROR GOT, of $T/err
    local lines
    is "exit status (it said: $(cat "$T/err"))" "$1" "$3"
    lines=$(wc -l <"$T/err")
    if [ -z "$2" ]; then
        [ ! -s "$T/err" ] || fail "standard error is not empty: $(cat "$T/err")"
        return
    fi
    [ "$lines" = 1 ] || fail "$lines lines instead of one on standard error: $(cat "$T/err")"
    grep -qxE "lethe: $2" "$T/err" || fail "not 'lethe: $2': $(cat "$T/err")"
}

expect() {
    local wanted=$1 error=$2 got=0
    shift 2
    "$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
    has_said "$wanted" "$error" "$got"
}

expect_last() {
    local wanted=$1 error=$2 got=0
    shift 2
    "$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
    tail -n 1 "$T/err" >"$T/err.last"
    mv "$T/err.last" "$T/err"
    has_said "$wanted" "$error" "$got"
}

make_identity() {
    [ -e "$T/server" ] || lethe keygen "$T/server" >/dev/null
}

is_serving() { # LOG WORKERS
    [ "$(grep -c ' confined: ' "$1")" -ge "$2" ]
}

# Starts; for the callers that expect a failure or wait for something else.
serve_begin() {
    make_identity
    SERVERS=$((SERVERS + 1))
    LOG=$T/serve.$SERVERS.err COUNTERS=$T/serve.$SERVERS.out
    : >"$LOG"
    [[ " $* " == *" --table "* ]] || set -- --root "$T/root" "$@"
    "$LETHE" serve "$T/server" "$@" >"$COUNTERS" 2>"$LOG" </dev/null &
    SERVER=$!
    STARTED+=("$SERVER")
}

serve() {
    local workers=1 i end=$((SECONDS + BOUND))
    for ((i = 1; i < $#; i++)); do
        [ "${!i}" != --workers ] || workers=${*:i+1:1}
    done
    [[ " $* " == *" --listen "* ]] || set -- --listen 127.0.0.1:0 "$@"
    [[ " $* " == *" --ring "* ]] || set -- --ring "$T/ring" "$@"
    serve_begin "$@"
    until is_serving "$LOG" "$workers"; do
        ! is_gone "$SERVER" || fail "the server ended: $(cat "$LOG")"
        [ $SECONDS -le $end ] || fail "the server does not serve: $(cat "$LOG")"
        sleep 0.01
    done
    PORT=$(sed -n 's/^lethe: listening on .*:\([0-9]*\)$/\1/p' "$LOG" | head -n 1)
}

end_server() {
    local status=0
    kill -TERM "$1"
    wait "$1" || status=$?
    is "status of the server" 0 $status
}

# The kernel ends it, without a chance to tidy up. Its workers must be gone by themselves, soon, or
# they would hold its port.
kill_server() {
    local children pid
    children=$(cat "/proc/$SERVER/task/$SERVER/children")
    kill -KILL "$SERVER"
    wait "$SERVER" 2>/dev/null || true
    for pid in $children; do
        BOUND=3 await "the end of the killed server's child $pid" is_gone "$pid"
    done
}

workers_of() {
    sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' "$LOG"
}

# The process of the server's that never became a worker.
rotator_of() {
    local pid
    for pid in $(cat "/proc/$SERVER/task/$SERVER/children"); do
        workers_of | grep -qx "$pid" || echo "$pid"
    done
}

uri() {
    echo "lethe://127.0.0.1:$PORT/$1"
}

get() {
    local name=$1
    shift
    expect 0 '' lethe get "$(uri "$name")" --identity "$T/server" -o "$T/$name.got" --json "$@"
}

put() {
    local file=$1 name=$2
    shift 2
    expect 0 '' lethe put "$file" "$(uri "$name")" --identity "$T/server" --json "$@"
}

get_begin() {
    local name=$1
    shift
    MARK=$(passed)
    "$LETHE" get "$(uri "$name")" --identity "$T/server" -o "$T/$name.got" --json "$@" \
        >"$T/$name.out" 2>"$T/$name.err" </dev/null &
    GET=$!
    GETS[GET]=$name
    STARTED+=("$GET")
}

put_begin() {
    local file=$1 name=$2
    shift 2
    MARK=$(passed)
    "$LETHE" put "$file" "$(uri "$name")" --identity "$T/server" --json "$@" \
        >"$T/${file##*/}.out" 2>"$T/${file##*/}.err" </dev/null &
    PUT=$!
    GETS[PUT]=${file##*/}
    STARTED+=("$PUT")
}

get_end() {
    local pid=${3:-$GET} status=0
    wait "$pid" 2>/dev/null || status=$?
    cp "$T/${GETS[$pid]}.out" "$T/out"
    cp "$T/${GETS[$pid]}.err" "$T/err"
    has_said "$1" "$2" $status
}

known() {
    mkdir -p -m 700 "$XDG_CONFIG_HOME/lethe"
    echo "127.0.0.1:$PORT $(cat "$T/server/public/fingerprint")" \
        >>"$XDG_CONFIG_HOME/lethe/known_servers"
    chmod 600 "$XDG_CONFIG_HOME/lethe/known_servers"
}

same() {
    cmp "$T/root/$1" "$T/$1.got" >&2 || fail "$1 is not what was served"
    [ ! -e "$T/$1.got.part" ] || fail "$1.got.part is left"
}

field() {
    if ! cmp -s "$T/out" "$T/out.checked"; then
        "$PYTHON" "$HERE/json_lines.py" "$T/out" >"$T/out.fields" ||
            fail "not JSON: $(cat "$T/out")"
        cp "$T/out" "$T/out.checked"
    fi
    grep -q "^$1 " "$T/out.fields" || fail "no $1 in $(cat "$T/out")"
    sed -n "s/^$1 //p" "$T/out.fields"
}

random() {
    mkdir -p "$(dirname "$T/root/$1")"
    head -c "$2" /dev/urandom >"$T/root/$1"
}

relay() {
    MARK=0
    : >"$T/relay.log"
    "$PYTHON" "$HERE/relay.py" "$PORT" "$1" >"$T/relay.log" 2>&1 &
    RELAY=$!
    STARTED+=("$RELAY")
    await "the relay" grep -q '^port ' "$T/relay.log"
    PORT=$(sed -n 's/^port //p' "$T/relay.log")
}

passed() {
    sed -n '$s/^passed //p' "$T/relay.log" 2>/dev/null | grep . || echo 0
}

has_passed() {
    [ "$(passed)" -ge "$1" ]
}

# Not from now on: a busy shell comes late, when there may be fewer to come.
more() {
    MARK=$((MARK + $1))
    await "$1 more packets at the relay" has_passed $MARK
}
