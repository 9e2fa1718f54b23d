#!/bin/bash
# serve never leaves its folder, and nothing in it can block it.
. "$(dirname "$0")/lib.sh"
mkdir -p "$T/root/sub"
echo secret >"$T/outside"
chmod 644 "$T/outside"
random file 2000
random sub/file 2000
cd "$T/root"
ln -s ../outside out-relative
ln -s "$T/outside" out-absolute
ln -s .. up
ln -s /proc/self/environ magic
ln -s file inside
ln -s ../file sub/inside-up
ln -s sub sub-link
ln -s loop loop
ln -s nowhere dangling
mkfifo fifo
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
: >unreadable
chmod 000 unreadable
[ "$(id -u)" != 0 ] || mknod -m 666 device c 1 5 || cannot "no device files here"
serve
known
cd "$T"

denied() {
    expect 4 "127\.0\.0\.1:$PORT does not give out '.*': it must be a file .*" \
        lethe get "$(uri "$1")" --identity server -o "$T/denied" --timeout 5
    [ ! -e denied ] && [ ! -e denied.part ] || fail "'$1' left something"
}

allowed() {
    expect 0 '' lethe get "$(uri "$1")" --identity server -o "$T/allowed" --timeout 5 -q
    cmp "$2" allowed
}

for path in ../outside %2e%2e/outside ..%2Foutside sub/../../outside sub/../../root/file \
    "/$T/outside" "%2F$T/outside" /etc/passwd //etc/passwd \
    out-relative out-absolute up/outside up/root/file magic sub-link/../../outside; do
    denied "$path"
done
for path in fifo socket sub sub-link . unreadable loop; do
    case $path in .) path=sub/./../sub ;; esac
    denied "$path"
done
[ ! -e root/device ] || denied device

allowed file root/file
allowed inside root/file
allowed sub/inside-up root/file
allowed sub-link/file root/sub/file
allowed sub/../file root/file
allowed ./sub//file root/sub/file

missing() {
    expect 7 "127\.0\.0\.1:$PORT has no file '.*': check the path" \
        lethe get "$(uri "$1")" --identity server -o "$T/missing" --timeout 5
    [ ! -e missing ] && [ ! -e missing.part ] || fail "'$1' left something"
}
for path in nothing sub/nothing nothing/file file/below dangling '*' 'fil?'; do
    missing "$path"
done
name=$(printf 'n%.0s' {1..239})
missing "$name"

# A NUL cannot be written in an address; a folder cannot be asked for by its slash.
expect 2 ".*'%' must be followed by two hexadecimal digits other than 00" \
    lethe get "$(uri file%00.txt)" --identity server
expect 2 ".* names a folder; name a file in it" lethe get "$(uri sub/)" --identity server

# A link that comes to point outside while the server runs.
ln -sfn ../outside root/inside
denied inside

# The server lost nobody over all this.
allowed file root/file
is "replaced workers" 0 "$(grep -c replaced "$LOG" || true)"
end_server "$SERVER"

# The folder that was opened is the one that is served, whatever its name points to later.
serve
known
mv root elsewhere
mkdir root
echo other >root/file
allowed file elsewhere/file
end_server "$SERVER"

# A folder that the unprivileged worker cannot enter, and one that is none.
expect 7 'cannot open the folder .*nothing: No such file or directory' \
    lethe serve server --root nothing --ring ring --listen 127.0.0.1:0
expect 7 'cannot open the folder .*file: Not a directory' \
    lethe serve server --root root/file --ring ring --listen 127.0.0.1:0
if [ "$(id -u)" = 0 ]; then
    chmod 700 elsewhere
    status=0
    lethe serve server --root elsewhere --ring ring --listen 127.0.0.1:0 >out 2>err || status=$?
    is "status" 4 $status
    grep -q '^lethe: the unprivileged user cannot enter the folder .*chmod o+x' err ||
        fail "not told what to do: $(cat err)"
fi
