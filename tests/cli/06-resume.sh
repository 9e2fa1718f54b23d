#!/bin/bash
# An interrupted get is resumed: what is there and right is used, what is wrong is fetched again.
. "$(dirname "$0")/lib.sh"
cd "$T"
SIZE=5000000
random big $((4 * SIZE)) # it goes on for a second and a half after the moment to interrupt it
serve
DIRECT=$PORT
relay 8000

# Ended by a signal: it says how to go on. The file is not in place yet, its part is.
interrupt() { # SIGNAL
    rm -f big.got big.got.part
    get_begin big
    more 2500
    kill "-$1" "$GET"
}
resumed() { # LEAST: bytes
    local through=$PORT
    [ ! -e big.got ] || fail "a part was put in place"
    [ -s big.got.part ] || fail "no part is left"
    PORT=$DIRECT
    get big
    PORT=$through
    same big
    between "bytes that were used" "$1" "$(field bytes_reused)" $((4 * SIZE))
}
for signal in INT TERM; do
    interrupt $signal
    get_end 14 'interrupted; run the same command again to resume'
    resumed 1000000
done
interrupt KILL
get_end 137 ''
resumed 1000000

random big $SIZE

# Of a whole part not a byte is fetched again.
cp root/big big.got.part
get big
same big
is "bytes that were used" $SIZE "$(field bytes_reused)"
between "packets received" 1 "$(field packets_received)" 200

# Flipped bytes: their pieces alone come again.
cp root/big big.got.part
for at in 0 65535 65536 2500000 $((SIZE - 1)); do
    byte=$(od -An -tu1 -j $at -N 1 big.got.part)
    printf "\\x$(printf %02x $((byte ^ 1)))" |
        dd of=big.got.part bs=1 seek=$at conv=notrunc status=none
done
PORT=$DIRECT
get big
same big
is "bytes that were used" $((SIZE - 3 * 65536 - SIZE % 65536)) "$(field bytes_reused)"

# The part of another file, shorter, longer and empty.
for size in 0 1 65536 100000 $((SIZE + 100000)); do
    head -c $size /dev/urandom >big.got.part
    get big
    same big
    is "bytes that were used of $size alien ones" 0 "$(field bytes_reused)"
done

# The start of the right one, not at a piece's edge; one that is longer than the file has become.
head -c 3000001 root/big >big.got.part
get big
same big
is "bytes that were used" $((3000001 / 65536 * 65536)) "$(field bytes_reused)"
cp root/big big.got.part
truncate -s 3000001 root/big
get big
same big
is "bytes that were used" 3000001 "$(field bytes_reused)"

# A file that is there is left alone until the new one is whole.
echo precious >big.got
random big $((4 * SIZE))
relay 8000
get_begin big
more 1000
is "the old file meanwhile" precious "$(cat big.got)"
kill -INT "$GET"
get_end 14 'interrupted; run the same command again to resume'
is "the old file after an interruption" precious "$(cat big.got)"
get big
same big
is "replaced" true "$(field replaced)"

# Two gets on one target: the second gives way, and does not harm the first.
get_begin big
more 500
first=$GET
expect 6 'another lethe get writes .*big\.got\.part' \
    lethe get "$(uri big)" --identity server -o big.got
get_end 0 '' "$first"
same big

# A part that is no file, or a link to one.
mkdir big.got.part
expect 1 'cannot open .*big\.got\.part: Is a directory' \
    lethe get "$(uri big)" --identity server -o big.got
rmdir big.got.part
echo precious >victim
ln -s victim big.got.part
expect 7 'cannot open .*big\.got\.part: Too many levels of symbolic links' \
    lethe get "$(uri big)" --identity server -o big.got
is "what the link points to" precious "$(cat victim)"
rm big.got.part
mkfifo big.got.part
expect 5 '.*big\.got\.part is not a regular file; move it away' \
    timeout 5 "$LETHE" get "$(uri big)" --identity server -o big.got
rm big.got.part
end_server "$SERVER"
