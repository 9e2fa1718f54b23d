#!/bin/bash
# Outputs that are full or closed: an error and its words; the work that was done stays done, and
# what is meant for a person never ends up in a file. Every case is tried, also after a failure.
. "$(dirname "$0")/lib.sh"
cd "$T"
failures=0
try() {
    ("$@") || failures=$((failures + 1))
}

full() { # ARGUMENT...
    local status=0
    "$LETHE" "$@" >/dev/full 2>err || status=$?
    has_said 8 'cannot write to standard output: .*' $status
}
random big 20000000
serve

try full keygen fresh
[ -s fresh/secret/identity ] && [ -s fresh/public/fingerprint ] || fail "half an identity is left"
try full get "$(uri big)" --identity server -o got --json
cmp got root/big
for arguments in --version --help 'keygen --help' 'get --help'; do
    # shellcheck disable=SC2086
    try full $arguments
done

# A closed descriptor's number goes to the next file that is opened: not to the one fetched.
closed() { # DESCRIPTOR..., closed for a get that has much to tell
    local n close="" status=0
    rm -f got
    for n; do close+=" $n>&-"; done
    bash -c "exec $close"' && exec "$0" get "$@"' "$LETHE" "$(uri big)" --identity server -o got \
        --verbose --json >out 2>err </dev/null || status=$?
    echo "closed:$close: status $status"
    cmp got root/big || fail "with$close, the file is not what was served (status $status)"
}
for descriptors in 0 1 2 '1 2' '0 2' '0 1 2' '1 2' '1 2' '1 2'; do
    # shellcheck disable=SC2086
    try closed $descriptors
done
end_server "$SERVER"

# The same for a server, on the port that has just become free: its words must not leave through its
# sockets, and it must work.
is_listening() {
    grep -q ":$(printf %04X "$PORT") " /proc/net/udp
}
serve_closed() {
    bash -c 'exec 0<&- 1>&- 2>&- && exec "$0" "$@"' "$LETHE" serve server --root root --ring ring \
        --listen "127.0.0.1:$PORT" &
    SERVER=$!
    STARTED+=("$SERVER")
    await "its socket" is_listening
    get big --timeout 5
    same big
    end_server "$SERVER"
}
try serve_closed

# A name that is not UTF-8; no name at all is a wrong usage.
name=$(printf '\377')
random "$name" 10
serve
odd_name() {
    expect 0 '' lethe get "$(uri %ff)" --identity server --json
    is "bytes" 10 "$(field bytes)"
}
try odd_name
try expect 2 '.*' lethe get "$(uri big)" --identity server -o ''
end_server "$SERVER"
echo "$failures failures"
[ $failures = 0 ]
