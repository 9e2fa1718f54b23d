#!/bin/bash
# The server is killed with SIGKILL at random moments, in the upload of the key and in the download,
# and comes back with the same ring: the client goes on as if nothing had been.
#   07-server-killed.sh LETHE [SEED]
. "$(dirname "$0")/lib.sh"
cd "$T"
SEED=${2:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$SEED
echo "seed $SEED"
SIZE=7500000
random big $SIZE

# LEAST MOST: a random number, in N
draw() {
    N=$(($1 + RANDOM % ($2 - $1 + 1)))
}

kill_worker() {
    local worker
    worker=$(workers_of | tail -n 1)
    kill -KILL "$worker"
    await "a worker in the place of $worker" is_serving "$LOG" $((WORKERS + 1))
    WORKERS=$((WORKERS + 1))
    grep -q '^lethe: worker died (status 9); ' "$LOG" || fail "nothing said of its death"
}

restart() {
    SERVED=$((SERVED + 1))
    PORT=$DIRECT
    serve --listen "127.0.0.1:$DIRECT"
    WORKERS=1
}

# What the client must report, whatever happened to the server.
went_on() {
    get_end 0 ''
    same big
    is "exchanges" 1 "$(field exchanges)"
    is "bytes" $SIZE "$(field bytes)"
    is "level" 3 "$(field level)"
    is "restarts of the transfer" 0 "$(field restarts)"
    rm big.got
}

SERVED=0 WORKERS=1
serve
DIRECT=$PORT
relay 6000
THROUGH=$PORT

begin() {
    PORT=$THROUGH
    get_begin big --strict
}

# Blocks of the key are packets 3 to 886 of the client, give or take what is sent again.
for _ in 1 2 3; do
    draw 10 800
    echo "key upload: the server is killed at packet $N"
    begin
    more "$N"
    kill_server
    restart
    went_on
done
for _ in 1 2; do
    draw 1000 3200
    echo "download: the server is killed at packet $N"
    begin
    more "$N"
    kill_server
    restart
    went_on
done

# Down for a while: the client waits.
draw 1000 3200
echo "download: the server is killed at packet $N, and away for 1.5 s"
begin
more "$N"
kill_server
sleep 1.5
restart
went_on

for range in '10 800' '1000 3200'; do
    # shellcheck disable=SC2086 # two words
    draw $range
    echo "the worker is killed at packet $N"
    begin
    more "$N"
    kill_worker
    went_on
done

# All in one transfer.
echo "everything in one transfer"
begin
for range in '50 300' '50 300' '300 800' '500 900' '500 900'; do
    # shellcheck disable=SC2086
    draw $range
    more "$N"
    if [ $((N % 2)) = 0 ]; then
        kill_server
        restart
    else
        kill_worker
    fi
done
went_on

# A worker that keeps dying is not given up, but waits before it runs again.
echo "the worker is killed again and again"
for _ in 1 2 3 4 5 6; do
    kill_worker
done
grep -q '^lethe: worker died (status 9); it keeps dying: replaced after a pause$' "$LOG" ||
    fail "no pause between six quick deaths"
begin
went_on

# Nothing slows it: the moment is a time, and the transfer is a long one.
SIZE=60000000
random big $SIZE
PORT=$DIRECT
get_begin big --strict
draw 100 400
echo "on the loopback: the server is killed after $N ms"
sleep "0.$N"
kill_server
restart
went_on

# A worker that does not listen to SIGTERM does not keep the server from its end.
echo "the worker is stopped, and the server is ended"
worker=$(workers_of | tail -n 1)
kill -STOP "$worker"
before=$(milliseconds)
kill -TERM "$SERVER"
BOUND=6 await "the server's end" is_gone "$SERVER"
between "ms until it ended" 2900 $(($(milliseconds) - before)) 6000
is_gone "$worker" || fail "the worker is left"
end=0
wait "$SERVER" || end=$?
is "status of the server" 0 $end
is "servers" $((SERVED + 1)) "$SERVERS"
