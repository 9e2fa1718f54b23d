#!/bin/bash
# The server comes back without its ring: nothing of the session can be opened any more. The client
# begins again by itself, in the upload of the key as in the download, and keeps what it has.
. "$(dirname "$0")/lib.sh"
cd "$T"
random big 36000000
random also 12000000
serve
DIRECT=$PORT
relay 6000
THROUGH=$PORT

lose_ring() {
    kill_server
    rm -r ring
    serve --listen "127.0.0.1:$DIRECT"
    PORT=$THROUGH
}

# Both at once, for the client takes six seconds to be sure: one has its key, one uploads it.
get_begin big --strict
first=$GET
more 3000
get_begin also --strict
second=$GET
more 400
lose_ring
for pid in $first $second; do
    get_end 0 '' "$pid"
    same "${GETS[$pid]}"
    is "exchanges" 2 "$(field exchanges)"
    is "level" 3 "$(field level)"
done
end_server "$SERVER"
