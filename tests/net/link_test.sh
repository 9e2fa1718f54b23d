#!/bin/bash
# Shows that the link emulator does what it is told, with real kernels on both sides, and that
# tests/net/topology.sh builds what it draws and leaves nothing behind.
# Bounds on fractions are five standard deviations; a lower bound on a delay is exact.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/topology.sh"
PROBE=${LETHE_PROBE:?the path of the probe}
PORT=4000      # of the echo servers
SINK_PORT=4001
failures=0

# check WHAT LOW VALUE HIGH
check() {
    if [ "$3" -ge "$2" ] && [ "$3" -le "$4" ]; then
        echo "  ok: $1: $3 in $2..$4"
    else
        echo "  FAILED: $1: $3 is not in $2..$4"
        failures=$((failures + 1))
    fi
}

equal() {
    check "$1" "$2" "$3" "$2"
}

# share WHAT COUNT OF CHANCE_IN_PERMILLE: within 5 sigma; an integer square root is enough.
share() {
    local mean=$(($3 * $4 / 1000)) root=1
    local variance=$((mean * (1000 - $4) / 1000))
    while ((root * root < variance)); do
        root=$((root + 1))
    done
    check "$1" $((mean - 5 * root)) "$2" $((mean + 5 * root))
}

# The probe's NAME=VALUE lines become variables.
results() {
    echoed=0 received=0 duplicates=0 late=0 corrupted=0
    delay_min_ns=0 delay_mean_ns=0 delay_max_ns=0 span_ns=0
    eval "$(grep -E '^[a-z_]+=[0-9]+$' "$NET_DIR/$1")"
}

ping() {
    net_client "$PROBE" ping "$@" >"$NET_DIR/ping"
    results ping
}

# one_way COUNT GAP SIZE: from the client to a sink on the server.
one_way() {
    net_spawn "$NET_SERVER" sink "$PROBE" sink 10.87.0.2 $SINK_PORT "$1" "$NET_DIR/missing"
    net_await sink ready
    net_client "$PROBE" send 10.87.0.2 $SINK_PORT "$1" "$2" "$3"
    wait "$NET_PID"
    results sink
}

# What came in went out or is accounted for, and the kernel dropped nothing unseen.
accounted() {
    local way in out
    for way in ab ba; do
        equal "$way: nothing missed" 0 "$(net_link_count $way missed)"
        in=$(($(net_link_count $way frames) + $(net_link_count $way duplicated)))
        out=$(($(net_link_count $way delivered) + $(net_link_count $way lost) +
            $(net_link_count $way queue_dropped)))
        equal "$way: every frame is accounted for" $in $out
    done
}

case_delay() {
    net_link_start --delay 20ms --jitter 5ms --seed 5
    ping 10.87.0.2 $PORT 40 5000000 100
    equal "echoes" 40 "$received"
    check "least round trip, ns" 30000000 "$delay_min_ns" 38500000
    check "mean round trip, ns" 36000000 "$delay_mean_ns" 60000000
    check "largest round trip, ns" 42000000 "$delay_max_ns" 500000000
    net_link_stop
    net_link_start --ab-delay 30ms --ba-delay 10ms
    ping fd87::2 $PORT 40 5000000 100
    equal "echoes" 40 "$received"
    check "least round trip, ns" 40000000 "$delay_min_ns" 42000000
    check "mean round trip, ns" 40000000 "$delay_mean_ns" 60000000
    one_way 40 2000000 100
    check "least way a to b, ns" 30000000 "$delay_min_ns" 31000000
    net_link_stop
    accounted
}

