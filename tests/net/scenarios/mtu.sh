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

command -v nft >/dev/null || net_cannot "no nft(8): install nftables"
scenario_up net_up
scenario_file file 6000000
server_start "$NET_SERVER" serve
# Where a round trip takes no time, 70 ms in which the server does not run look like a black hole.
echo "over loopback, until no stall of the machine is in the way"
for ((i = 0; i < 5; i++)); do
    NET_CLIENT=$NET_SERVER get_start 127.0.0.1 file
    get_end file
    [ "$(account datagram_bytes)" != $LARGEST ] || break
done
equal "bytes of a packet" $LARGEST "$(account datagram_bytes)"

net_link_start --delay 5ms --rate 30mbit --queue 100
echo "over Ethernet"
get_start 10.87.0.2 file
get_end file
equal "bytes of a packet" $ETHERNET "$(account datagram_bytes)"
equal "the largest frame of the server's: headers of Ethernet, IPv4 and UDP before them" \
    $((14 + 20 + 8 + ETHERNET)) "$(net_link_count ba largest)"

echo "a black hole opens"
get_start 10.87.0.2 file
sleep 0.7
begin_hole
equal "the client is not done" 1 "$(kill -0 "$GET_PID" 2>/dev/null && echo 1)"
get_end file
equal "bytes of a packet" $LEAST "$(account datagram_bytes)"
equal "exchanges" 1 "$(account exchanges)"
atleast "large packets of the server's that vanished" 20 "$(dropped "$NET_CLIENT")"
net_link_stop
scenario_end
