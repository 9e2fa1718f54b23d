# shellcheck shell=bash disable=SC2034 # who sources it reads its variables
# Three kinds of veth link between the client and the server of net_up_veth, what crossed them, and
# whether they are what they claim to be. Source it after tests/net/topology.sh.
#
#   on    MTU 1500, all offloads: packets of up to 64 KiB cross whole, as on a NIC that cuts and
#         merges in hardware
#   off   MTU 1280: packets are cut before the link and never merged
#   nic   MTU 1280: packets are cut before the link, and the receiving kernel merges (GRO)
#
#   wire_set KIND           make the link of that kind
#   wire_mark               begin to count
#   wire_count              sets, since wire_mark and in the direction of the download: WIRE_PACKET
#                           and WIRE_SEEN (bytes a packet on the wire, and as IP sees it after
#                           merging), WIRE_DROPPED (on the way, or for a full socket)
#   wire_check KIND WHO     WHO's packets, of a bulk download, crossed a link of that kind
#   wire_check_merged WHO   and were merged
declare -A WIRE_BEFORE WIRE_NOW
WIRE_PACKET='' WIRE_SEEN='' WIRE_DROPPED=''

wire_ethtool() {
    local ns
    for ns in "$NET_CLIENT" "$NET_SERVER"; do
        net_try "offload settings of veth" net_in "$ns" ethtool -K net0 "$@" >/dev/null
    done
}

wire_queue() {
    local ns
    for ns in "$NET_CLIENT" "$NET_SERVER"; do
        net_try "a queue above veth" net_in "$ns" tc qdisc replace dev net0 root "$1"
    done
}

wire_mtu() {
    ip -n "$NET_CLIENT" link set net0 mtu "$1"
    ip -n "$NET_SERVER" link set net0 mtu "$1"
}

# veth merges nothing unless "gro on" gives it a NAPI context, and then only what a sender without
# TSO has cut. That context has room for 256 packets and drops the rest, unless a queue is above it:
# then the sender waits (since Linux 6.16), as it does for a NIC.
wire_set() {
    command -v ethtool >/dev/null || net_cannot "no ethtool(8): tools/setup bench"
    wire_queue noqueue
    case $1 in
    on)
        wire_mtu 1500
        wire_ethtool gro off tso on gso on tx-udp-segmentation on ;;
    off)
        wire_mtu 1280
        wire_ethtool gro off tso off gso off tx-udp-segmentation off ;;
    nic)
        wire_mtu 1280
        wire_ethtool tso off gso off tx-udp-segmentation off gro on
        wire_queue pfifo ;;
    *) net_fail "no link $1" ;;
    esac
}

# wire_table TABLE NAME FILE: from a file of /proc/net, where the line above has the names.
wire_table() {
    # shellcheck disable=SC2016 # the variables are awk's
    net_client awk -v table="$1:" -v name="$2" '
        $1 == table && at { print $at; exit }
        $1 == table { for (i = 2; i <= NF; i++) if ($i == name) at = i }' "/proc/net/$3"
}

wire_read() {
    local name
    for name in rx_packets rx_bytes rx_dropped; do
        WIRE_NOW[$name]=$(net_client cat "/sys/class/net/net0/statistics/$name")
    done
    WIRE_NOW[tx_dropped]=$(net_server cat /sys/class/net/net0/statistics/tx_dropped)
    WIRE_NOW[seen]=$(wire_table Ip InReceives snmp)
    WIRE_NOW[octets]=$(wire_table IpExt InOctets netstat)
    WIRE_NOW[full]=$(wire_table Udp RcvbufErrors snmp)
}

wire_mark() {
    local name
    wire_read
    for name in "${!WIRE_NOW[@]}"; do
        WIRE_BEFORE[$name]=${WIRE_NOW[$name]}
    done
}

wire_since() {
    echo $((${WIRE_NOW[$1]} - ${WIRE_BEFORE[$1]}))
}

wire_count() {
    local packets seen
    wire_read
    packets=$(wire_since rx_packets)
    seen=$(wire_since seen)
    [ "$seen" -gt 0 ] || net_fail "nothing crossed the link"
    WIRE_PACKET=$(($(wire_since rx_bytes) / packets))
    WIRE_SEEN=$(($(wire_since octets) / seen))
    WIRE_DROPPED=$(($(wire_since rx_dropped) + $(wire_since tx_dropped) + $(wire_since full)))
}

wire_not() {
    net_cannot "link $1 is not what it claims: $2 sends $WIRE_PACKET bytes a packet, and" \
        "$WIRE_SEEN arrive together"
}

# Ethernet's 14 bytes are in the packets on the wire (not under nic) and not in what IP sees.
wire_check() {
    case $1 in
    on) [ "$WIRE_PACKET" -gt 3028 ] || wire_not "$@" ;;
    off)
        [ "$WIRE_PACKET" -le 1294 ] || wire_not "$@"
        [ "$WIRE_SEEN" -le 1280 ] || wire_not "$@" ;;
    nic) [ "$WIRE_PACKET" -le 1294 ] || wire_not "$@" ;;
    esac
}

wire_check_merged() {
    [ "$WIRE_SEEN" -ge 5120 ] || wire_not nic "$1"
}
