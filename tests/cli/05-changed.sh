#!/bin/bash
# The file changes at the server: between two gets, and under one. Versions never mix.
. "$(dirname "$0")/lib.sh"
cd "$T"
BIG=6000000
serve

# Between two gets.
random file 300000
get file
random file 200000
get file
same file
is "replaced" true "$(field replaced)"

# The same size and time of modification, other bytes.
cp -p root/file stamp
random file 200000
touch -r stamp root/file
get file
same file

# Under a get: a whole new file takes its name. What came before is not mixed in.
relay 7000
random big $BIG
random next $((BIG + 12345))
get_begin big
more 1000
mv root/next root/big
get_end 0 ''
same big
between "restarts" 1 "$(field restarts)" 8

# Half of it is the same: that half need not come again.
cp root/big root/next
printf changed | dd of=root/next bs=1 seek=$((BIG - 1000)) conv=notrunc status=none
rm big.got
get_begin big
more 3000
mv root/next root/big
get_end 0 ''
same big
between "bytes of the old version that were used" 1000000 "$(field bytes_reused)" $((BIG - 1000))

# It is cut short, and grows, in place: the result is what it is in the end.
get_begin big
more 1000
truncate -s 1234567 root/big
get_end 0 ''
same big
is "bytes" 1234567 "$(field bytes)"
is "bytes at first" $((BIG + 12345)) "$(field files.0.bytes_at_first)"
get_begin big
more 500
head -c 100000 /dev/urandom >>root/big
get_end 0 ''
same big
is "bytes" 1334567 "$(field bytes)"

# A person is told, and of a file that rested is not.
tell_begin() { # OPTION...
    rm -f big.got
    random big $BIG
    "$LETHE" get "$(uri big)" --identity server -o big.got "$@" >told 2>&1 </dev/null &
    GET=$!
    STARTED+=("$GET")
    more 1000
}
tell_begin
truncate -s 1234567 root/big
wait "$GET" || fail "$(cat told)"
same big
is "lines" 2 "$(wc -l <told)"
sed -n 1p told | grep -qxE "lethe: lethe://.*/big changed while it was fetched, from $BIG to \
1234567 bytes; this is its last version" || fail "not told that it was cut short: $(cat told)"
sed -n 2p told | grep -q '^lethe: 1\.2 MiB .* in ' || fail "no account after it: $(cat told)"
tell_begin
random next $BIG
mv root/next root/big
wait "$GET" || fail "$(cat told)"
same big
grep -q 'big changed while it was fetched, its size did not; ' told ||
    fail "not told that it changed: $(cat told)"
tell_begin
wait "$GET" || fail "$(cat told)"
is "lines for a file that rested" 1 "$(wc -l <told)"
tell_begin --quiet
truncate -s 100 root/big
wait "$GET" || fail "$(cat told)"
is "what --quiet shows" 0 "$(wc -c <told)"

# It goes away, comes to lead out of the folder, becomes unreadable: an error that tells, and
# nothing is put in place.
vanish() { # STATUS ERROR COMMAND...
    local wanted=$1 error=$2
    shift 2
    rm -rf big.got big.got.part root/big
    random big $BIG
    get_begin big
    more 1000
    "$@"
    get_end "$wanted" "$error"
    [ ! -e big.got ] || fail "a file of which a part is missing was put in place"
}
lead_out() {
    ln -s .. root/next
    mv -T root/next root/big
}
gone="127\.0\.0\.1:$PORT no longer has 'big': it was deleted while it was fetched"
closed="127\.0\.0\.1:$PORT no longer gives out 'big': .* unreadable or led out of the .*"
vanish 7 "$gone" rm root/big
vanish 4 "$closed" lead_out
vanish 4 "$closed" chmod 000 root/big

# It never rests: get gives up in the end, and says why.
never_rest() {
    local i
    for ((i = 0; i < 400; i++)); do
        cp root/sure root/next
        mv root/next root/big
        sleep 0.1
    done
}
rm -rf big.got* root/big
random sure $BIG
cp root/sure root/big
never_rest &
CHANGER=$!
STARTED+=("$CHANGER")
get_begin big
get_end 10 "'big' keeps changing at the server: try again later"
kill "$CHANGER"
[ ! -e big.got ] || fail "a file that never was was put in place"
end_server "$SERVER"
