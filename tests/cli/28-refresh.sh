#!/bin/bash
# refresh: the signed short-term key, or why there is none.
. "$(dirname "$0")/lib.sh"
cd "$T"
serve
address=lethe://127.0.0.1:$PORT
fingerprint=$(cat server/public/fingerprint)
kept=cache/lethe/short-term/$fingerprint

fresh() {
    [ -s server/public/short-term ]
}
# Whether the server gives a key out that its identity has signed; asked by somebody else.
is_given() {
    XDG_CONFIG_HOME=$T/aside XDG_CACHE_HOME=$T/aside \
        lethe refresh "$address" --identity server --quiet --timeout 1
}
is_not_given() {
    ! is_given
}
await "a short-term key" fresh
await "a short-term key from the server" is_given

# It comes, is checked and kept; by the fingerprint alone too.
expect 2 '.* was not used here before; .*' lethe refresh "$address"
expect 0 "the short-term key of 127.0.0.1:$PORT is valid until 20[0-9-]+ [0-9:]+ UTC" \
    lethe refresh "$address" --identity "$fingerprint"
cmp "$kept" server/public/short-term
is "mode" 600 "$(stat -c %a "$kept")"
expect 0 '' lethe refresh "$address/" --identity server --json
is "from birth to end" 7200000 $(($(field until_ms) - $(field born_ms)))
between "until when" "$(milliseconds)" "$(field until_ms)" $(($(milliseconds) + 7200000))
expect 0 '' lethe refresh "$address" --identity server --quiet

# By a clock that is an hour off its time is not now, whoever's clock that is: said, and not kept.
before=$(sha256sum <"$kept")
expect 9 "the short-term key of ${address#*//} begins only 3[56][0-9]* s from now: is this .*" \
    clock_off -3600 refresh "$address" --identity server
expect 9 "the short-term key of ${address#*//} ended 3[56][0-9]* s ago: is this .*" \
    clock_off 10800 refresh "$address" --identity server
is "what is kept" "$before" "$(sha256sum <"$kept")"
expect 0 '' clock_off 3500 refresh "$address" --identity server --quiet

# Another's signature is not taken, and the time is up while it is asked again.
lethe keygen other >/dev/null
mv server served && mv other server
serve --ring "$T/ring.other" --identity-file served/public/identity
mirror=127.0.0.1:$PORT
mv server other && mv served server
await "the other's" test -s other/public/short-term
before=$(sha256sum <"$kept")
cp ring.other/short-term ring/short-term.new && mv ring/short-term.new ring/short-term
await "the other's from the server" is_not_given
expect 11 "what 127.0.0.1:${address##*:} gives out as its short-term key is not signed by its .*" \
    lethe refresh "$address" --identity server --timeout 1
is "what is kept" "$before" "$(sha256sum <"$kept")"

# Who mirrors an identity has no short-term key of it.
expect 7 "$mirror has no short-term key to give out: does its rotator run\?" \
    lethe refresh "lethe://$mirror" --identity server
expect_last 15 'nobody listens at 127.0.0.1:9 .*' \
    lethe refresh lethe://127.0.0.1:9 --identity server --timeout 1

# One whose time is over, for its rotator died: said, and not kept.
end_server "$SERVER"
mv server served && mv other server
serve --ring "$T/ring.short" --short-term 1
address=lethe://127.0.0.1:$PORT
await "a short-term key" fresh
await "a short-term key from the server" is_given
kill -STOP "$(rotator_of)"
await "the end of its time" is_not_given
expect 9 "the short-term key of 127.0.0.1:$PORT ended [0-9]+ s ago: is this clock right, .*" \
    lethe refresh "lethe://127.0.0.1:$PORT" --identity server
kill -CONT "$(rotator_of)"
