#!/bin/bash
# The disk is full where get writes: said at once, and resumed when there is room.
. "$(dirname "$0")/lib.sh"
need_root "a small file system"
cd "$T"
mkdir small
mount -t tmpfs -o size=3m tmpfs small || cannot "no tmpfs"
clean_up() {
    umount "$T/small"
}
random big 4000000
random file 1000000
serve
known

before=$(milliseconds)
full='no space to (fill|resize|write) small/big\.part: make room and run the same command again .*'
expect 8 "$full" \
    lethe get "$(uri big)" --identity server -o small/big
between "ms until it was said" 0 $(($(milliseconds) - before)) 2000
[ ! -e small/big ] || fail "a part was put in place"
[ ! -e small/big.part ] || fail "an empty part is left"
mount -o remount,size=12m "$T/small"
expect 0 '' lethe get "$(uri big)" --identity server -o small/big -q
cmp root/big small/big

# So is a limit on files: it must not end get without a word.
expect 8 'no space to resize limited\.part: .*' \
    bash -c 'ulimit -f 100; exec "$@"' - "$LETHE" get "$(uri big)" -o limited
[ ! -e limited.part ] || fail "an empty part is left"

# What was there before the disk filled up is used again.
rm small/big
head -c 2000000 root/big >small/big.part
mount -o remount,size=3m "$T/small"
expect 8 'no space to .*' lethe get "$(uri big)" --identity server -o small/big
is "bytes of the part" 2000000 "$(stat -c %s small/big.part)"
mount -o remount,size=12m "$T/small"
expect 0 '' lethe get "$(uri big)" --identity server -o small/big --json
cmp root/big small/big
is "bytes that were used" $((2000000 / 65536 * 65536)) "$(field bytes_reused)"

# Full to the last byte: not even a part fits, and what was there stays.
rm small/big
cp root/file small/old
mount -o remount,size=1m "$T/small"
dd if=/dev/zero of=small/fill bs=4096 status=none 2>/dev/null || true
expect 8 'no space to .*' lethe get "$(uri file)" --identity server -o small/old
cmp root/file small/old

# keygen and serve on a full disk: the same status, and no half identity in the way of the next try.
expect 8 'cannot (write|make folder) small/new.*: No space left on device' lethe keygen small/new
expect_last 8 'cannot (write|make folder) small/ring.*: No space left on device' \
    timeout 10 "$LETHE" rotate server --ring small/ring
rm small/fill
mount -o remount,size=12m "$T/small"
expect 0 '' lethe keygen small/new
end_server "$SERVER"
