#!/bin/bash
# Where serve listens and how get finds it: families, several addresses, workers, defaults, names.
# In a network of its own, where every port is free and the names are ours.
if [ -z "${LETHE_CLI_INNER-}" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "CANNOT RUN: a network namespace needs root" >&2
        [ "${LETHE_ALLOW_SKIP:-}" != 1 ] || exit 77
        exit 1
    fi
    LETHE_CLI_INNER=1 exec unshare --net --mount "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"
ip link set lo up || cannot "no loopback in a network namespace"
printf '%s\n' '127.0.0.1 localhost' '::1 localhost six' '127.0.0.1 four' \
    '::1 both' '127.0.0.1 both' >"$T/hosts"
mount --bind "$T/hosts" /etc/hosts || cannot "no bind mount in a mount namespace"
random file 100000

fetch() { # HOST[:PORT]
    rm -f "$T/file.got"
    expect 0 '' lethe get "lethe://$1/file" --identity "$T/server" -o "$T/file.got" --json
    same file
}

# No --listen: both families, port 6960, which an address needs not name.
make_identity
serve_begin --ring "$T/ring"
await "a server" is_serving "$LOG" 1
is "addresses" "[::]:6960 0.0.0.0:6960" \
    "$(sed -n 's/^lethe: listening on //p' "$LOG" | tr '\n' ' ' | sed 's/ $//')"
for host in 127.0.0.1 127.0.0.1:6960 '[::1]' '[::1]:6960' localhost localhost:6960 six four; do
    fetch "$host"
done
end_server "$SERVER"

# Only IPv4 listens, and the name gives ::1 first: get goes on to the next address.
is "the first address of 'both'" "::1" "$(getent ahosts both | sed -n '1s/ .*//p')"
serve --listen 127.0.0.1:7001
for host in both:7001 localhost:7001; do
    before=$(milliseconds)
    fetch "$host"
    between "time until the second address is tried, ms" 0 $(($(milliseconds) - before)) 3000
done
end_server "$SERVER"
serve --listen '[::1]:7001'
fetch both:7001
end_server "$SERVER"

# Up to eight addresses, an address without a port, and a ninth.
serve --listen 127.0.0.1:0 --listen '[::1]:7002' --listen 127.0.0.2 --listen 127.0.0.3:7004
is "addresses" 4 "$(grep -c 'listening on' "$LOG")"
for host in "127.0.0.1:$PORT" '[::1]:7002' 127.0.0.2 127.0.0.3:7004; do
    fetch "$host"
done
end_server "$SERVER"
listen=()
for i in 1 2 3 4 5 6 7 8; do listen+=(--listen "127.0.0.1:$((7010 + i))"); done
serve "${listen[@]}"
for i in 1 2 3 4 5 6 7 8; do fetch "127.0.0.1:$((7010 + i))"; done
end_server "$SERVER"
expect 2 'at most 8 --listen' lethe serve "$T/server" --root "$T/root" "${listen[@]}" --listen ::1

# Two workers share each port, and both of them answer.
serve --workers 2 --listen 127.0.0.1:0 --listen '[::1]:7003'
is "workers" 2 "$(workers_of | wc -l)"
waits() {
    sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "/proc/$1/status"
}
before=() begun=$(milliseconds)
for pid in $(workers_of); do
    before[pid]=$(waits "$pid")
done
for i in {1..24}; do
    fetch "127.0.0.1:$PORT"
done
fetch '[::1]:7003'
idle=$((($(milliseconds) - begun) / 250 + 2)) # what one that gets no packet waits for
for pid in $(workers_of); do
    between "waits of worker $pid" $((idle + 5)) $(($(waits "$pid") - before[pid])) 100000000
done
end_server "$SERVER"

# What cannot be listened on, or asked.
ring=(--ring "$T/ring")
expect 15 'cannot listen on 192\.0\.2\.1:6960: not an address of this machine' \
    lethe serve "$T/server" --root "$T/root" "${ring[@]}" --listen 192.0.2.1
expect 15 'no\.such\.name\.invalid: .+' \
    lethe get lethe://no.such.name.invalid/file --identity "$T/server" -o "$T/file.got"
expect 9 '192\.0\.2\.1 gave no answer in 1 s: .*' \
    lethe get lethe://192.0.2.1/file --identity "$T/server" -o "$T/file.got" --timeout 1

# A port that is shared among the workers of one server is not shared with another server.
serve --workers 2 --listen 127.0.0.1:7005
expect 6 '127\.0\.0\.1:7005 is in use; end what uses it or choose another with --listen' \
    timeout 3 "$LETHE" serve "$T/server" --root "$T/root" --ring "$T/ring.other" \
    --workers 2 --listen 127.0.0.1:7005
end_server "$SERVER"
