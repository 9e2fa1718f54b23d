#!/bin/bash
# A service of the library's that executes early requests once at most: a copy of the first packet
# is not executed again, by no worker, nor after a restart, whatever time it is by then.
. "$(dirname "$0")/lib.sh"
: "${LETHE_ONCE:?the path of the service}"
cd "$T"
make_identity
head -c 16 /dev/zero >shared # seconds ahead, executed

once() {
    SERVERS=$((SERVERS + 1)) LOG=$T/serve.$SERVERS.err COUNTERS=$T/serve.$SERVERS.out
    "$LETHE_ONCE" shared server ring "$1" >"$COUNTERS" 2>"$LOG" </dev/null &
    SERVER=$!
    STARTED+=("$SERVER")
    await "the service" is_serving "$LOG" 2
    PORT=$(sed -n 's/^lethe: listening on .*:\([0-9]*\)$/\1/p' "$LOG")
}

ahead() { # SECONDS
    AHEAD=$1
    "$PYTHON" -c 'import sys, struct; f = open("shared", "r+b"); f.write(struct.pack("<q", '"$1"'))'
}

executed() {
    od -An -td8 -j8 -N8 shared | tr -d ' '
}

# get_early OUTCOME: at the server's time
get_early() {
    rm -f got
    expect 0 '' clock_off "$AHEAD" get "$(uri x)" --identity server -o got --early --json
    is "early" "$1" "$(field early)"
    is "what came" 'done' "$(cat got)"
}

# send TIMES: the recorded packet, from as many ports, to whichever worker that is; sets ANSWERS
send() {
    ANSWERS=$("$PYTHON" - "$PORT" "$1" <<'P'
import socket, sys
answers = 0
packet = open('hello', 'rb').read()
for _ in range(int(sys.argv[2])):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.sendto(packet, ('127.0.0.1', int(sys.argv[1])))
        answers += len(s.recv(2000)) == 1232
print(answers)
P
    )
}

# counted COUNTER: of the server that runs
counted() {
    "$LETHE" status server --ring ring --json | sed -n "s/.*\"total\":{.*\"$1\":\([0-9]*\).*/\1/p"
}

# It cannot know what one before it executed, until its first three minutes are over.
ahead 0
once 127.0.0.1:0
get_early refused
is "executed by a new server" "0 1" "$(executed) $(counted early_begin)"
ahead 240
get_early answered
is "executed" 1 "$(executed)"

# One is recorded where nobody answers it, and sent by hand.
"$PYTHON" - >sink <<'P' &
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
print(s.getsockname()[1], flush=True)
open('hello', 'wb').write(s.recv(2000))
P
STARTED+=("$!")
await "the sink" test -s sink
clock_off 240 get "lethe://127.0.0.1:$(cat sink)/x" --identity server -o got --early --timeout 1 \
    >/dev/null 2>&1 && fail "the sink answered"
is "what was recorded" "1232 1" "$(stat -c %s hello) $(od -An -tu1 -N1 hello | tr -d ' ')"
send 1
is "executed with the recorded one" "2 1" "$(executed) $ANSWERS"
send 20
is "executed, seen, answered" "2 20 20" "$(executed) $(counted early_seen) $ANSWERS"

# The server ends without a chance to write anything down, and begins anew within the same minute.
address=127.0.0.1:$PORT
kill_server
once "$address"
for minutes in 0 1 2 3; do
    ahead $((240 + 60 * minutes))
    send 5
    is "executed after a restart, $minutes minutes on" 2 "$(executed)"
done
is "refused" 20 $(($(counted early_begin) + $(counted early_clock)))
get_early answered # what is new is executed again by now
is "executed in the end" 3 "$(executed)"
end_server "$SERVER"
