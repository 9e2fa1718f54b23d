#!/bin/bash
# Two servers share a ring and no `lethe rotate` runs: the first has begun a rotator. When that
# server ends, the other must go on for longer than the keys that are left live.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 1000
serve --period 1
first=$SERVER
serve
second=$SERVER
get file
end_server "$first"
before=$(md5sum <ring/ring)
sleep 9.5
kill -0 "$second"
[ "$(md5sum <ring/ring)" != "$before" ] || fail "nobody turns the ring"
get file --timeout 2
same file
end_server "$second"
