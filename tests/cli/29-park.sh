#!/bin/bash
# Sessions that are parked by one run and resumed by the next, and what becomes of them otherwise.
#   29-park.sh LETHE
. "$(dirname "$0")/lib.sh"
cd "$T"
random small 5000
serve --park --writable --early
chmod 777 root
fingerprint=$(cat server/public/fingerprint)
kept=$T/cache/lethe/sessions/$fingerprint

went() { # RESUMED_LEVEL LEVEL
    is resumed_level "$1" "$(field resumed_level)"
    is resumed "$([ "$1" = 0 ] && echo false || echo true)" "$(field resumed)"
    is level "$2" "$(field level)"
    is exchanges "$([ "$1" = 0 ] && echo 1 || echo 0)" "$(field exchanges)"
}

# Each run keeps a session for the next, a put as well as a get; nothing else is left there.
get small
same small
went 0 2
is "what is kept, and its mode" "$fingerprint 600" "$(stat -c '%n %a' "$kept" | sed 's,.*/,,')"
lethe inspect "$kept" >shown
grep -qE '^what +parked session$' shown || fail "inspect: $(cat shown)"
is "level of what is kept" 2 "$(sed -n 's/^level  *//p' shown)"
get small
went 2 2
put root/small sent
went 2 2
cmp small.got root/sent
cp "$kept" copy
is "left beside it" 1 "$(find cache/lethe/sessions -type f | wc -l)"

# For whom wants more than was parked it rises; the session of then serves both.
get small --strict
went 2 3
get small --strict
went 3 3
expect 0 'resumed at level 3 after [0-9.]* s' lethe get "$(uri small)" --identity server -o v -qv

# Neither used nor kept, nor used by who asks early.
cp "$kept" before
get small --no-park
went 0 2
cmp "$kept" before
get small --early
is "early" answered "$(field early)"
is "resumed, early" 0 "$(field resumed_level)"

# A damaged one, and one that others can read: a warning, and an exchange.
printf x | dd of="$kept" bs=1 seek=60 conv=notrunc status=none
expect 0 'warning: no session was resumed: .*/sessions/.* is damaged; it is erased' \
    lethe get "$(uri small)" --identity server -o small.got --json
went 0 2
chmod 644 "$kept"
expect 0 'warning: no session was resumed: others could read .*; it is erased' \
    lethe get "$(uri small)" --identity server -o small.got --json
went 0 2

# A copy that was used before, and whoever runs at the same time.
cp copy "$kept"
get small
went 0 2
kill -STOP "$(workers_of)" # or the first may be done, and its session free, before the last begins
for i in 1 2 3 4; do
    lethe get "$(uri small)" --identity server -o "at.$i" --json >"out.$i" 2>"err.$i" &
    GETS[i]=$!
done
for i in 1 2 3 4; do
    await "get $i's first packet" test -e "at.$i.part"
done
kill -CONT "$(workers_of)"
for i in 1 2 3 4; do
    wait "${GETS[$i]}" || fail "get $i: $(cat "err.$i")"
    cmp "at.$i" root/small
done
between "resumed by four at once" 0 "$(cat out.* | grep -c '"resumed":true' || true)" 1

# After a restart with the slow ring, for a service that wants more by now; and without that ring.
get small
end_server "$SERVER"
grep -qE '^drop_resumed +1$' "$COUNTERS" ||
    fail "sessions that were resumed twice: $(cat "$COUNTERS")"
lethe inspect ring/slow | grep -qE '^what +slow ring$' || fail "inspect does not know the slow ring"
serve --park --level 3
get small
went 2 3
end_server "$SERVER"
serve
[ ! -e ring/slow ] || fail "the slow ring is still there"
get small
went 0 2
[ ! -e "$kept" ] || fail "a server that parks nothing gave a session"
end_server "$SERVER"

# A rotator without --park is not what a server with it needs.
mkdir -m 700 other
"$LETHE" rotate server --ring "$T/other" 2>rotate.err &
STARTED+=($!)
await "the rotator's ring" test -s other/ring
expect_last 9 "no slow ring in .*: its rotator runs without --park" \
    "$LETHE" serve server --root root --listen 127.0.0.1:0 --ring "$T/other" --park
