#!/bin/bash
# Counters: as text and as JSON, at SIGUSR1 and at the end; every drop under the name of its check.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 100000

# What is counted, asked with SIGUSR1: in $T/out.
ask() {
    local before
    before=$(wc -l <"$COUNTERS")
    kill -USR1 "$SERVER"
    await "counters" more_lines "$before"
    sleep 0.05
    tail -n +$((before + 1)) "$COUNTERS" >out
}

more_lines() {
    [ "$(wc -l <"$COUNTERS")" -gt "$1" ]
}

# From a file, in one datagram.
datagram() {
    cat "$1" >"/dev/udp/127.0.0.1/$PORT"
}

# Text: name and number, drops that did not happen left out.
serve
get file
ask
is "lines that are not 'name number'" 0 "$(grep -cvxE '[a-z_]+ +[0-9]+' out || true)"
for name in workers resident_bytes packets_in bytes_in packets_out bytes_out answered_hello \
    answered_leg answered_block answered_finish answered_request answered_lookup; do
    grep -qE "^$name +[0-9]+$" out || fail "no $name in $(cat out)"
done
is "drops" 0 "$(grep -c '^drop_' out || true)"
is "hellos" 1 "$(sed -n 's/^answered_hello *//p' out)"
end_server "$SERVER"
serve
end_server "$SERVER"
grep -qxE 'packets_in +0' "$COUNTERS" || fail "no counters at the end: $(cat "$COUNTERS")"

# Who reads them goes away: that ends no server, and is told at the end.
mkfifo pipe
"$LETHE" serve server --root root --ring ring --listen 127.0.0.1:0 >pipe 2>pipe.err &
SERVER=$!
STARTED+=("$SERVER")
: <pipe
await "a server without a reader" is_serving pipe.err 1
PORT=$(sed -n 's/^lethe: listening on .*://p' pipe.err)
kill -USR1 "$SERVER"
get file
kill -TERM "$SERVER"
status=0
wait "$SERVER" || status=$?
is "status of a server without a reader" 8 $status
is "its last word" 'lethe: cannot write to standard output: not all was taken' \
    "$(tail -n 1 pipe.err)"

# JSON: one object a line. Every drop that there is, also those that did not happen.
serve --json
get file
cp out get.json
ask
is "objects" 1 "$(wc -l <out)"
is "hellos" 1 "$(field answered_hello)"
is "legs" 1 "$(field answered_leg)"
is "workers" 1 "$(field workers)"
packets=$(field packets_out) packets_in=$(field packets_in)
kinds=0
for kind in hello leg block finish request; do
    kinds=$((kinds + $(field answered_$kind)))
done
is "answers by kind" "$packets_in" $kinds
between "bytes out" 100000 "$(field bytes_out)" 140000
between "numbers sent" 80 "$(field numbers_sent)" 100
is "numbers beyond the horizon" 0 "$(field numbers_beyond)"
between "resident bytes" 1000000 "$(field resident_bytes)" 100000000
# The manual has each of them, and no other.
"$PYTHON" -c 'import json
print("\n".join(json.load(open("out"))))' | sort >told
sed -n '/^.Ss Counters/,/^.Sh/s/^.It Cm //p' "$HERE/../../man/lethe-serve.1" | sed 's/ , /\n/g' |
    sort >listed
diff listed told || fail "lethe-serve(1) lists other counters"

cp get.json out
# The answer to the last probe of the path may come when the client has all that it wants.
between "what get says that it received" $((packets - 2)) "$(field packets_received)" "$packets"
is "what get says that it sent" "$packets_in" "$(field packets_sent)"

# Garbage: nothing is answered; each is counted by the check that it fails.
has_counted() { # COUNT NAME...: so many in all, by now
    local name
    sum=0
    ask
    for name in "${@:2}"; do
        sum=$((sum + $(field "$name")))
    done
    [ $sum -ge "$1" ]
}
counted() { # COUNT NAME...
    await "$1 of $2" has_counted "$@"
    is "${*:2}" "$1" "$sum"
    is "packets out" "$packets" "$(field packets_out)"
}
for kind in 0 2 4 6 8 10 11 42 128 255; do
    { printf "\\x$(printf %02x $kind)" && head -c 200 /dev/urandom; } >garbage
    datagram garbage
done
counted 10 drop_kind

hello() { # VERSION, and a file with the identity that it is for
    { printf "\\x01\\x$1" && cat "$2" && head -c 1222 /dev/urandom; } >garbage
    is "the packet's size" 1232 "$(stat -c %s garbage)"
    datagram garbage
}
head -c 8 /dev/urandom >nobody
hello 02 nobody # a version that there is not
hello 00 nobody
head -c 1231 garbage >shorter && datagram shorter
{ printf '\x01\x01' && head -c 1229 /dev/urandom; } >shorter && datagram shorter
for kind in 3 5 7 9; do # too short for what they claim to be
    { printf "\\x0$kind" && head -c 20 /dev/urandom; } >shorter && datagram shorter
done
counted 8 drop_format
hello 01 nobody
hello 01 nobody
counted 2 drop_identity

# A kid that no key has, and bytes under one that is there, look the same from outside: no answer.
before=$(($(field drop_kid) + $(field drop_exchange_box)))
for kid in 0 1 2 3 4 5 6 7; do
    { printf "\\x05\\x0$kid" && head -c 1224 /dev/urandom; } >garbage
    datagram garbage
done
counted $((before + 8 + 8)) drop_kid drop_exchange_box drop_format

# The wrong identity's HELLO is the counters' business too.
lethe keygen other >/dev/null
before=$(field drop_identity)
XDG_CONFIG_HOME=$T/config.other expect 9 '.*' \
    lethe get "$(uri file)" --identity other -o got --timeout 1
ask
between "drops of another's HELLO" $((before + 1)) "$(field drop_identity)" $((before + 20))

# All of it again at the end, in a valid line; what a worker counted outlives the worker.
total=$(field packets_in)
kill -KILL "$(workers_of)"
await "another worker" is_serving "$LOG" 2
end_server "$SERVER"
cp "$COUNTERS" out
is "packets of a dead worker, at the end" "$total" "$(field packets_in)"
