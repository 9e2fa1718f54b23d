#!/bin/bash
# inspect tells what a file is, shows nothing secret, and refuses what it does not know.
. "$(dirname "$0")/lib.sh"
cd "$T"
random file 1000
serve
fingerprint=$(cat server/public/fingerprint)

shows() { # FILE WHAT
    expect 0 '' lethe inspect "$1"
    grep -qE "^what +$2\$" out || fail "$1: not '$2': $(cat out)"
}
for file in server/public/identity server/public/fingerprint server/secret/identity; do
    shows $file '(public identity|fingerprint|secret identity)'
    grep -qE "^fingerprint +$fingerprint$" out || fail "$file: not its fingerprint: $(cat out)"
    expect 0 '' lethe inspect --json $file
    is "fingerprint of $file" "$fingerprint" "$(field fingerprint)"
done
shows ring/ring 'ring of cookie keys'
shows ring/short-term 'secrets of short-term keys'
shows server/public/short-term 'short-term key'
expect 0 '' lethe inspect --json server/public/short-term
is "fingerprint of the short-term key" "$fingerprint" "$(field fingerprint)"

# Nothing of a secret's bytes behind the fingerprint, in hex or as they are.
for file in server/secret/identity ring/ring ring/short-term; do
    lethe inspect $file >shown
    case $file in ring/ring) skip=37 ;; ring/short-term) skip=48 ;; *) skip=47 ;; esac
    key=$(od -An -tx1 -v -j "$skip" -N 8 $file | tr -d ' \n')
    ! grep -q "$key" shown || fail "inspect shows a key of $file"
    is "bytes beyond text" 0 "$(tr -d '\n -~' <shown | wc -c)"
done

# A client's HELLO as it comes from the wire, alone and in a capture.
cat >catch.py <<'PY'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
s.settimeout(10)
print(s.getsockname()[1], flush=True)
p = s.recv(2048)
open('hello', 'wb').write(p)
udp = struct.pack('>HHHH', 5555, 6960, 8 + len(p), 0) + p
ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), bytes(4)) + udp
pcap = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
pcap += struct.pack('<IIII', 1, 2, len(ip), len(ip)) + ip
open('capture', 'wb').write(pcap)
s.settimeout(None)
while True:
    s.recv(2048) # a server that is there and silent
PY
"$PYTHON" catch.py >port &
STARTED+=($!)
await "a socket" test -s port
expect 9 '.*' lethe get "lethe://127.0.0.1:$(cat port)/x" --identity server -o x --timeout 1
await "a datagram" test -s capture
shows hello datagram
grep -qE '^kind +HELLO' out || fail "not a HELLO: $(cat out)"
expect 0 '' lethe inspect --json hello
is "kind" HELLO "$(field kind)"
expect 0 '' lethe inspect capture
grep -q HELLO out || fail "no HELLO in the capture: $(cat out)"

# What is none of it, or half of it.
refused() { # FILE ERROR
    expect 12 "$2" lethe inspect "$1"
    is "output" "" "$(cat out)"
}
head -c 1000 server/public/identity >half
refused half 'half is damaged: it begins as a public identity of 1047400 bytes and has 1000'
head -c 1231 hello >short
: >empty
head -c 1232 /dev/zero >zeros
for file in short empty zeros; do
    refused $file "$file is neither an identity, a fingerprint, a ring, .*"
done
expect 7 'cannot open nothing: No such file or directory' lethe inspect nothing
refused server 'cannot read server: a folder; name a file in it'
end_server "$SERVER"
