#!/bin/bash
# A fingerprint is enough: the identity is fetched from the server, or from one that mirrors it.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 1000
serve --json
fingerprint=$(cat server/public/fingerprint)
address=$(uri file)
cached=cache/lethe/identities/$fingerprint

by_name() { # OPTION...
    rm -f got
    expect 0 '' lethe get "$address" --identity "$fingerprint" -o got --json "$@"
    cmp got root/file
    cmp "$cached" server/public/identity
}

by_name
[ "$(field identity_seconds)" != 0.0 ] || fail "no time was needed"
[ "$(field identity_seconds | cut -d. -f1)" -lt 10 ] || fail "it took $(field identity_seconds) s"
is "modes of what is kept" "700 600" "$(stat -c %a "${cached%/*}" "$cached" | xargs)"
by_name
is "seconds, the second time" 0.0 "$(field identity_seconds)"

# What is damaged here is fetched again, and replaced.
printf x | dd of="$cached" bs=1 seek=5000 conv=notrunc status=none
by_name
[ "$(field identity_seconds)" != 0.0 ] || fail "a damaged identity was used"
head -c 1000 server/public/identity >"$cached"
by_name

# Without a place to keep it, it is fetched each time.
(unset XDG_CACHE_HOME XDG_CONFIG_HOME HOME
    expect 0 '' lethe get "$address" --identity "$fingerprint" -o got -q)
end_server "$SERVER"
cp "$COUNTERS" out
between "questions answered" 4224 "$(field answered_lookup)" 4400

# From another server, which mirrors it, while its own is asked for files alone.
serve --json
address=$(uri file) own=$SERVER own_counters=$COUNTERS
mv server served
serve --json --ring "$T/ring.other" --identity-file served/public/identity
mirror=127.0.0.1:$PORT
mv server other && mv served server
rm -r cache
by_name --identity-from "$mirror"
end_server "$own"
cp "$own_counters" out
is "questions that its own answered" 0 "$(field answered_lookup)"

# Nobody knows that fingerprint, or nobody is there; one --identity-file too many, or none at all.
rm -r cache
nobody=$(printf '0%.0s' {1..64})
expect 9 "$mirror gave no answer in 1 s: is the server there, and is this the fingerprint .*" \
    lethe get "lethe://$mirror/file" --identity "$nobody" -o got --timeout 1
[ ! -e "cache/lethe/identities/$nobody" ] || fail "something is kept"
expect 3 'cannot open nothing: .*' lethe serve server --root root --identity-file nothing
args=()
for _ in 1 2 3 4 5 6 7 8 9; do args+=(--identity-file other); done
expect 2 'at most 8 --identity-file' lethe serve server --root root "${args[@]}"
cp other/public/identity server/public/identity
expect 3 'server/public/identity does not belong to server/secret/identity' \
    lethe serve server --root root --listen 127.0.0.1:0
