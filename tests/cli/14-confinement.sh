#!/bin/bash
# A worker that reads packets is confined; who kills it gets another one; users' servers work too.
. "$(dirname "$0")/lib.sh"
need_root "giving root up"
cd "$T"
random file 100000
serve --workers 2

status_of() {
    sed -n "s/^$2:[ \t]*//p" "/proc/$1/status"
}

said="lethe: worker [0-9]* confined: root dropped, system calls filtered, "
said+="(file system restricted|no Landlock in this kernel), keys (not )?locked in memory.*"
is "lines about confinement" 2 "$(grep -cxE "$said" "$LOG")"
nobody=$(id -u nobody)
for pid in $(workers_of); do
    is "real, effective, saved and file system user" "$nobody $nobody $nobody $nobody" \
        "$(status_of "$pid" Uid | tr '\t' ' ')"
    is "group" "$(id -g nobody)" "$(status_of "$pid" Gid | cut -f 2)"
    is "further groups" "" "$(status_of "$pid" Groups | tr -d ' ')"
    is "effective capabilities" 0000000000000000 "$(status_of "$pid" CapEff)"
    is "permitted capabilities" 0000000000000000 "$(status_of "$pid" CapPrm)"
    is "NoNewPrivs" 1 "$(status_of "$pid" NoNewPrivs)"
    is "Seccomp" 2 "$(status_of "$pid" Seccomp)"
    is "parent" "$SERVER" "$(status_of "$pid" PPid)"
    # No descriptor of a file that is not the scenario's business: sockets, events, the folder.
    is "regular files that it holds open for writing" "" "$(for fd in "/proc/$pid/fd/"*; do
        readlink "$fd"; done | grep -E '/secret/|/ring/ring' || true)"
    is "sockets: its own, and that of its keys" 2 "$(for fd in "/proc/$pid/fd/"*; do
        readlink "$fd"; done | grep -c '^socket:')"
done

# Killed, it is replaced, by one that is as confined; the others go on.
worker=$(workers_of | head -n 1)
kill -KILL "$worker"
await "another worker" is_serving "$LOG" 3
grep -qx 'lethe: worker died (status 9); replaced' "$LOG" || fail "nothing is said of it"
other=$(workers_of | tail -n 1)
is "user of the new worker" "$nobody" "$(status_of "$other" Uid | cut -f 2)"
is "Seccomp of the new worker" 2 "$(status_of "$other" Seccomp)"
for _ in 1 2 3 4 5 6; do
    get file
done
same file
kill -TERM "$other"
await "a worker for one that was asked to end" is_serving "$LOG" 4
get file
end_server "$SERVER"
for pid in $(workers_of); do
    is_gone "$pid" || fail "worker $pid outlives its server"
done

# As somebody else.
serve --user daemon
is "user" "$(id -u daemon)" "$(status_of "$(workers_of)" Uid | cut -f 2)"
get file
end_server "$SERVER"
for user in root no-such-user; do
    expect 2 "no unprivileged user '$user' to run as; name one with --user" timeout 5 \
        "$LETHE" serve server --root root --ring ring --listen 127.0.0.1:0 --user $user
done

# By a user who is not root, with the user's own ring.
cp "$LETHE" lethe.copy
install -d -o nobody -m 700 home.nobody runtime.nobody
as_nobody=(setpriv --reuid="$nobody" --regid="$(id -g nobody)" --clear-groups
    env HOME="$T/home.nobody" XDG_RUNTIME_DIR="$T/runtime.nobody")
"${as_nobody[@]}" "$T/lethe.copy" keygen home.nobody/id >fingerprint
"${as_nobody[@]}" "$T/lethe.copy" serve home.nobody/id --root root --listen 127.0.0.1:0 \
    --ring runtime.nobody/ring >counters 2>user.err &
SERVER=$!
STARTED+=("$SERVER")
await "the user's server" is_serving user.err 1
grep -q 'confined: not root, system calls filtered' user.err || fail "it says $(cat user.err)"
PORT=$(sed -n 's/^lethe: listening on .*://p' user.err)
expect 0 '' lethe get "$(uri file)" --identity home.nobody/id/public/identity -o got -q
cmp got root/file
# No room for another process: the server waits until there is.
worker=$(sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' user.err)
"${as_nobody[@]}" prlimit --pid "$SERVER" --nproc=1:
kill -KILL "$worker"
await "word of it" grep -q '^lethe: warning: cannot fork: .*; tried again after a pause$' user.err
"${as_nobody[@]}" prlimit --pid "$SERVER" --nproc="$(ulimit -Hu):"
await "another worker of the user's" is_serving user.err 2
expect 0 '' lethe get "$(uri file)" --identity home.nobody/id/public/identity -o got -q
end_server "$SERVER"
expect 4 '--user needs root' "${as_nobody[@]}" "$T/lethe.copy" serve home.nobody/id --root root \
    --listen 127.0.0.1:0 --ring runtime.nobody/ring --user nobody
expect 4 '.*secret/identity.*' "${as_nobody[@]}" "$T/lethe.copy" serve server --root root \
    --listen 127.0.0.1:0 --ring runtime.nobody/ring

# The ring's own place, when none is named: in memory, closed to others, one for each identity.
make_identity
name=$(cut -c 1-16 server/public/fingerprint)
clean_up() {
    rm -rf "/run/lethe/$name" "/dev/shm/lethe-0-$name"
    rmdir /run/lethe 2>/dev/null || true
}
serve_begin --listen 127.0.0.1:0
await "a server" is_serving "$LOG" 1
place=$(find "/run/lethe/$name" "/dev/shm/lethe-0-$name" -name ring 2>/dev/null || true)
[ -n "$place" ] || fail "no ring of $name in memory"
is "file system of $place" tmpfs "$(stat -f -c %T "$place")"
is "modes" "700 600" "$(stat -c %a "${place%/ring}" "$place" | tr '\n' ' ' | sed 's/ $//')"
is "warnings" 0 "$(grep -c warning "$LOG" || true)"
end_server "$SERVER"