case_loss() {
    net_link_start --ab-loss 5% --seed 7
    one_way 5000 20000 200
    cp "$NET_DIR/missing" "$NET_DIR/missing.first"
    share "lost of 5000" $((5000 - received)) 5000 50
    equal "the emulator's count of them" $((5000 - received)) "$(net_link_count ab lost)"
    net_link_stop
    accounted
    net_link_start --loss 5% --seed 7 --dup 1%
    one_way 5000 20000 200
    cmp "$NET_DIR/missing" "$NET_DIR/missing.first" || equal "the same seed, the same losses" 1 0
    net_link_stop
    net_link_start --loss 5% --seed 8
    one_way 5000 20000 200
    ! cmp -s "$NET_DIR/missing" "$NET_DIR/missing.first" || equal "another seed, other losses" 1 0
    net_link_stop
    net_link_start --ba-loss 100%
    ping 10.87.0.2 $PORT 20 100000 100
    equal "echoes through a dead way back" 0 "$received"
    equal "delivered a to b" 20 "$(net_link_count ab delivered)"
    equal "lost b to a" 20 "$(net_link_count ba lost)"
    net_link_stop
}

case_disorder() {
    net_link_start --delay 1ms --dup 10% --reorder 5% --reorder-by 4ms --seed 3
    one_way 5000 50000 200
    equal "received" 5000 "$received"
    share "duplicates" "$duplicates" 5000 100
    equal "the emulator's count of them" "$duplicates" "$(net_link_count ab duplicated)"
    share "reordered" "$(net_link_count ab reordered)" 5500 50
    check "datagrams that came late" $(($(net_link_count ab reordered) * 7 / 10)) "$late" \
        "$(net_link_count ab reordered)"
    check "the earliest, ns" 1000000 "$delay_min_ns" 2000000
    check "the latest, ns" 5000000 "$delay_max_ns" 500000000
    net_link_stop
    accounted
    net_link_start --delay 2ms --jitter 2ms
    one_way 2000 50000 200
    equal "received" 2000 "$received"
    equal "late by jitter alone" 0 "$late"
    net_link_stop
}

case_corruption() {
    net_link_start --corrupt 5% --seed 3
    one_way 5000 20000 200
    share "corrupted" "$corrupted" 5000 50
    equal "the emulator's count of them" "$corrupted" "$(net_link_count ab corrupted)"
    equal "whole or corrupted" 5000 $((received + corrupted))
    net_link_stop
    net_link_start --corrupt-stale 5% --seed 3
    one_way 5000 20000 200
    equal "corrupted and seen" 0 "$corrupted"
    share "dropped by the kernel" $((5000 - received)) 5000 50
    equal "the emulator's count" $((5000 - received)) "$(net_link_count ab corrupted_stale)"
    net_link_stop
    accounted
}

# 958 bytes of payload are 1000 of frame: 20 Mbit/s are 2500 a second, 0.4 ms each.
case_rate() {
    net_link_start --ab-rate 20mbit --ab-queue 50 --delay 1ms
    one_way 5000 200000 958
    local rate=$(((received - 1) * 1000 * 8 * 1000000 / (span_ns / 1000)))
    check "bit/s through 20 Mbit/s" 19000000 $rate 21000000
    equal "dropped by the queue" $((5000 - received)) "$(net_link_count ab queue_dropped)"
    check "dropped by the queue" 1000 $((5000 - received)) 3500
    check "delay behind a full queue, ns" 20500000 "$delay_max_ns" 200000000
    net_link_stop
    accounted
    net_link_start --rate 20mbit
    one_way 300 800000 958
    equal "received at half the rate" 300 "$received"
    check "least time of a frame on the wire, ns" 400000 "$delay_min_ns" 1000000
    net_link_stop
}

# One call with 40 segments: the wire must see 40 frames, each with its checksum.
case_frames() {
    net_link_start
    net_spawn "$NET_SERVER" sink "$PROBE" sink fd87::2 $SINK_PORT 40
    net_await sink ready
    net_client "$PROBE" gso fd87::2 $SINK_PORT 40 1400
    wait "$NET_PID"
    results sink
    equal "segments of one call" 40 "$received"
    equal "frames of them" 40 "$(net_link_count ab frames)"
    equal "the largest frame" $((14 + 40 + 8 + 1400)) "$(net_link_count ab largest)"
    net_link_stop
}

