#!/bin/bash
# A download over 100 Mbit/s and 50 ms, next to the kernel's TCP CUBIC (nginx without TLS, fetched
# by curl): without loss, and with 1 % of the packets lost at random each way. And how many bytes
# lethe puts on the wire for each byte of the file. Namespaces and the link emulator are those of
# tests/net; needs root and the peers (tools/setup bench).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/net/topology.sh
. "$here/../tests/net/topology.sh"
# shellcheck source=bench/figures.sh
. "$here/figures.sh"
# shellcheck source=bench/peers.sh
. "$here/peers.sh"

usage='usage: bench/long-path.sh [--build DIR] [--rounds N] [--mb N] [--lossy-mb N] [--mtu N]
                          [--quick] [--check] [--results FILE]
  --mb N        the size of the file, in millions of bytes (100)
  --lossy-mb N  the same where packets are lost, for CUBIC takes minutes there (20)
  --mtu N       of the path that both cross (1500); overhead is always measured at 1280
  LETHE         in the environment: the program to measure (cmd/lethe of the build)'
figures_options long-path "$usage" "$@"
mb=100 lossy=20 mtu=1500
set -- "${FIGURES_REST[@]}"
while [ $# -gt 0 ]; do
    case $1 in
    --mb) mb=$2 && shift ;;
    --lossy-mb) lossy=$2 && shift ;;
    --mtu) mtu=$2 && shift ;;
    *) figures_usage "$usage" ;;
    esac
    shift
done
! $quick || rounds=1 mb=3 lossy=1
rounds=${rounds:-5}

# One bandwidth-delay product and a fifth of whole packets wait at the bottleneck.
LINK=(--delay 25ms --rate 100mbit --queue 500)
HEADERS=42 # Ethernet, IPv4 and UDP

path_mtu() {
    ip -n "$NET_CLIENT" link set net0 mtu "$1"
    ip -n "$NET_SERVER" link set net0 mtu "$1"
}

path_start() {
    net_link_start "${LINK[@]}" "$@" >/dev/null
}

# An emulator that is too slow would lose packets that no option asked it to lose.
path_stop() {
    local way
    net_link_stop
    for way in ab ba; do
        [ "$(net_link_count $way missed)" = 0 ] || net_cannot "the emulator was too slow"
    done
}

# compare NAME TARGET OPTION...: rounds of lethe and TCP in turns; the first warms up.
compare() {
    local name=$1 target=$2 round who
    shift 2
    path_start "$@"
    for ((round = 0; round <= rounds; round++)); do
        for who in lethe tcp; do
            peers_fetch $who
            [ $round -gt 0 ] || { peers_intact $who && continue; }
            awk "BEGIN { print $PEERS_BYTES * 8 / $PEERS_SECONDS / 1e6 }" >>"$NET_DIR/$name.$who"
        done
    done
    path_stop
    figures_tell "lethe, $name" Mb/s "$NET_DIR/$name.lethe"
    figures_tell "TCP CUBIC, $name" Mb/s "$NET_DIR/$name.tcp"
    figures_ratio "$NET_DIR/$name.lethe" "$NET_DIR/$name.tcp" |
        figures_judge "lethe / TCP, $name" '>=' "$target"
}

# sent NS COUNTER: by the namespace's end of the link.
sent() {
    net_in "$1" cat "/sys/class/net/net0/statistics/tx_$2"
}

# per_byte FILE: what was sent since, per byte of the file.
per_byte() {
    awk "BEGIN { print $2 / $PEERS_BYTES }" >>"$NET_DIR/$1"
}

# What the server sends counts, also what is sent twice. Neighbours are fixed and IPv6 is silent, so
# that all of it is the transfer's.
overhead_once() {
    local down down_packets up up_packets
    down=$(sent "$NET_SERVER" bytes) down_packets=$(sent "$NET_SERVER" packets)
    up=$(sent "$NET_CLIENT" bytes) up_packets=$(sent "$NET_CLIENT" packets)
    peers_fetch lethe
    down=$(($(sent "$NET_SERVER" bytes) - down))
    down_packets=$(($(sent "$NET_SERVER" packets) - down_packets))
    up=$(($(sent "$NET_CLIENT" bytes) - up))
    up_packets=$(($(sent "$NET_CLIENT" packets) - up_packets))
    per_byte down $((down - down_packets * HEADERS))
    per_byte down.wire "$down"
    per_byte up $((up - up_packets * HEADERS))
    per_byte up.wire "$up"
    awk "BEGIN { print $down / $down_packets - $HEADERS }" >>"$NET_DIR/datagram"
    awk "BEGIN { print $up_packets / $down_packets }" >>"$NET_DIR/packets"
}

overhead() {
    local round
    path_mtu 1280
    path_start
    for ((round = 0; round < (rounds + 1) / 2; round++)); do
        overhead_once
    done
    path_stop
    figures_judge "UDP payload down / file" '<=' 1.06 <"$NET_DIR/down"
    figures_tell "frames down / file" '' "$NET_DIR/down.wire"
    figures_tell "UDP payload up / file" '' "$NET_DIR/up"
    figures_tell "frames up / file" '' "$NET_DIR/up.wire"
    figures_tell "packets up / packets down" '' "$NET_DIR/packets"
    figures_tell "datagram down" B "$NET_DIR/datagram"
}

peers_need nginx curl openssl
figures_programs
net_up
peers_up $(((mb > lossy ? mb : lossy) * 3500000))
peers_serve lethe nginx
path_mtu "$mtu"
peers_file file $((mb * 1000000))
compare 'no loss' 0.95
peers_file lossy $((lossy * 1000000))
compare '1 % loss' 1.00 --loss 1%
peers_file file $((mb * 1000000))
overhead
figures_end
