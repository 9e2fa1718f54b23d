#!/bin/bash
# An interrupted put is resumed, and one whose server is killed goes on.
#   22-put-resume.sh LETHE
. "$(dirname "$0")/lib.sh"
cd "$T"
SIZE=5000000
head -c $SIZE /dev/urandom >big
mkdir root/in
chmod 777 root/in
serve --writable
DIRECT=$PORT
relay 6000
THROUGH=$PORT

# By the client's end, of whatever kind.
for signal in INT TERM KILL; do
    rm -f root/in/big
    put_begin big in/big
    more 2500
    kill -$signal "$PUT"
    case $signal in
    KILL) get_end 137 '' "$PUT" ;;
    *) get_end 14 'interrupted; run the same command again to resume' "$PUT" ;;
    esac
    [ ! -e root/in/big ] || fail "half a file has the name"
    put big in/big
    cmp big root/in/big
    between "bytes that were there" 1000000 "$(field bytes_reused)" $((SIZE - 65536))
    between "bytes sent" $((SIZE - $(field bytes_reused))) "$(field bytes_sent)" $SIZE
    is "hidden files left" 0 "$(find root -name '.*lethe*' | wc -l)"
done

# What lies there and is wrong is written again; another name for the content makes no difference.
rm root/in/big
put_begin big in/big
more 3000
kill -KILL "$PUT"
get_end 137 '' "$PUT"
hidden=$(find root/in -name '.big.lethe-*')
printf wrong | dd of="$hidden" bs=1 seek=70000 conv=notrunc status=none
cp big renamed
touch -d yesterday renamed
put renamed in/big
cmp big root/in/big
between "bytes that were there" 1000000 "$(field bytes_reused)" $((SIZE - 2 * 65536))

# By the server's: killed and started again, its worker alone, and for a while.
restart() {
    PORT=$DIRECT
    serve --writable --listen "127.0.0.1:$DIRECT"
    PORT=$THROUGH
}
went_on() {
    get_end 0 '' "$PUT"
    cmp big root/in/big
    is "exchanges" 1 "$(field exchanges)"
    is "bytes" $SIZE "$(field bytes)"
    is "restarts" 0 "$(field restarts)"
    rm root/in/big
}
rm root/in/big
for pause in 0 1.5; do
    put_begin big in/big
    more 2000
    kill_server
    sleep $pause
    restart
    more 1000
    went_on
done
put_begin big in/big --strict
more 1500
kill -KILL "$(workers_of)"
went_on

# The upload is taken away under it: it begins again.
put_begin big in/big
more 2000
rm root/in/.big.lethe-*
get_end 0 '' "$PUT"
cmp big root/in/big
between "restarts" 1 "$(field restarts)" 8

# The file changes while it is sent: nothing is put in place.
rm root/in/big
put_begin big in/big
more 1500
printf changed | dd of=big bs=1 seek=$((SIZE - 1000)) conv=notrunc status=none
get_end 10 'big changes while it is sent; run the same command again when it is done' "$PUT"
[ ! -e root/in/big ] || fail "a mixture was put in place"
put big in/big
cmp big root/in/big
end_server "$SERVER"