with_echo() {
    local ns=$1 file=$2 address=$3
    net_spawn "$ns" "$file" "$PROBE" echo "$address" $PORT
    net_await "$file" ready
}

case_veth() {
    net_up_veth
    with_echo "$NET_SERVER" echo fd87::2
    ping fd87::2 $PORT 100 0 500
    equal "echoes" 100 "$received"
    net_down
}

case_balancer() {
    net_up_balancer 3
    net_link_start --delay 1ms
    local family balanced any i sum pids
    for family in 4 6; do
        pids=() sum=0 any=0.0.0.0 balanced=$NET_BALANCED_IP4
        [ $family = 4 ] || any=:: balanced=$NET_BALANCED_IP6
        for i in 1 2 3; do
            with_echo "${NET_SERVERS[i - 1]}" "echo$i" "$any"
            pids+=("$NET_PID")
        done
        ping "$balanced" $PORT 900 100000 500
        equal "IPv$family: echoes to one socket from one address" 900 "$received"
        for i in 1 2 3; do
            net_end "${pids[i - 1]}"
            results "echo$i"
            share "IPv$family: packets of one flow to server $i" "$echoed" 900 333
            sum=$((sum + echoed))
        done
        equal "IPv$family: packets to servers" 900 $sum
    done
    net_down
}

nothing_left() {
    equal "$1: namespaces left" 0 "$(ip netns list | grep -c "^lethe-$2-" || true)"
    equal "$1: emulators left" 0 "$(ps_links | grep -c "lethe-$2-" || true)"
}

ps_links() {
    local f
    for f in /proc/[0-9]*/cmdline; do
        { tr '\0' ' ' <"$f" && echo; } 2>/dev/null || true
    done | grep '^[^ ]*/link --a '
}

# Scripts that end in various ways; each prints its process id and its directory.
case_cleanup() {
    local end out pid dir
    # shellcheck disable=SC2016 # the inner script expands them
    for end in 'exit 3' 'false' 'kill -TERM $$' 'kill -INT $$' 'ip netns delete $NET_SERVER'; do
        out=$(bash -eu -c '. "$1"; net_up >&2; net_link_start >&2
            net_spawn "$NET_SERVER" sleep sleep 60; echo $$ "$NET_DIR"; eval "$2"' \
            script "$here/topology.sh" "$end" 2>/dev/null || true)
        read -r pid dir <<<"$out"
        [ -n "$dir" ] || equal "a script that ends by $end came up" 1 0
        nothing_left "after $end" "$pid"
        [ ! -e "$dir" ] || equal "after $end: the directory is gone" 1 0
    done
}

# Where the kernel or the user cannot, a test fails, or skips when that was asked for.
case_cannot() {
    local status=0 out
    out=$(bash -c '. "$1"; id() { echo 1000; }; net_up; echo up' script "$here/topology.sh" \
        2>&1) || status=$?
    equal "status without root" 1 $status
    equal "says so" 1 "$(grep -c '^CANNOT RUN: ' <<<"$out")"
    status=0
    out=$(LETHE_ALLOW_SKIP=1 bash -c '. "$1"; ip() { false; }; net_up; echo up' script \
        "$here/topology.sh" 2>&1) || status=$?
    equal "status without namespaces when skipping is allowed" 77 $status
    equal "says so" 1 "$(grep -c '^CANNOT RUN: ' <<<"$out")"
}

run() {
    echo "$1"
    "case_$1"
}

net_up
with_echo "$NET_SERVER" echo4 10.87.0.2
with_echo "$NET_SERVER" echo6 fd87::2
for name in delay loss disorder corruption rate frames; do
    run $name
done
net_down
for name in veth balancer cleanup cannot; do
    run $name
done
nothing_left "at the end" $$
echo "$0: $failures failures"
[ $failures = 0 ]
