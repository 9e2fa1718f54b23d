#!/bin/bash
# put: sizes about the pieces' edges, names, replacing, and what a server does not take.
. "$(dirname "$0")/lib.sh"
cd "$T"
mkdir -p root/in from
refused='^lethe: warning: the worker.s user may not write into the folder itself: .*--user$'
if [ "$(id -u)" = 0 ]; then
    serve --writable
    await "a word of the folder that is closed" grep -qE "$refused" "$LOG"
    end_server "$SERVER"
fi
chmod 777 root root/in
serve --writable --max-upload 6M
known
known='^lethe: (serving|listening|worker .* confined|warning: .*memory-backed)'

for size in 0 1 800 1024 65535 65536 65537 131072 5242880; do
    head -c $size /dev/urandom >from/f
    put from/f "in/f$size"
    cmp from/f "root/in/f$size"
    is "mode" 644 "$(stat -c %a "root/in/f$size")"
    is "bytes" $size "$(field bytes)"
    is "bytes sent" $size "$(field bytes_sent)"
    is "bytes that were there" 0 "$(field bytes_reused)"
    is "restarts" 0 "$(field restarts)"
done
is "hidden files left" 0 "$(find root -name '.*lethe*' | wc -l)"

# Again: nothing is sent. Another content: it is replaced.
put from/f in/f5242880
is "bytes sent again" 0 "$(field bytes_sent)"
is "bytes that were there" 5242880 "$(field bytes_reused)"
head -c 300000 /dev/urandom >from/f
put from/f in/f5242880 --strict
cmp from/f root/in/f5242880
is "level" 3 "$(field level)"

# Someone has changed it at the server since, and kept its size: that is put right.
printf changed | dd of=root/in/f5242880 bs=1 seek=100000 conv=notrunc status=none
put from/f in/f5242880
cmp from/f root/in/f5242880

# Names, the longest among them; at the top; what it tells a person.
long=$(printf 'n%.0s' {1..228})
put from/f "in/$long"
cmp from/f "root/in/$long"
put from/f 'in/%C3%BC%20x'
cmp from/f 'root/in/ü x'
expect 0 "$(stat -c %s from/f) bytes in [0-9.]+ s, [0-9.]+ MiB/s, level 2, verified" \
    lethe put from/f "$(uri top)" --identity server
cmp from/f root/top
expect 0 '' lethe put from/f "$(uri top)" --identity server -q

# What is there stays whole until the new one is, for who has it open and for who opens it.
random in/f 3000000
chmod 666 root/in/f
cp root/in/f old
head -c 4000000 /dev/urandom >from/f
exec 3<root/in/f
DIRECT=$PORT
relay 5000
known
put_begin from/f in/f
more 2000
cmp old root/in/f
PORT=$DIRECT
get in/f -o got
cmp old got
get_end 0 '' "$PUT"
cmp from/f root/in/f
cmp old - <&3
exec 3<&-

# Two at once, of one file and of different ones.
put_begin from/f in/two
first=$PUT
cp from/f from/g
put_begin from/g in/two
get_end 0 '' "$first"
get_end 0 '' "$PUT"
cmp from/f root/in/two

# What is not taken: an error in words, and nothing is left there.
refused() { # STATUS ERROR FILE NAME
    expect "$1" "$2" lethe put "$3" "$(uri "$4")" --identity server --timeout 5
}
not="127\.0\.0\.1:$PORT does not take '.*': it takes no files, or none there, or what has the name"
truncate -s 6291457 from/large
refused 8 "127\.0\.0\.1:$PORT has no room for 'in/large', or takes no file of 6291457 bytes" \
    from/large in/large
refused 7 "127\.0\.0\.1:$PORT has no folder for 'nothing/f'" from/f nothing/f
refused 7 "127\.0\.0\.1:$PORT has no folder for 'top/f'" from/f top/f
refused 4 "$not.*" from/f in
mkfifo root/fifo
ln -s in/f root/link
ln -s /tmp root/out
for name in fifo link out/f ../f /etc/f in/.f.lethe-0; do
    refused 4 "$not.*" from/f "$name"
done
mkdir root/closed
chmod 755 root/closed
[ "$(id -u)" != 0 ] || refused 4 "$not.*" from/f closed/f
is "hidden files left" 0 "$(find root -name '.*lethe*' | wc -l)"
end_server "$SERVER"
is "lines that uploads leave in the log" 0 "$(grep -cvE "$known" "$LOG" || true)"

serve
known
not="127\.0\.0\.1:$PORT does not take '.*': it takes no files, or none there, or what has the name"
refused 4 "$not.*" from/f in/f
end_server "$SERVER"
