#!/bin/bash
# What get shows while it runs: a moving line on a terminal, nothing in a pipe; no colours anywhere.
. "$(dirname "$0")/lib.sh"
cd "$T"
random big 3000000
truncate -s 700M root/hole
serve
DIRECT=$PORT
relay 3500
known
escape=$(printf '\033')

# No terminal: the account at the end, and nothing that moves.
lethe get "$(uri big)" --identity server -o big.got --strict 2>&1 | cat >piped
same big
is "lines in a pipe" 1 "$(wc -l <piped)"
grep -qE '^lethe: 2\.9 MiB in [0-9.]+ s, .*level 3, complete$' piped || fail "$(cat piped)"
is "control characters in a pipe" 0 "$(tr -d '\n -~' <piped | wc -c)"

# On a terminal: key upload and download, each in per cent; the account replaces the line.
terminal() { # OPTION...
    rm -f big.got
    script -qec "'$LETHE' get '$(uri big)' --identity server -o big.got --strict $*" typescript \
        </dev/null >shown 2>&1
    same big
}
terminal
grep -qE 'level [123]  key [0-9]+%' shown || fail "no key in per cent"
grep -qE '[0-9.]+ of 2\.9 MiB \([0-9]+%\)  [0-9.]+ MiB/s' shown || fail "no bytes in per cent"
grep -qF "$escape[K" shown || fail "the line is not redrawn"
is "lines" 1 "$(wc -l <shown)"
tr '\r' '\n' <shown | sed "s/${escape}\[K//g" >lines
tail -n 2 lines | grep -qE '^lethe: .*complete$' || fail "no account at the end: $(tail -n 2 lines)"
last=()
for what in key bytes; do # they grow
    case $what in
    key) sed -n 's/.*key \([0-9]*\)%.*/\1/p' lines >shares ;;
    bytes) sed -n 's/.*MiB (\([0-9]*\)%).*/\1/p' lines >shares ;;
    esac
    between "times that the share of $what is shown" 2 "$(uniq shares | wc -l)" 1000
    sort -c -n shares || fail "the share of $what shrinks"
    last+=("$(tail -n 1 shares)")
done
is "colours" 0 "$(grep -c "${escape}\[[0-9;]*m" shown || true)"

# With --quiet not even there; with --json the moving line and the object are apart.
terminal --quiet
is "what --quiet shows" 0 "$(tr -d '\r' <shown | wc -c)"

# While what is there from before is checked, which here is all: that it is, and how far that is.
truncate -s 700M hole.part
script -qec "'$LETHE' get lethe://127.0.0.1:$DIRECT/hole --identity server -o hole" typescript \
    </dev/null >shown 2>&1
grep -qE '[0-9.]+ of 700\.0 MiB \([0-9]+%\)  checking what is there' shown ||
    fail "not told that it is checked: $(cat shown)"

# A server that is not there: that it waits, and the error on a line of its own.
script -qec "'$LETHE' get lethe://127.0.0.1:9/x --identity server -o x --timeout 1" typescript \
    </dev/null >shown 2>&1 || true
grep -q 'waiting for the server' shown || fail "not told that it waits: $(cat shown)"
tr '\r' '\n' <shown | sed "s/${escape}\[K//g" >lines
grep -q '^lethe: nobody listens at 127\.0\.0\.1:9' lines ||
    fail "the error is not on a line of its own"

# One that stops answering.
terminal_begin() {
    rm -f big.got
    MARK=$(passed)
    script -qec "'$LETHE' get '$(uri big)' --identity server -o big.got --strict --timeout 2" \
        typescript </dev/null >shown 2>&1 &
    GET=$!
    STARTED+=("$GET")
}
terminal_begin
more 1500
kill -STOP "$RELAY"
wait "$GET" || true
kill -CONT "$RELAY"
grep -qE 'no answer for 1 s' shown || fail "not told that nothing comes"
end_server "$SERVER"

# The last that was shown, at most a tenth of a second before the end, was near it.
between "the last share of the key, %" 50 "${last[0]}" 100
between "the last share of the bytes, %" 50 "${last[1]}" 100
