#!/bin/bash
# A client's link fails in the middle of a download and another, with another address, takes over:
# the download goes on, with no second exchange. Until the server knows that its answers arrive at
# an address, it sends no more bytes there than came from there.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
: "${LETHE_WATCH:?the path of the capture}"
RTT_US=40000 # two delays of the link; queues only add to it

# before_proof ADDRESS: what passed the server to and from it until its first answer can have been
# there and back. Prints: packets out, bytes in, bytes out, and the most that out was ever ahead of
# in. Bytes are of whole IP packets.
before_proof() {
    awk -v who="$1" -v rtt=$RTT_US '
        $3 != who { next }
        first && $1 > first + rtt { exit }
        $2 == "in" { got += $5 + 28 }
        $2 == "out" { sent += $5 + 28; packets++; if (!first) first = $1 }
        sent - got > ahead { ahead = sent - got }
        END { print packets + 0, got + 0, sent + 0, ahead + 0 }' "$NET_DIR/watch"
}

# When the first of at least so many bytes went to that address, ms after the first came from it.
first_out_ms() {
    awk -v who="$1" -v least="$2" '$3 != who { next }
        $2 == "in" && !first { first = $1 }
        first && $2 == "out" && $5 >= least { printf "%d\n", ($1 - first) / 1000; exit }' \
        "$NET_DIR/watch"
}

bytes_at() {
    awk -v who="$1" '$3 == who && $2 == "out" { sum += $5 } END { print sum + 0 }' "$NET_DIR/watch"
}

# Until a good part of the file went there, as the capture comes out: in blocks.
await_bytes_at() {
    local i
    for ((i = 0; i < 100; i++)); do
        [ "$(bytes_at "$1")" -lt 1500000 ] || return 0
        sleep 0.1
    done
    net_fail "nothing much went to $1 within 10 s"
}

# Sockets that hear one address only: the client's, while data flows.
attached() {
    net_client ss -Hun state established | wc -l
}

checks() {
    local packets in out ahead
    read -r packets in out ahead < <(before_proof "$1")
    echo "  $1 before proof: $in bytes in, $out out in $packets packets;" \
        "data after $(first_out_ms "$1" 1000) ms; $(bytes_at "$1") bytes went there in all"
    atleast "answered before proof, packets" 1 "$packets"
    equal "bytes out ahead of bytes in, at most" 0 "$ahead"
    atleast "bytes that went there in all" 1000000 "$(bytes_at "$1")"
}

scenario_up net_up_moving
scenario_file file 9000000
server_start "$NET_SERVER" serve
net_link_start --delay 20ms --rate 20mbit --queue 100
net_spawn "$NET_SERVER" watch "$LETHE_WATCH" net0
watch=$NET_PID
net_await watch ready
get_start 10.87.0.2 file
await_bytes_at 10.87.1.2
equal "attached sockets" 1 "$(attached)"
ip -n "$NET_CLIENT" link set net1 down
sleep 0.3
net_move
echo "the second link alone"
await_bytes_at 10.87.2.2
equal "attached sockets, again" 1 "$(attached)"
equal "the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
get_end file
equal "exchanges" 1 "$(account exchanges)"
kill -TERM "$watch"
wait "$watch" || net_fail "the capture is not whole"
forget "$watch"
checks 10.87.1.2
checks 10.87.2.2
net_link_stop
scenario_end
