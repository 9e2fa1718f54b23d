#!/bin/bash
# How fast get may be: a limit is kept and used, and --background arrives as well.
. "$(dirname "$0")/lib.sh"
cd "$T"
random big 3000000
serve

timed() { # RATE: sets MS
    get big --limit-rate "$1"
    same big
    MS=$(awk -v s="$(field seconds)" 'BEGIN { printf "%d", s * 1000 }')
}
timed 2M
fast=$MS
timed 1024k
slow=$MS
between "per cent of the time at twice the rate" 150 $((slow * 100 / fast)) 270
between "ms of 3000000 bytes at 1 MiB/s" 2300 "$slow" 10000

# Several files share one limit.
random half 1500000
expect 0 '' lethe get "$(uri half)" "$(uri big)" --identity server -O "$(mktemp -d -p "$T")" \
    --limit-rate 3M --json
between "ms of 4500000 bytes at 3 MiB/s" 1100 \
    "$(awk -v s="$(field seconds)" 'BEGIN { printf "%d", s * 1000 }')" 10000

# A limit above what the path carries changes nothing; neither does giving way to nobody.
get big --limit-rate 100G
same big
get big --background
same big
get big --background --limit-rate 8M
same big
end_server "$SERVER"

# Both rules of congestion control, and a strict home, serve.
for option in '--congestion reno' '--congestion cubic' --strict-home; do
    # shellcheck disable=SC2086 # two words
    serve $option
    get big
    same big
    end_server "$SERVER"
done
