#!/bin/bash
# The goodput of one download next to those of ngtcp2, of nginx with TLS 1.3 and of a bare loop
# (floor.c), over three kinds of veth link (wire.sh). The server has core 0, the client core 1;
# files are in memory at both ends. Needs root, two cores, and the peers (tools/setup bench).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/net/topology.sh
. "$here/../tests/net/topology.sh"
# shellcheck source=bench/figures.sh
. "$here/figures.sh"
# shellcheck source=bench/peers.sh
. "$here/peers.sh"
# shellcheck source=bench/wire.sh
. "$here/wire.sh"

usage='usage: bench/goodput.sh [--build DIR] [--rounds N] [--links "KIND..."] [--mib N] [--quick]
                        [--check] [--results FILE]
  KIND    on, off, nic (default: all)
  LETHE   in the environment: the program to measure (cmd/lethe of the build)'
figures_options goodput "$usage" "$@"
links='on off nic' mib=1024
set -- "${FIGURES_REST[@]}"
while [ $# -gt 0 ]; do
    case $1 in
    --links) links=$2 && shift ;;
    --mib) mib=$2 && shift ;;
    *) figures_usage "$usage" ;;
    esac
    shift
done
! $quick || rounds=1 mib=64
rounds=${rounds:-7}

PEERS='lethe lethe-discard floor floor-file ngtcp2 nginx-aes nginx-chacha'
BYTES=$((mib * 1024 * 1024))
declare -A seen # what the last round of each peer was like

# Cores that were busy, in hundredths of a second since the start: "core 0, core 1".
busy() {
    awk '/^cpu[01] / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat | paste -sd' '
}

percent() {
    awk "BEGIN { printf \"%.0f\", ($2 - $1) / $PEERS_SECONDS }"
}

# measure LINK PEER: one fetch; its goodput is added to the file LINK.PEER.
measure() {
    local before after
    wire_mark
    read -ra before < <(busy)
    peers_fetch "$2"
    read -ra after < <(busy)
    wire_count
    wire_check "$1" "$2"
    seen[$2]="$WIRE_PACKET B a packet, $WIRE_SEEN merged, $WIRE_DROPPED dropped, cores busy"
    seen[$2]+=" $(percent "${before[0]}" "${after[0]}") and"
    seen[$2]+=" $(percent "${before[1]}" "${after[1]}") %"
    awk "BEGIN { print $BYTES / $PEERS_SECONDS / 1e6 }" >>"$NET_DIR/$1.$2"
}

# The first round shows that all bring the same bytes, and is thrown away.
warm_up() {
    local peer
    for peer in $PEERS; do
        measure "$1" "$peer"
        peers_intact "$peer"
        [ "$1 $peer" != "nic nginx-aes" ] || wire_check_merged "$peer"
        rm "$NET_DIR/$1.$peer"
    done
}

report() {
    local link=$1 peer at_least=1.0
    [ "$link" != on ] || at_least=0.8
    for peer in $PEERS; do
        figures_tell "$peer, $link" MB/s "$NET_DIR/$link.$peer"
        echo "      ${seen[$peer]}"
    done
    figures_ratio "$NET_DIR/$link.lethe" "$NET_DIR/$link.ngtcp2" |
        figures_judge "lethe / ngtcp2, $link" '>=' 1.5
    figures_ratio "$NET_DIR/$link.lethe" "$NET_DIR/$link.nginx-aes" |
        figures_judge "lethe / nginx, $link" '>=' $at_least
    # Like with like: neither client keeps a byte, or both keep a file.
    figures_ratio "$NET_DIR/$link.lethe-discard" "$NET_DIR/$link.floor" |
        figures_judge "both discard, lethe / floor, $link" '>=' 0.75
    figures_ratio "$NET_DIR/$link.lethe" "$NET_DIR/$link.floor-file" |
        figures_judge "both keep a file, $link" '>=' 0.75
    figures_ratio "$NET_DIR/$link.lethe" "$NET_DIR/$link.floor" >"$NET_DIR/$link.unlike"
    figures_tell "lethe with a file / floor, $link" x "$NET_DIR/$link.unlike"
}

run_link() {
    local link=$1 round peer
    wire_set "$link"
    PEERS_DATAGRAM=1232
    [ "$link" != on ] || PEERS_DATAGRAM=1452
    warm_up "$link"
    for ((round = 0; round < rounds; round++)); do
        for peer in $PEERS; do
            measure "$link" "$peer"
        done
    done
    report "$link"
}

# What a suite is called by curl is what was asked for, and a server may still take another.
check_suites() {
    local suite
    for suite in TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
        net_client curl --silent --verbose --head --cacert "$NET_DIR/cert.pem" --tlsv1.3 \
            --tls13-ciphers $suite --resolve "server:$PEERS_TLS_PORT:$PEERS_ADDRESS" \
            "https://server:$PEERS_TLS_PORT/file" 2>&1 | grep -q "TLSv1.3 / $suite" ||
            net_fail "nginx and curl do not agree on $suite"
    done
}

peers_need ngtcp2 nginx curl openssl ethtool
net_up_veth
peers_up $((BYTES * 5 / 2))
peers_file file $BYTES
figures_programs
peers_core 0 1
peers_serve lethe floor ngtcp2 nginx
check_suites
for link in $links; do
    run_link "$link"
done
figures_end
