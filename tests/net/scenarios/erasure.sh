#!/bin/bash
# Eight periods after an exchange, nothing that the server has opens it any more: not its files, not
# its memory. And the static keys alone never do.
# Three servers: one with a rotator beside it, which later dies; two that start their own, one of
# which parks sessions, the other takes requests in a first packet. Such a request is as safe two
# periods of short-term keys later. A rotator that hangs changes nothing: the server's processes
# forget all the same, and when the ring is late, another takes its place and sees to the files.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
: "${LETHE_ERASURE:?the path of the helper}"

erasure() {
    net_server "$LETHE_ERASURE" "$@" >"$NET_DIR/erasure" || net_fail "erasure $1 failed"
}

result() {
    sed -n "s/.*\<$1=\([0-9]*\).*/\1/p" "$NET_DIR/erasure" | tail -n 1
}

places() {
    grep -c "^found: $1" "$NET_DIR/erasure" || true
}

# The child of $1 that is not $2.
other_child() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do
        [ "$child" = "$2" ] || echo "$child"
    done
}

# scan CAPTURE SERVER: its processes, its ring and its secret files
scan() {
    local -n pids=$2
    local files
    mapfile -t files < <(find "${pids[ring]}" -type f) # but for the socket of `lethe status`
    erasure scan "$NET_DIR/$1" "supervisor=${pids[supervisor]}" "worker=${pids[worker]}" \
        ${pids[rotator]:+"rotator=${pids[rotator]}"} "${files[@]}" "$NET_DIR/id/secret/"*
    grep '^scanned' "$NET_DIR/erasure" | sed 's/^/  /'
}

# The control: while its key lives, a recording opens, and scanning finds what must be there.
is_open() {
    local -n server=$2
    scan "$1" "$2"
    grep -v -e ' cookie key ' -e ' subkey ' "$NET_DIR/erasure" | grep '^found' || true
    atleast "cookie keys found in the supervisor" 1 "$(places 'supervisor=.*cookie key')"
    atleast "cookie keys found in the rotator" 1 "$(places 'rotator=.*cookie key')"
    atleast "subkeys found in the worker" 5 "$(places 'worker=.*subkey')"
    atleast "cookie keys found in the ring's file" 1 "$(places 'ring:.*cookie key')"
    erasure open "$NET_DIR/$1" "$NET_DIR/id" "${server[ring]}"
    equal "opened with the ring" 8 "$(result opened)"
    erasure send "$NET_DIR/$1" "127.0.0.1:${server[port]}" 0
    equal "the server answers a request that was held back" 1 "$(result answered)"
    erasure static "$NET_DIR/$1" "$NET_DIR/id"
    equal "static keys alone: HELLO authenticates" 1 "$(result hello)"
    equal "static keys alone: opened" 0 "$(result opened)"
}

is_shut() {
    local -n server=$2
    scan "$1" "$2"
    grep '^found' "$NET_DIR/erasure" || true
    equal "places of its secrets" 0 "$(result places)"
    erasure open "$NET_DIR/$1" "$NET_DIR/id" "${server[ring]}"
    equal "opened with what the server has now" 0 "$(result opened)"
    erasure send "$NET_DIR/$1" "127.0.0.1:${server[port]}" 1
    equal "the server answers another" 0 "$(result answered)"
}

is_early_open() {
    scan "$1" "$2"
    grep '^found' "$NET_DIR/erasure" || true
    atleast "short-term keys found in the supervisor" 1 "$(places 'supervisor=.*short-term key')"
    atleast "short-term keys found in the worker" 1 "$(places 'worker=.*short-term key')"
    atleast "short-term keys found in the folder" 1 "$(places 'short-term:.*short-term key')"
    erasure open-early "$NET_DIR/$1" "$NET_DIR/id" "${c[ring]}"
    equal "opened with the short-term keys" 1 "$(result opened)"
}

