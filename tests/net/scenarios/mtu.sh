#!/bin/bash
# The size of packets through a kernel: as large as they get over loopback, what Ethernet passes on
# a line, and over a line that in the middle of a download drops without a word what is large (a
# black hole) back to the size that always passes.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"
LARGEST=8952 ETHERNET=1452 LEAST=1232
HOLE=1300 # bytes of the IP packets that still pass

# begin_hole: both ends drop larger packets from now on, and count them
begin_hole() {
    local ns
    for ns in "$NET_CLIENT" "$NET_SERVER"; do
        net_try "nftables" net_in "$ns" nft -f - <<EOF
table ip hole {
    counter dropped {}
    chain in {
        type filter hook prerouting priority raw
        meta l4proto udp meta length > $HOLE counter name dropped drop
    }
}
EOF
    done
}

dropped() {
    net_in "$1" nft list counter ip hole dropped | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

# grows SIZE ADDRESS: packets get as large as that. A client that is not run for a while takes its
# time-outs for a black hole, so that this is seen in one of some downloads.
grows() {
    local i got=0
    for ((i = 0; i < 10 && got != $1; i++)); do
        get_start "$2" file
        get_end file
        got=$(account datagram_bytes)
    done
    equal "bytes of a packet" "$1" "$got"
}

# await_frames MORE: until the server has sent that many more
await_frames() {
    local until=$(($(net_link_count ba frames) + $1)) i
    for ((i = 0; i < 1000; i++)); do
        [ "$(net_link_count ba frames)" -lt $until ] || return 0
        sleep 0.01
    done
    net_fail "the server sends nothing"
}

command -v nft >/dev/null || net_cannot "no nft(8): install nftables"
scenario_up net_up
scenario_file file 6000000
scenario_file long 12000000
server_start "$NET_SERVER" serve
echo "over loopback"
NET_CLIENT=$NET_SERVER grows $LARGEST 127.0.0.1

net_link_start --delay 5ms --rate 30mbit --queue 100
echo "over Ethernet"
grows $ETHERNET 10.87.0.2
equal "the largest frame of the server's: headers of Ethernet, IPv4 and UDP before them" \
    $((14 + 20 + 8 + ETHERNET)) "$(net_link_count ba largest)"

echo "a black hole opens"
get_start 10.87.0.2 long
await_frames 1500
begin_hole
equal "the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
get_end long
equal "bytes of a packet" $LEAST "$(account datagram_bytes)"
equal "exchanges" 1 "$(account exchanges)"
atleast "large packets of the server's that vanished" 20 "$(dropped "$NET_CLIENT")"
net_link_stop
scenario_end
