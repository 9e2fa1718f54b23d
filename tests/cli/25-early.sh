#!/bin/bash
# Requests in the first packet: answered, refused, without a key, and with clocks that are wrong.
. "$(dirname "$0")/lib.sh"
cd "$T"
random small 500
random big 3000000
serve --early

# As the client tells it: a small file in one packet each way, a larger one from level 1 upwards.
get small --early
same small
is "early" answered "$(field early)"
is "level, at first byte" "1 1" "$(field level) $(field first_byte_level)"
is "packets" "1 1" "$(field packets_sent) $(field packets_received)"
get big --early
same big
is "early" answered "$(field early)"
is "first level, then" "1 2" "$(field first_byte_level) $(field level)"
get small
is "level without --early" 2 "$(field level)"
is "early without --early" off "$(field early)"
expect 7 '.* has no file .none.*' lethe get "$(uri none)" --identity server --early -o got

# The request does not wait for its file: where that cannot be opened, it was executed.
mkdir small.got.part
expect 1 'cannot open .*small.got.part: .*' \
    lethe get "$(uri small)" --identity server --early -o small.got
rmdir small.got.part

# The key is beside the identity's file, or asked for, once: another packet, and a cache.
cp server/public/identity alone
rm -f small.got
fetch_alone() {
    expect "$1" "$2" lethe get "$(uri small)" --identity alone --early --json -o small.got
}
fetch_alone 0 ''
is "early, key from the server" answered "$(field early)"
is "kept keys" 1 "$(find cache/lethe/short-term -type f | wc -l)"
printf 'x' | dd of="$(find cache/lethe/short-term -type f)" bs=1 seek=60 conv=notrunc status=none
fetch_alone 0 ''
is "early, over a damaged key" answered "$(field early)"

# An hour ahead the key is too old, an hour behind it is not there yet: told, and everything works.
off() { # SECONDS WARNING
    rm -f small.got
    expect 0 "warning: nothing was sent in the first packet: $2" clock_off "$1" get \
        "$(uri small)" --identity server --early --json -o small.got
    same small
    is "early, clock off by $1 s" 'no key' "$(field early)"
}
off -3600 'the short-term key of .* begins only 3[56][0-9]* s from now: is this clock right, .*'
off 7300 'the short-term key of .* ended [0-9]* s ago: is this clock right, .*'
off -3600000 'the short-term key of .* begins only .*'

# The counters tell the same.
kill -USR1 "$SERVER"
await "the counters" grep -q '^early_executed  *6$' "$COUNTERS"
end_server "$SERVER"

# A server that takes none: asked again, at the level that it needs.
for level in '' '--level 2' '--level 3'; do
    # shellcheck disable=SC2086 # none or two words
    serve $level
    get small --early
    same small
    is "early at a server with '$level'" refused "$(field early)"
    want=${level#--level }
    is "level at a server with '$level'" "${want:-2}" "$(field first_byte_level)"
    get small
    is "level without --early" "${want:-2}" "$(field first_byte_level)"
    end_server "$SERVER"
done
serve --level 1
get small --early
is "early at level 1" "refused 1" "$(field early) $(field first_byte_level)"
end_server "$SERVER"

# What cannot be meant.
expect 2 '--early or --strict, not both' \
    lethe get lethe://127.0.0.1/a --identity server --early --strict
expect 2 '--early answers at level 1: leave --level out, or give --level 1' \
    lethe serve server --root root --early --level 2
expect 2 '--level: .*' lethe serve server --root root --level 4
