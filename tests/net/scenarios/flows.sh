# shellcheck shell=bash
# Flows of two kinds through one link, and how much of it each has: downloads over Lethe and over
# the kernel's TCP with CUBIC. Source it from bash after scenario.sh; needs LETHE_STREAM, the path
# of the TCP end. The server is at 10.87.0.2; flow i of a kind has a port of its own there, and is
# counted at the client, behind the link, in bytes of whole IP packets.
#
#   flows_link                    the line: 50 Mbit/s, 20 ms each way, a drop-tail queue of one
#                                 bandwidth-delay product (165 packets of 1514 bytes, 40 ms)
#   flows_prepare N               counters for N flows of each kind, a server for each kind
#   flows_tcp N                   begin N TCP flows
#   flows_lethe N OPTION...       begin N Lethe flows; options of lethe get
#   flows_end                     end all of them
#   flows_measure SECONDS         count for so long; flows_rate has kbit/s by flow: tcp1 lethe1 ...
#   flows_print                   say them
#   flows_sum NAME...             their sum
#   flows_jain NAME...            Jain's index of them, in thousandths
: "${LETHE_STREAM:?the path of the TCP end}"
FLOWS_TCP_PORT=5001
FLOWS_LETHE_PORT=6961
LINE_KBIT=50000
declare -A flows_rate
FLOWS_PIDS=()

# The jitter is the time of one packet on the line. Without it the order in which flows find the
# queue full repeats itself from round to round, and who is a little late always finds the place
# that has just become free: it is then this that decides about shares, not congestion control
# (Floyd, Jacobson: On Traffic Phase Effects in Packet-Switched Gateways, 1992).
flows_link() {
    net_link_start --delay 20ms --jitter 250us --rate ${LINE_KBIT}kbit --queue 165
}

flows_prepare() {
    local n=$1 i counters='' rules='' listen=()
    command -v nft >/dev/null || net_cannot "no nft(8): install nftables"
    for ((i = 1; i <= n; i++)); do
        counters+="counter tcp$i {}; counter lethe$i {}; "
        rules+="tcp sport $((FLOWS_TCP_PORT + i - 1)) counter name tcp$i; "
        rules+="udp sport $((FLOWS_LETHE_PORT + i - 1)) counter name lethe$i; "
        listen+=(--listen "10.87.0.2:$((FLOWS_LETHE_PORT + i - 1))")
    done
    net_try "nftables with named counters" net_client nft -f - <<NFT
table ip flows {
    $counters
    chain in { type filter hook prerouting priority raw; $rules }
}
NFT
    # What no flow comes to the end of; a hole takes no room, and comes as zeros.
    truncate -s 2G "$NET_DIR/files/endless"
    server_start "$NET_SERVER" serve "${listen[@]}"
    net_spawn "$NET_SERVER" stream_serve "$LETHE_STREAM" serve 10.87.0.2 $FLOWS_TCP_PORT "$n"
    net_await stream_serve ready
}

flows_tcp() {
    net_spawn "$NET_CLIENT" stream_take "$LETHE_STREAM" take 10.87.0.2 $FLOWS_TCP_PORT "$1"
    FLOWS_PIDS+=("$NET_PID")
    net_await stream_take ready
}

flows_lethe() {
    local n=$1 i
    shift
    for ((i = 1; i <= n; i++)); do
        rm -f "$NET_DIR/got$i" "$NET_DIR/got$i.part"
        net_spawn "$NET_CLIENT" "get$i" "$LETHE" get \
            "lethe://10.87.0.2:$((FLOWS_LETHE_PORT + i - 1))/endless" \
            --identity "$NET_DIR/id" -o "$NET_DIR/got$i" "$@"
        FLOWS_PIDS+=("$NET_PID")
    done
}

flows_end() {
    local pid
    for pid in "${FLOWS_PIDS[@]}"; do
        kill -0 "$pid" || net_fail "a flow ended by itself"
        net_end "$pid"
        forget "$pid"
    done
    FLOWS_PIDS=()
}

# One look at all counters: the time in us, then lines of name and bytes.
flows_look() {
    echo "${EPOCHREALTIME/[.,]/}"
    net_client nft list counters table ip flows |
        sed -n 's/.*counter \([a-z0-9]*\) {.*/\1/p; s/.* bytes \([0-9]*\).*/\1/p' | paste - -
}

flows_measure() {
    local name bytes us_before us_after
    local -A before=()
    flows_rate=()
    flows_look >"$NET_DIR/look"
    read -r us_before <"$NET_DIR/look"
    while read -r name bytes; do
        before[$name]=$bytes
    done < <(tail -n +2 "$NET_DIR/look")
    sleep "$1"
    flows_look >"$NET_DIR/look"
    read -r us_after <"$NET_DIR/look"
    while read -r name bytes; do
        flows_rate[$name]=$(((bytes - before[$name]) * 8000 / (us_after - us_before)))
    done < <(tail -n +2 "$NET_DIR/look")
}

flows_print() {
    local kind name line
    for kind in tcp lethe; do
        line=
        for name in $(printf '%s\n' "${!flows_rate[@]}" | grep "^$kind" | sort); do
            [ "${flows_rate[$name]}" = 0 ] || line+=" ${flows_rate[$name]}"
        done
        [ -z "$line" ] || echo "  $kind, kbit/s:$line"
    done
}

flows_sum() {
    local name sum=0
    for name; do
        sum=$((sum + flows_rate[$name]))
    done
    echo $sum
}

flows_jain() {
    local name sum=0 squares=0
    for name; do
        sum=$((sum + flows_rate[$name]))
        squares=$((squares + flows_rate[$name] ** 2))
    done
    echo $((squares ? sum * sum * 1000 / (squares * $#) : 0))
}
