#!/bin/bash
# Sessions that are parked by one run and resumed by the next, and what becomes of them otherwise.
#   25-park.sh LETHE
. "$(dirname "$0")/lib.sh"
cd "$T"
random small 5000
random big 9000000
serve --park --writable
chmod 777 root
fingerprint=$(cat server/public/fingerprint)
kept=$T/cache/lethe/sessions/$fingerprint

went() { # RESUMED LEVEL
    is resumed "$1" "$(field resumed)"
    is level "$2" "$(field level)"
    is exchanges "$([ "$1" = true ] && echo 0 || echo 1)" "$(field exchanges)"
}

# Each run keeps a session for the next, a put as well as a get.
get small
same small
went false 2
is "mode of what is kept" 600 "$(stat -c %a "$kept")"
get small
went true 2
put root/small sent
went true 2
cmp small.got root/sent
cp "$kept" copy

# For whom wants more than was parked there is an exchange; its session serves both.
get small --strict
went false 3
get big --strict
same big
went true 3
get small
went true 3

# Neither used nor kept.
cp "$kept" before
get small --no-park
went false 2
cmp "$kept" before

# A damaged one costs an exchange, and no word.
printf x | dd of="$kept" bs=1 seek=60 conv=notrunc status=none
get small
went false 2
get small
went true 2

# One that was used before, and whoever runs at the same time.
cp copy "$kept"
get small
went true 2
cp copy "$kept"
get small
went false 2
for i in 1 2 3 4; do
    "$LETHE" get "lethe://127.0.0.1:$PORT/small" --identity server/public/identity -o "at.$i" \
        --json >"out.$i" 2>"err.$i" &
    GETS[$i]=$!
done
for i in 1 2 3 4; do
    wait "${GETS[$i]}" || fail "get $i: $(cat "err.$i")"
    cmp "at.$i" root/small
done

# After a restart, with the slow ring where it was; after one without it, and no word again.
get small
end_server "$SERVER"
grep -qE '^drop_resumed +1$' "$COUNTERS" ||
    fail "sessions that were resumed twice: $(cat "$COUNTERS")"
serve --park
get small
went true 2
end_server "$SERVER"
[ -e ring/slow ] || fail "the slow ring is gone"
serve
[ ! -e ring/slow ] || fail "the slow ring is still there"
get small
went false 2
[ ! -e "$kept" ] || fail "a server that parks nothing gave a session"
get small
went false 2
end_server "$SERVER"

# A rotator without --park is not what a server with it needs.
mkdir -m 700 other
"$LETHE" rotate server --ring "$T/other" 2>rotate.err &
STARTED+=($!)
await "the rotator's ring" test -s other/ring
expect_last 9 "no slow ring in .*: its rotator runs without --park" \
    "$LETHE" serve server --root root --listen 127.0.0.1:0 --ring "$T/other" --park