is_early_shut() {
    scan "$1" "$2"
    grep '^found' "$NET_DIR/erasure" || true
    equal "places of its secrets" 0 "$(result places)"
    erasure open-early "$NET_DIR/$1" "$NET_DIR/id" "${c[ring]}"
    equal "opened with what the server has now" 0 "$(result opened)"
}

# Nine seconds and a bit, in which other clients come.
others_come() {
    local end=$((SECONDS + 10))
    while [ $SECONDS -lt $end ]; do
        for port in 6960 6961; do
            get_start "10.87.0.2:$port" file
            get_end file >/dev/null
        done
        sleep 0.4
    done
}

record() {
    erasure capture "$NET_DIR/$1" "$NET_DIR/id" "$2" "127.0.0.1:$3" file
    cat "$NET_DIR/erasure"
}

scenario_up net_up_veth
scenario_file file 100000
mkdir -m 700 "$RING/a" "$RING/b" "$RING/c"
declare -A a=([ring]=$RING/a [port]=6960) b=([ring]=$RING/b [port]=6961)
declare -A c=([ring]=$RING/c)
RING_ALL=$RING
RING=${a[ring]}
rotate_start --period 1
a[rotator]=$NET_PID
server_start "$NET_SERVER" serve_a --listen 0.0.0.0:6960
a[supervisor]=$NET_PID a[worker]=$(worker_of serve_a)
RING=${b[ring]}
server_start "$NET_SERVER" serve_b --listen 0.0.0.0:6961 --period 1 --park
b[supervisor]=$NET_PID b[worker]=$(worker_of serve_b)
b[rotator]=$(other_child "${b[supervisor]}" "${b[worker]}")
RING=${c[ring]}
server_start "$NET_SERVER" serve_c --listen 0.0.0.0:6962 --early --short-term 4
c[supervisor]=$NET_PID c[worker]=$(worker_of serve_c)
c[rotator]=$(other_child "${c[supervisor]}" "${c[worker]}")
RING=$RING_ALL
sleep 2
echo "recorded: a, whose rotator stands beside it"
record of_a "${a[ring]}" 6960
is_open of_a a
echo "recorded: b, which started its rotator"
record of_b "${b[ring]}" 6961
is_open of_b b

echo "recorded: c, a request in a first packet"
erasure early "$NET_DIR/of_c" "$NET_DIR/id" "${c[ring]}" 127.0.0.1:6962 file
is_early_open of_c c

others_come
echo "two periods of short-term keys later: c"
is_early_shut of_c c
echo "eight periods later: a"
is_shut of_a a
echo "eight periods later: b"
[ -s "${b[ring]}/slow" ] || net_fail "b has no slow ring"
is_shut of_b b

echo "a once more; then its rotator dies"
record of_a "${a[ring]}" 6960
is_open of_a a
kill_hard "${a[rotator]}"
echo "b once more; then its rotator hangs"
record of_b "${b[ring]}" 6961
is_open of_b b
kill -STOP "${b[rotator]}"
echo "c once more; then its rotator hangs, and no newer key takes the place of this one"
erasure early "$NET_DIR/of_c" "$NET_DIR/id" "${c[ring]}" 127.0.0.1:6962 file
is_early_open of_c c
kill -STOP "${c[rotator]}"
sleep 9.3
for name in a b; do # those that took their places, if any
    declare -n server=$name
    server[rotator]=$(other_child "${server[supervisor]}" "${server[worker]}")
    is_shut "of_$name" $name
done
grep -q 'rotator hangs' "$NET_DIR/serve_b" || equal "b says that its rotator hung" 1 0
# The ring of c, whose period is a minute, is not late yet.
equal "c has the rotator that hangs" "${c[rotator]}" \
    "$(other_child "${c[supervisor]}" "${c[worker]}")"
erasure scan "$NET_DIR/of_c" "supervisor=${c[supervisor]}" "worker=${c[worker]}"
grep '^found' "$NET_DIR/erasure" || true
equal "places of c's secrets in its supervisor and worker" 0 "$(result places)"
kill -CONT "${c[rotator]}"
scenario_end
