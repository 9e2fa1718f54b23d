#!/bin/bash
# A worker's memory is the same before and after many transfers; so are its descriptors.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 300000
serve --json
worker=$(workers_of)

resident() {
    sed -n 's/^VmRSS:[ \t]*\([0-9]*\) kB/\1/p' "/proc/$worker/status"
}

descriptors() {
    find "/proc/$worker/fd" -mindepth 1 2>/dev/null | wc -l
}

get file --strict
get file
before=$(resident) held=$(descriptors)
for ((i = 0; i < 50; i++)); do
    strict=()
    [ $((i % 10)) != 0 ] || strict=(--strict)
    lethe get "$(uri file)" --identity server -o file.got --quiet "${strict[@]}"
done
same file
is "the worker" "$worker" "$(workers_of)"
after=$(resident)
between "KiB that 50 transfers left" -256 $((after - before)) 256
is "descriptors" "$held" "$(descriptors)"
kill -USR1 "$SERVER"
await "counters" test -s "$COUNTERS"
cp "$COUNTERS" out
between "resident bytes, as counted" $((after * 1024 - 262144)) "$(field resident_bytes)" \
    $((after * 1024 + 262144))
end_server "$SERVER"
