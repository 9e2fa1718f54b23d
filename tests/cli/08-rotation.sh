#!/bin/bash
# The ring turns under a transfer; whoever turns it may die; one ring, several servers.
. "$(dirname "$0")/lib.sh"
cd "$T"
random big 34000000
random file 100000

# Two servers of one ring, without a rotator of its own: the first begins one, and ends. At the end
# of this scenario the other must still serve: eight periods are over by then.
serve --ring orphaned --period 1
first=$SERVER
# The other's outputs are pipes that are full, and nobody reads them.
mkfifo unread uncounted
exec 7<>unread 8<>uncounted
"$LETHE" serve server --root root --ring orphaned --listen 127.0.0.1:0 \
    >uncounted 2>unread 7>&- 8>&- </dev/null &
orphan=$! line=
STARTED+=("$orphan")
until [[ $line == *' confined: '* ]]; do
    IFS= read -r -t 10 line <&7 || fail "the server with a log that nobody reads says '$line'"
    [[ $line != *' listening on '* ]] || orphan_port=${line##*:}
    [[ $line != *' confined: '* ]] || worker=${line#*worker } worker=${worker%% *}
done
for pipe in unread uncounted; do
    dd if=/dev/zero of=$pipe bs=4096 count=1000 oflag=nonblock 2>/dev/null &&
        fail "$pipe is never full"
done
kill -USR1 "$orphan"
kill -KILL "$worker"
end_server "$first"
cp orphaned/ring orphaned.before

# A key a second, dead after eight: the transfer is longer than any key lives.
serve --period 1
DIRECT=$PORT
relay 2700
begun=$(milliseconds)
get_begin big --strict

# Meanwhile, beside it: the rotator is killed, and replaced.
PORT=$DIRECT
has_turned() {
    ! cmp -s ring/ring ring.before
}
turns() {
    cp ring/ring ring.before
    BOUND=4 await "a turn of the ring" has_turned
}
turns
rotator=$(rotator_of)
is "rotators" 1 "$(wc -w <<<"$rotator")"
kill -KILL "$rotator"
await "word of the rotator's end" grep -qx 'lethe: rotator died (status 9); replaced' "$LOG"
turns
other=$(rotator_of)
[ -n "$other" ] && [ "$other" != "$rotator" ] || fail "rotator $rotator, then '$other'"
is "modes of the ring" "700 600" "$(stat -c %a ring ring/ring | tr '\n' ' ' | sed 's/ $//')"

# The ring is turned by one alone, and serve begins none where one runs.
expect 6 "another rotator already turns the ring in ring" lethe rotate server --ring ring

get_end 0 ''
same big
is "exchanges" 1 "$(field exchanges)"
between "ms that it took" 8500 $(($(milliseconds) - begun)) 40000
end_server "$SERVER"
kill "$RELAY"

# A rotator of its own, and two servers that share the ring.
: >rotate.err # here and not in the child: await must not find an old line
"$LETHE" rotate server --ring shared --period 2 --short-term 1 2>rotate.err &
ROTATE=$!
STARTED+=("$ROTATE")
await "a rotator" grep -q 'is the newest' rotate.err
is "what it says first" "lethe: turning the ring in shared" \
    "$(grep -v warning rotate.err | head -n 1)"
expect 6 "another rotator already turns the ring in shared" lethe rotate server --ring shared
serve --ring shared
first=$SERVER first_port=$PORT
is "rotators of a server that found one" "" "$(rotator_of)"

# Its short-term keys turn too; where they cannot be published, that is said, and the ring turns on.
cp server/public/short-term short-term.before
is "bytes of a short-term key" 163 "$(stat -c %s short-term.before)"
is "mode of the secret ones" 600 "$(stat -c %a shared/short-term)"
published() {
    ! cmp -s server/public/short-term short-term.before
}
await "another short-term key" published
rm server/public/short-term
mkdir server/public/short-term
await "word of it" grep -qx \
    'lethe: warning: cannot write server/public/short-term: .*; clients cannot send .*' rotate.err
turned=$(grep -c 'is the newest' rotate.err)
turns_on() {
    [ "$(grep -c 'is the newest' rotate.err)" -gt "$turned" ]
}
await "the ring's next turn" turns_on
rmdir server/public/short-term
await "a short-term key again" test -f server/public/short-term
serve --ring shared
second=$SERVER
for PORT in $first_port $PORT; do
    get file
    same file
done

# A transfer that moves from one server to the other, which knows nothing of it.
end_server "$second"
PORT=$first_port
relay 3000
get_begin big --strict
more 400
end_server "$first"
serve --ring shared --listen "127.0.0.1:$first_port"
kill -TERM "$ROTATE"
status=0
wait "$ROTATE" || status=$?
is "status of an ended rotator" 0 $status
is "the rotator's last words" 1 \
    "$(grep -v warning rotate.err | tail -n 1 | grep -c 'is the newest$')"
more 1000
kill -INT "$GET"
get_end 14 'interrupted; .*'
end_server "$SERVER"

# Refused, and damaged, rings.
expect_last 4 '.*/ring can be read by others; run: chmod 600 .*' \
    sh -c 'chmod 644 shared/ring; exec "$0" rotate server --ring shared' "$LETHE"
chmod 600 shared/ring
printf garbage >shared/ring
: >rotate.err
"$LETHE" rotate server --ring shared 2>rotate.err &
ROTATE=$!
STARTED+=("$ROTATE")
await "a rotator over a damaged ring" grep -q 'is the newest' rotate.err
kill -INT "$ROTATE" 2>/dev/null || true
kill -TERM "$ROTATE" 2>/dev/null || true # which SIGINT may have ended by now
wait "$ROTATE" || fail "status $? of the rotator"

PORT=$orphan_port
get file --timeout 2
same file
! cmp -s orphaned/ring orphaned.before || fail "nobody turns the ring of the server that ended"
expect 0 '' lethe status server --ring orphaned
# What was said meanwhile is lost: that a worker died, and that there is another.
timeout 1 cat <&7 >read || true
is "who lost a line" 2 "$(tr -d '\0' <read |
    grep -cxF 'lethe: 1 line was lost here, for nobody read')"
kill -TERM "$orphan"
status=0
wait "$orphan" || status=$?
is "status of a server whose counters nobody reads" 8 $status
