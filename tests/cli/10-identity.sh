#!/bin/bash
# Identities: wrong, damaged, open to others, and known by their fingerprint.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 1000
serve
address=$(uri file)
lethe keygen other >other.fingerprint
fingerprint=$(cat server/public/fingerprint)

got() { # IDENTITY
    rm -f got
    expect 0 '' lethe get "$address" --identity "$1" -o got -q
    cmp got root/file
}

# By file, folder and fingerprint; what was used is kept.
got server
got "$fingerprint"
got "${fingerprint^^}"
got server/public/identity
is "what is kept" "$fingerprint" "$(ls cache/lethe/identities)"
cmp "cache/lethe/identities/$fingerprint" server/public/identity
is "modes of what is kept" "700 600" "$(stat -c %a cache/lethe/identities \
    "cache/lethe/identities/$fingerprint" | tr '\n' ' ' | sed 's/ $//')"
rm -r cache
(unset XDG_CACHE_HOME && got server && got "$fingerprint")
cmp "home/.cache/lethe/identities/$fingerprint" server/public/identity
(unset XDG_CACHE_HOME HOME && got server)

# Another server's identity: silence, an error that says what it may be, and nothing kept.
before=$(milliseconds)
silence="127\.0\.0\.1:$PORT gave no answer in 2 s: is the server there, and is this its identity\?"
XDG_CONFIG_HOME=$T/config.other expect 9 "$silence" \
    lethe get "$address" --identity other -o got.other --timeout 2
between "ms until it gave up" 2000 $(($(milliseconds) - before)) 4000
[ ! -e got.other ] && [ ! -e got.other.part ] || fail "something is left"
is "an identity that never answered" 0 \
    "$(find cache home -name "$(cat other.fingerprint)" 2>/dev/null | wc -l)"

# Nobody there.
before=$(milliseconds)
expect_last 15 'nobody listens at 127\.0\.0\.1:9 \(tried for 1 s\): start the server, or give .*' \
    lethe get lethe://127.0.0.1:9/file --identity server -o got.none --timeout 1
between "ms until it gave up" 1000 $(($(milliseconds) - before)) 3000
expect 15 'nobody listens at localhost:9 \(tried for 1 s\): .*' \
    lethe get lethe://localhost:9/file --identity server -o got.none --timeout 1 --quiet

# That is said at once, and once, by all that wait.
hint='lethe: nobody listens at 127.0.0.1:9 now, as ICMP tells; waiting until time is up'
for command in 'get --identity server' "get --identity $(cat other.fingerprint)" \
    'refresh --identity server'; do
    place=lethe://127.0.0.1:9
    [[ $command == refresh* ]] || place=$place/x
    # shellcheck disable=SC2086
    lethe $command $place --timeout 1 2>err && fail "somebody listens at port 9"
    is "lines of $command" "$hint" "$(head -n -1 err)"
done

# There, and then gone: said otherwise.
random big 5000000
relay 3000
get_begin big --timeout 2
more 1000
kill -STOP "$RELAY"
get_end 9 '127\.0\.0\.1:[0-9]* stopped answering for 2 s; run the same command again to resume'
[ -s big.got.part ] || fail "no part is left"
kill -CONT "$RELAY"
get_begin big --timeout 2
more 1000
kill -KILL "$RELAY"
get_end 15 'nobody listens at 127\.0\.0\.1:[0-9]* any more, for 2 s: start the server and .* resume'
[ -s big.got.part ] || fail "no part is left"

# No identity at all, or something else.
head -c 500000 server/public/identity >short
cat server/public/identity server/public/fingerprint >long
head -c 1047400 /dev/urandom >random
: >empty
refused() { # STATUS ERROR IDENTITY
    expect "$1" "$2" lethe get "$address" --identity "$3" -o got.refused
    [ ! -e got.refused.part ] || fail "a part is left"
}
refused 12 'short has 500000 bytes instead of 1047400: it was cut short; copy it again .*' short
refused 12 'long has 1047465 bytes instead of 1047400: .*' long
refused 12 'empty has 0 bytes instead of .*' empty
refused 3 'random is not a Lethe identity: name the file public/identity of a server' random
refused 3 'cannot open nothing: No such file or directory' nothing
refused 3 'cannot open root/public/identity: No such file or directory' root
for file in server/secret/identity server/public/fingerprint; do
    refused 3 "$file is not a Lethe identity: name the file public/identity of a server" $file
done
refused 2 "--identity ${fingerprint:1}: no such file, and a fingerprint has 64 .* digits, not 63" \
    "${fingerprint:1}"
mkfifo pipe
refused 12 'pipe is not a regular file' pipe
end_server "$SERVER"

# The secret.
start() { # STATUS ERROR
    expect "$1" "$2" timeout 5 "$LETHE" serve "$3" --root root --ring ring --listen 127.0.0.1:0
    expect "$1" "$2" timeout 5 "$LETHE" rotate "$3" --ring ring
}
cp -r server bad
for mode in 644 640 604 660; do
    chmod $mode bad/secret/identity
    start 4 'bad/secret/identity can be read by others; run: chmod 600 bad/secret/identity' bad
done
chmod 600 bad/secret/identity
head -c 14000 server/secret/identity >bad/secret/identity
start 12 'bad/secret/identity has 14000 bytes instead of 14091: it was cut short; .*' bad
head -c 14091 /dev/urandom >bad/secret/identity
start 3 'bad/secret/identity is not a Lethe secret: name the folder that lethe keygen made' bad
rm bad/secret/identity
start 3 'bad holds no identity; make one with: lethe keygen bad' bad
start 3 'nowhere holds no identity; make one with: lethe keygen nowhere' nowhere
mkfifo -m 600 bad/secret/identity
start 12 'bad/secret/identity is not a regular file' bad

# Nothing is ended by it: a server that is started meanwhile is taken.
serve
end_server "$SERVER"
lethe get "$(uri file)" --identity server -o late >/dev/null 2>late.err &
GET=$!
STARTED+=("$GET")
await "word that nobody listens" grep -q 'nobody listens at .* waiting until' late.err
serve --listen "127.0.0.1:$PORT"
wait "$GET" || fail "a server that came late is not taken: $(cat late.err)"
cmp late root/file
end_server "$SERVER"
