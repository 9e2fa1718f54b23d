#!/bin/bash
# The other service: values by key, from a file. What fetches a file fetches a value.
. "$(dirname "$0")/lib.sh"
cd "$T"
head -c 3000 /dev/urandom | base64 -w 0 >long
{
    printf 'alpha\tone\n'
    printf 'empty\t\n'
    printf 'a/b c\ttabs\tin\tit\n'
    printf 'long\t%s\n' "$(cat long)"
    printf '\303\274\tlast'
} >table
serve --table table
value() { # KEY EXPECTED
    expect 0 '' lethe get "$(uri "$1")" --identity server -o got -q
    printf '%s' "$2" | cmp - got
}
value alpha one
value empty ''
value 'a/b%20c' "$(printf 'tabs\tin\tit')"
value long "$(cat long)"
value '%c3%bc' last
grep -qx "lethe: serving table as [0-9a-f]*" "$LOG" || fail "not told what is served"

# Several at once; a part from before; what is not there; no uploads.
mkdir into
expect 0 '' lethe get "$(uri alpha)" "$(uri long)" -O into --identity server -q
cmp long into/long
head -c 1000 long >got.part
value long "$(cat long)"
expect 7 "127\.0\.0\.1:$PORT has no file 'beta': check the path" \
    lethe get "$(uri beta)" --identity server
expect 4 "127\.0\.0\.1:$PORT does not take 'alpha': .*" \
    lethe put long "$(uri alpha)" --identity server

# It is as it was read, until the server starts again.
printf 'alpha\ttwo\n' >table
value alpha one
end_server "$SERVER"
serve --table table
value alpha two
end_server "$SERVER"

# Tables that are none.
wrong() { # STATUS ERROR
    expect "$1" "$2" timeout 5 "$LETHE" serve server --table table --ring ring \
        --listen 127.0.0.1:0
}
printf 'alpha\tone\nbeta\n' >table
wrong 12 'table, line 2: no tab between key and value'
printf 'alpha\tone\nbeta\t1\nalpha\ttwo\n' >table
wrong 12 'table, line 3: the key of line 1 again'
printf '\tone\n' >table
wrong 12 'table, line 1: a key has 1 to 239 bytes'
rm table
wrong 7 'cannot open table: No such file or directory'
mkdir table
wrong 12 'table is not a regular file'
