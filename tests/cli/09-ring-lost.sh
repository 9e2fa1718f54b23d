#!/bin/bash
# The server comes back without its ring: nothing of the session can be opened any more. The client
# begins again by itself, in the upload of the key as in the download, and keeps what it has.
. "$(dirname "$0")/lib.sh"
cd "$T"
random big 12000000
random also 12000000
serve
DIRECT=$PORT
relay 6000
THROUGH=$PORT

lose_ring() {
    kill -KILL "$SERVER"
    wait "$SERVER" 2>/dev/null || true
    rm -r ring
    serve --listen "127.0.0.1:$DIRECT"
    PORT=$THROUGH
}

begin() { # NAME: a get of its own files
    "$LETHE" get "$(uri "$1")" --identity server -o "$1.got" --json --strict >"$1.out" 2>"$1.err" &
    STARTED+=($!)
}

# Both at once, for the client takes six seconds to be sure: one has its key, one uploads it.
begin big
first=$!
more 3000
begin also
second=$!
more 400
lose_ring
for name in big also; do
    status=0
    if [ $name = big ]; then wait $first || status=$?; else wait $second || status=$?; fi
    is "status of $name ($(cat $name.err))" 0 $status
    [ ! -s $name.err ] || fail "errors: $(cat $name.err)"
    cp $name.out out
    same $name
    is "exchanges of $name" 2 "$(field exchanges)"
    is "level of $name" 3 "$(field level)"
done
end_server "$SERVER"
