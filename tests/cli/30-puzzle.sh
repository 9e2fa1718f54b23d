#!/bin/bash
# A server that is kept busy asks a client for a puzzle, which it solves and tells of; with a
# request in the first packet as well.
. "$(dirname "$0")/lib.sh"
: "${LETHE_ATTACK:?the path of the attacker}"
cd "$T"
random small 500
serve --early

solved='lethe: a puzzle of [0-9]+ bits solved in [0-9.]+ s'
try() { # OPTION...
    rm -f small.got
    lethe get "$(uri small)" --identity server -o small.got --json --verbose "$@" >out 2>err
}
is_asked() {
    try "$@" && [ "$(field puzzle_bits)" -ge 8 ] # as many as the first that take work
}

# At rest it asks for nothing, and nothing is told.
try --early
is "puzzle, seconds, at rest" "0 0.0" "$(field puzzle_bits) $(field puzzle_seconds)"
! grep -qE "$solved" err || fail "a puzzle at rest: $(cat err)"

# The client's own network sends HELLOs, proves its addresses, and solves what is easy.
"$LETHE_ATTACK" garbage server "127.0.0.1:$PORT" 5000 20000 127.0.0 >attack.out 2>&1 &
STARTED+=("$!")
for how in '' --early; do
    # shellcheck disable=SC2086 # none or one
    await "a puzzle ($how)" is_asked $how
    same small
    grep -qxE "$solved" err || fail "the puzzle is not told of: $(cat err)"
    grep -qx "lethe: a puzzle of $(field puzzle_bits) bits solved in .*" err ||
        fail "other bits than in the account: $(cat err)"
    [ "$(field puzzle_seconds)" != 0.0 ] || fail "it took no time"
    is "exchanges" 1 "$(field exchanges)"
    is "early ($how)" "$([ -z "$how" ] && echo off || echo answered)" "$(field early)"
done
lethe status server --ring ring --json >out
[ "$(sed -n 's/.*"total":{.*"hello_solved":\([0-9]*\).*/\1/p' out)" -gt 2 ] ||
    fail "nothing was solved: $(cat out)"
