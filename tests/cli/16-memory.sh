#!/bin/bash
# A worker's memory is the same before and after many transfers; so are its descriptors. A client's
# does not grow with the file.
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

# The most that a client had resident, in KiB.
most() { # NAME
    "$PYTHON" - "$LETHE" get "$(uri "$1")" --identity server -o "$1.got" --quiet --strict <<'PY'
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
PY
}
random small 3000000
random large 200000000
small=$(most small) large=$(most large)
same large
between "KiB at the most for 3 MB" 1000 "$small" 65536
between "KiB more for 200 MB" -8192 $((large - small)) 4096
end_server "$SERVER"
