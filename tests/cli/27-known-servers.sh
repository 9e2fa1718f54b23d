#!/bin/bash
# Servers are remembered when they have proven who they are, and a change is refused, as ssh does.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 1000
serve --listen 0.0.0.0:0
fingerprint=$(cat server/public/fingerprint)
address=$(uri file) known=config/lethe/known_servers
lethe keygen other >other.fingerprint

plain() { # STATUS ERROR [OPTION...]
    local status=$1 error=$2
    shift 2
    rm -f got
    expect "$status" "$error" lethe get "$address" -o got "$@"
}

# Unknown: it must be said who it is. A server that did not answer is not remembered.
plain 2 "127\.0\.0\.1:$PORT was not used here before; say whose it is: --identity FILE or .*"
plain 9 '.* gave no answer in 1 s: .*' --identity other --timeout 1
[ ! -e $known ] || fail "it is remembered"

# Remembered once, with a line; from then on the address is enough.
expect_last 0 '.*complete' lethe get "$address" -o got --identity server
lethe put got "$address" 2>put.err && fail "an upload was taken"
expect_last 0 '.*complete, old file replaced' lethe get "$address" -o got
is "lines" "127.0.0.1:$PORT $fingerprint" "$(cat $known)"
is "modes" "700 600" "$(stat -c %a config/lethe $known | xargs)"
rm $known
lethe get "$address" -o got --identity "$fingerprint" 2>said
is "what is said first" "lethe: 127.0.0.1:$PORT is remembered in $T/$known" "$(head -n 1 said)"
plain 0 '.*complete'
plain 0 '.*complete' --identity server
rm -r cache # by its fingerprint, which is all that is needed
plain 0 '.*complete'

# Another than before: refused with file and line, whichever way it is named; and for put.
changed="127\.0\.0\.1:$PORT was ${fingerprint:0:16}\.\.\. before, another server than this; if"
changed+=" that is meant, remove line 1 of $T/$known"
plain 16 "$changed" --identity other
plain 16 "$changed" --identity "$(cat other.fingerprint)"
expect 16 "$changed" lethe put root/file "$address" --identity other
is "lines" 1 "$(wc -l <$known)"

# Damage is named; it is not guessed at what was meant.
line=$(cat $known)
for bad in '' 'example.org' "$line x" "$line$line" " $fingerprint" "h:1 ${fingerprint:1}" \
    "h:1 ${fingerprint:1}g"; do
    printf '%s\n%s\n' "$line" "$bad" >$known
    plain 12 "$T/$known line 2 is damaged: mend it to HOST:PORT FINGERPRINT, or remove it"
    plain 12 ".* line 2 is damaged: .*" --identity server
done
printf '%s\n%s %s\n' "$line" "${line% *}" "$(cat other.fingerprint)" >$known
plain 12 "$T/$known has 127.0.0.1:$PORT twice, in lines 1 and 2; remove one"
printf '%s' "$line" >$known # an editor's last line
plain 0 '.*complete'
chmod 620 $known
plain 4 "$T/$known can be written by others; look into it, then run: chmod 600 $T/$known"
chmod 600 $known
head -c 1100000 /dev/zero >$known
plain 12 "$T/$known has more than 1048576 bytes; remove lines"

# Many at once: none gets lost. Names are one whatever their letters and ports look like.
rm $known
gets=()
for i in 1 2 3 4 5 6 7 8; do
    lethe get "lethe://127.0.0.$i:$PORT/file" --identity server -o "got.$i" -q &
    gets+=($!)
done
for pid in "${gets[@]}"; do wait "$pid"; done
is "lines" 8 "$(sort -u $known | wc -l)"
lethe get "lethe://LocalHost:0$PORT/file" --identity server -o got -q
grep -qx "localhost:$PORT $fingerprint" $known || fail "not the name: $(cat $known)"

# Full: said, and no error. Read-only, the same.
awk -v f="$fingerprint" 'BEGIN { for (i = 0; i < 12787; i++) printf "host-%09d:1 %s\n", i, f }' \
    >$known
plain 0 "warning: 127\.0\.0\.1:$PORT is not remembered: .* is full; remove lines" \
    --identity server --quiet
rm -r config
touch config
plain 0 "warning: 127\.0\.0\.1:$PORT is not remembered: .*" --identity server --quiet
