#!/bin/bash
# Beyond 4 GiB: a get and a put that find most of a sparse file there already. Bytes that lie about
# that place and are missing or wrong are noticed and moved, to where they belong and nowhere else.
. "$(dirname "$0")/lib.sh"
# Reading a hole from memory takes less than half of what it takes on a disk's file system.
if [ "$(id -u)" = 0 ]; then
    mount -t tmpfs -o size=5G,mode=755 none "$T"
    clean_up() {
        cd /
        umount -l "$T"
    }
    mkdir "$T/home" "$T/root" "$T/runtime"
fi
cd "$T"
EDGE=$((1 << 32))
PIECE=65536
SIZE=$((EDGE + 3 * 1048576 + 1000))
FROM=$((EDGE - 1048576)) # all before it is a hole

truncate -s $EDGE hole
[ "$(du -k hole | cut -f 1)" -le 1024 ] || cannot "the file system of $PWD has no holes in files"
rm hole
[ "$(df -k --output=avail . | tail -n 1)" -ge $((SIZE / 1024 + 65536)) ] ||
    cannot "the file system of $PWD has no room for a file of $SIZE bytes"

# What differs from piece to piece, from FROM to the end.
make_huge() { # FILE
    truncate -s $SIZE "$1"
    head -c $((SIZE - FROM)) /dev/urandom | dd of="$1" bs=64K seek=$FROM oflag=seek_bytes \
        conv=notrunc iflag=fullblock status=none
}
spoil() { # FILE OFFSET: changes a byte
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    printf "\\x$(printf %02x $((byte ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
# Its bytes are right from FROM on, and nothing was written before.
same_huge() { # FILE LIKE
    is "size" $SIZE "$(stat -c %s "$1")"
    cmp -i $FROM "$1" "$2" || fail "$1 is not what it should be"
    is "the first byte that was written" $FROM \
        "$("$PYTHON" -c 'import os, sys
print(os.lseek(os.open(sys.argv[1], os.O_RDONLY), 0, os.SEEK_DATA))' "$1")"
}

make_huge root/huge
serve --writable --max-upload 5G
mkdir root/in
chmod 777 root/in

# A part that ends beyond: its last piece is not whole, one there is wrong, and so are both that
# meet at the edge, so that packets lie across it.
part=$((EDGE + 1048576 + 5))
cp --sparse=always root/huge huge.got.part
truncate -s $part huge.got.part
spoil huge.got.part $((EDGE - 1))
spoil huge.got.part $EDGE
spoil huge.got.part $((EDGE + 10 * PIECE + 7))
get huge
same_huge huge.got root/huge
[ ! -e huge.got.part ] || fail "the part is left"
is "bytes" $SIZE "$(field bytes)"
is "bytes that were used" $((EDGE + 1048576 - 3 * PIECE)) "$(field bytes_reused)"
is "bytes received" $((SIZE - EDGE - 1048576 + 3 * PIECE)) "$(field bytes_received)"

# The same the other way. As soon as the upload is there, and long before it is compared so far, a
# byte of it is made wrong where the file has a hole beyond the edge.
cp --sparse=always root/huge from
HOLE=$((EDGE + 2 * 1048576))
fallocate --punch-hole --offset $HOLE --length $PIECE from
"$LETHE" put from "$(uri in/huge)" --identity server --json >out 2>err </dev/null &
PUT=$!
STARTED+=("$PUT")
hidden() {
    find root/in -name '.huge.lethe-*' -size +4G
}
is_begun() {
    [ -n "$(hidden)" ]
}
BOUND=60 await "the upload" is_begun
printf wrong | dd of="$(hidden)" bs=1 seek=$((HOLE + 100)) conv=notrunc status=none
status=0
wait "$PUT" || status=$?
has_said 0 '' $status
same_huge root/in/huge from
is "bytes" $SIZE "$(field bytes)"
is "bytes that were there" $FROM "$(field bytes_reused)"
is "bytes sent" $((SIZE - FROM)) "$(field bytes_sent)"
end_server "$SERVER"
