#!/bin/bash
# lethe status: rates move with the load and calm down after it, for people, as JSON and for
# Prometheus; what it says where no server runs; one server at a time has the socket.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 3000000
ask() {
    lethe status server --ring ring "$@" >out 2>err
}

# Where none runs, nor ever ran.
make_identity
tip='if one runs, be its user, and name its ring with --ring if it was given one'
none="no server tells its status in ring; $tip"
expect 7 "$none" lethe status server --ring ring
[ ! -e ring ] || fail "who only asks has made the ring"
expect 7 "no server tells its status in .*lethe.*; $tip" lethe status server
expect 3 'nobody holds no identity; name the folder that the server was started with' \
    lethe status nobody
expect 2 '--json or --prometheus, not both' lethe status server --json --prometheus
expect 2 '--prometheus is one look: it takes no --watch' \
    lethe status server --prometheus --watch 1
for n in 0 3601 x; do
    expect 2 "--watch: '$n' is not a whole number from 1 to 3600" lethe status server --watch $n
done

# JSON: what was fetched is in the totals at once, and in the rates for as long as they say.
serve
await "a status" ask
is "the socket's mode" 600 "$(stat -c %a ring/status)"
get file
expect 0 '' lethe status server --ring ring --json
is "hellos" 1 "$(field total.answered_hello)"
is "workers" 1 "$(field workers)"
between "resident bytes" 1000000 "$(field resident_bytes)" 100000000
between "bytes out" 3000000 "$(field total.bytes_out)" 4000000
seconds=$(field last_10_seconds.seconds) rate=$(field last_10_seconds.bytes_out)
total=$(field total.bytes_out)
between "bytes of the last 10 seconds" $((total - total / 100)) \
    "$(awk "BEGIN { printf \"%d\", $rate * $seconds }")" $((total + total / 100))
between "struck numbers that are remembered" 1 "$(field strikes_used)" "$(field strikes_room)"
calm() {
    ask --json && [ "$(field last_second.packets_in)" = 0.0 ]
}
await "a second without packets" calm
[ "$(field last_10_seconds.packets_in)" != 0.0 ] || fail "ten seconds are over too soon"
is "the totals stay" "$total" "$(field total.bytes_out)"

# Drops by name, for Prometheus; and all that it wants of the format.
for kind in 0 42 255; do
    { printf "\\x$(printf %02x $kind)" && head -c 200 /dev/urandom; } >garbage
    cat garbage >"/dev/udp/127.0.0.1/$PORT"
done
scrape() {
    ask --prometheus && "$PYTHON" "$HERE/prometheus_lines.py" out lethe_ >samples
}
dropped() {
    scrape && grep -qxF 'lethe_dropped_total{check="kind"} 3' samples
}
await "three drops" dropped
grep -qxF 'lethe_answered_total{kind="hello"} 1' samples || fail "no HELLO: $(cat samples)"
grep -qxE "lethe_bytes_out_total $total" samples || fail "no bytes: $(cat samples)"
grep -qxF 'lethe_workers 1' samples || fail "no workers: $(cat samples)"

# People: 80 columns, and nothing that never happened.
expect 0 '' lethe status server --ring ring
is "lines over 80 columns" 0 "$(grep -cE '^.{81}' out || true)"
grep -qE '^drop_kind +[0-9.]+ +[0-9.]+ +3$' out || fail "no drops: $(cat out)"
! grep -qE '^drop_mac' out || fail "a drop that never happened: $(cat out)"
grep -qE '^up 0 d 00:0[0-9]:[0-9]{2}, 1 worker, [0-9.]+ MiB resident$' out ||
    fail "head: $(cat out)"

# Again and again, an object a line, until nobody listens.
lethe status server --ring ring --json --watch 1 | head -n 2 >watched
is "objects" 2 "$(wc -l <watched)"
cp watched out
between "seconds between them" 900 "$("$PYTHON" -c 'import json
a, b = (json.loads(line)["uptime_seconds"] for line in open("watched"))
print(int((b - a) * 1000))')" 60000

# A server that stands still is told; when it goes on, it answers.
kill -STOP "$SERVER"
expect 9 'the server does not answer within 5 s' lethe status server --ring ring
kill -CONT "$SERVER"
await "an answer" ask

# A second server with the same ring has to wait for the socket; then it takes it.
first=$SERVER
serve
expect 0 '' lethe status server --ring ring --json
is "hellos of the first one" 1 "$(field total.answered_hello)"
second=$SERVER SERVER=$first
kill_server # which leaves the socket's name behind
by_second() {
    ask --json && [ "$(field total.answered_hello)" = 0 ]
}
await "the second one's status" by_second
end_server "$second"
[ ! -e ring/status ] || fail "the socket is left"
expect 7 "$none" lethe status server --ring ring
