# shellcheck shell=bash
# Network topologies in namespaces, for tests that cross a real kernel. Source it from bash as root.
# Needs iproute2, nftables for the balancer, and LETHE_LINK, the link emulator's path. The
# namespaces are lethe-$$-NAME; they and all in them end with the script, however it ends.
#
#   net_up                 client net0 ----- emulator ----- net0 server
#                      10.87.0.1 fd87::1              10.87.0.2 fd87::2
#
#   net_up_veth            client net0 ------ veth -------- net0 server        the same addresses
#
#   net_up_balancer N                                           s1 ---- veth ---- net0 server1
#                          client net0 -- emulator -- net0 router                10.87.1.2 fd87:1::2
#                      10.87.0.1 fd87::1                        sN ---- veth ---- net0 serverN
#                                                                                10.87.N.2 fd87:N::2
#     The router sends each single packet for 10.87.100.1 or fd87:100::1 to a server drawn at
#     random, and rewrites what servers send to come from that address. It keeps no state: no
#     connection tracking, and ICMP errors and fragments are not followed.
#
#   net_up_moving                    net1 ---- veth ---- r1
#                              client                      router net0 -- emulator -- net0 server
#                                    net2 ---- veth ---- r2                      10.87.0.2 fd87::2
#     The client is 10.87.1.2 fd87:1::2, and after net_move 10.87.2.2 fd87:2::2.
#
#   net_up_attacked       client net0 ------ veth ------ net0 server net1 --- veth --- net0 attacker
#                      10.87.0.1 fd87::1     10.87.0.2 fd87::2   10.87.1.1      10.87.1.2 to .254
#     What the server sends to strangers goes to the attacker, who drops it. $NET_ATTACKER names its
#     namespace.
#
#   net_up, net_up_veth, net_up_balancer, net_up_moving, net_up_attacked
#                                 build it; $NET_CLIENT, $NET_SERVER, $NET_ROUTER and the array
#                                 NET_SERVERS name the namespaces
#   net_move                      the client's first link goes down, and the second takes over
#   net_link_start OPTION...      start the emulator; a is the client's side (see link --help)
#   net_link_count WAY COUNTER    print a counter: WAY is ab or ba; after net_link_stop, the last
#   net_link_stop                 end the emulator: the wire is cut, everything else stays
#   net_in NS COMMAND...          run in a namespace; net_client and net_server know theirs
#   net_spawn NS FILE COMMAND...  run in the background, output to $NET_DIR/FILE; sets NET_PID
#   net_end PID                   end what net_spawn started, and wait for it
#   net_await FILE PATTERN        wait up to 10 s until $NET_DIR/FILE has a line that matches
#   net_down                      take all of it down; runs by itself on exit
#   net_cannot REASON             the machine lacks what the test needs: fail, loudly; with
#                                 LETHE_ALLOW_SKIP=1 in the environment, skip (status 77)

NET_CLIENT=lethe-$$-client
NET_SERVER=lethe-$$-server
NET_ROUTER=lethe-$$-router
NET_ATTACKER=lethe-$$-attacker
NET_SERVERS=()
NET_BALANCED_IP4=10.87.100.1
NET_BALANCED_IP6=fd87:100::1
NET_NAMESPACES=()
NET_SPAWNED=()
NET_DIR=
NET_LINK_PID=
NET_LINK_ENDS=()

net_cannot() {
    echo "CANNOT RUN: $*" >&2
    [ "${LETHE_ALLOW_SKIP:-}" = 1 ] && exit 77
    exit 1
}

net_fail() {
    echo "$0: $*" >&2
    exit 1
}

# net_try REASON COMMAND...: the command needs something of the kernel.
net_try() {
    local reason=$1
    shift
    "$@" || net_cannot "$reason ($1 failed)"
}

net_in() {
    local ns=$1
    shift
    ip netns exec "$ns" "$@"
}

net_client() {
    net_in "$NET_CLIENT" "$@"
}

net_server() {
    net_in "$NET_SERVER" "$@"
}

# The bare beginning: nothing exists before the trap that removes it.
net_begin() {
    [ "$(id -u)" = 0 ] || net_cannot "network namespaces need root"
    command -v ip >/dev/null || net_cannot "no ip(8): install iproute2"
    [ -z "$NET_DIR" ] || net_fail "a topology is up already"
    trap net_down EXIT
    trap 'exit 143' HUP INT TERM
    NET_DIR=$(mktemp -d) || net_fail "no temporary directory"
    # Neither identities nor known servers of other runs, whose addresses are the same.
    export XDG_CACHE_HOME=$NET_DIR/cache XDG_CONFIG_HOME=$NET_DIR/config
}

net_namespace() {
    NET_NAMESPACES+=("$1")
    net_try "network namespaces" ip netns add "$1"
    ip -n "$1" link set lo up
}

net_tap() {
    [ -e /dev/net/tun ] || net_cannot "no /dev/net/tun: the kernel needs TUN/TAP"
    net_try "TAP devices" ip -n "$1" tuntap add net0 mode tap
}

net_veth() {
    net_try "veth devices" ip -n "$1" link add "$2" type veth peer name "$4" netns "$3"
}

# net_address NS DEVICE SUBNET HOST PEER: HOST and PEER are 1 and 2, or 2 and 1. Neighbours are
# fixed, so that nothing but the test's own packets crosses a lossy link.
net_address() {
    local ns=$1 device=$2 subnet=$3 host=$4 peer=$5
    local net4=10.87.$subnet net6=fd87:$subnet:
    [ "$subnet" != 0 ] || net6=fd87:
    ip -n "$ns" link set "$device" addrgenmode none address "02:00:00:00:00:0$host" up
    ip -n "$ns" address add "$net4.$host/24" dev "$device"
    net_try "IPv6" ip -n "$ns" address add "$net6:$host/64" dev "$device" nodad
    ip -n "$ns" neighbour add "$net4.$peer" lladdr "02:00:00:00:00:0$peer" nud permanent \
        dev "$device"
    ip -n "$ns" neighbour add "$net6:$peer" lladdr "02:00:00:00:00:0$peer" nud permanent \
        dev "$device"
}

net_up() {
    net_begin
    local ns
    for ns in "$NET_CLIENT" "$NET_SERVER"; do
        net_namespace "$ns"
        net_tap "$ns"
    done
    NET_SERVERS=("$NET_SERVER")
    NET_LINK_ENDS=("$NET_CLIENT" "$NET_SERVER")
    net_address "$NET_CLIENT" net0 0 1 2
    net_address "$NET_SERVER" net0 0 2 1
}

net_up_veth() {
    net_begin
    net_namespace "$NET_CLIENT"
    net_namespace "$NET_SERVER"
    NET_SERVERS=("$NET_SERVER")
    net_veth "$NET_CLIENT" net0 "$NET_SERVER" net0
    net_address "$NET_CLIENT" net0 0 1 2
    net_address "$NET_SERVER" net0 0 2 1
}

# Neighbours are fixed for all of the attacker's addresses, so that none has to be asked for.
net_up_attacked() {
    local i
    net_up_veth
    net_namespace "$NET_ATTACKER"
    net_veth "$NET_ATTACKER" net0 "$NET_SERVER" net1
    net_address "$NET_SERVER" net1 1 1 2
    net_address "$NET_ATTACKER" net0 1 2 1
    for ((i = 3; i < 255; i++)); do
        echo "address add 10.87.1.$i/24 dev net0"
    done | ip -n "$NET_ATTACKER" -batch -
    for ((i = 3; i < 255; i++)); do
        echo "neighbour add 10.87.1.$i lladdr 02:00:00:00:00:02 nud permanent dev net1"
    done | ip -n "$NET_SERVER" -batch -
    ip -n "$NET_SERVER" route add default via 10.87.1.2
}

# net_balance FAMILY PREFIX BALANCED SERVER...: the router's rules of one family.
net_balance() {
    local family=$1 servers=$2 balanced=$3 map='' i
    shift 3
    for ((i = 1; i <= $#; i++)); do
        map+="${map:+, }$((i - 1)) : ${!i}"
    done
    net_try "nftables with numgen and rewriting of addresses" net_in "$NET_ROUTER" nft -f - <<EOF
table $family balancer {
    chain spray {
        type filter hook prerouting priority raw
        $family daddr $balanced $family daddr set numgen random mod $# map { $map }
    }
    chain hide {
        type filter hook postrouting priority raw
        oifname "net0" $family saddr $servers $family saddr set $balanced
    }
}
EOF
}

net_up_balancer() {
    local n=$1 i server ip4=() ip6=()
    [[ $n == [1-9] ]] || net_fail "net_up_balancer: 1 to 9 servers"
    net_begin
    command -v nft >/dev/null || net_cannot "no nft(8): install nftables"
    net_namespace "$NET_CLIENT"
    net_namespace "$NET_ROUTER"
    net_tap "$NET_CLIENT"
    net_tap "$NET_ROUTER"
    NET_LINK_ENDS=("$NET_CLIENT" "$NET_ROUTER")
    net_address "$NET_CLIENT" net0 0 1 2
    net_address "$NET_ROUTER" net0 0 2 1
    ip -n "$NET_CLIENT" route add default via 10.87.0.2
    ip -n "$NET_CLIENT" route add default via fd87::2
    net_forward
    for ((i = 1; i <= n; i++)); do
        server=lethe-$$-server$i
        net_namespace "$server"
        NET_SERVERS+=("$server")
        net_veth "$NET_ROUTER" "s$i" "$server" net0
        net_address "$NET_ROUTER" "s$i" "$i" 1 2
        net_address "$server" net0 "$i" 2 1
        ip -n "$server" route add default via "10.87.$i.1"
        ip -n "$server" route add default via "fd87:$i::1"
        ip4+=("10.87.$i.2")
        ip6+=("fd87:$i::2")
    done
    NET_SERVER=${NET_SERVERS[0]}
    net_balance ip 10.87.0.0/16 "$NET_BALANCED_IP4" "${ip4[@]}"
    net_balance ip6 fd87::/16 "$NET_BALANCED_IP6" "${ip6[@]}"
}

net_forward() {
    net_in "$NET_ROUTER" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
                                echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

net_up_moving() {
    local i
    net_begin
    net_namespace "$NET_CLIENT"
    net_namespace "$NET_ROUTER"
    net_namespace "$NET_SERVER"
    net_tap "$NET_ROUTER"
    net_tap "$NET_SERVER"
    NET_SERVERS=("$NET_SERVER")
    NET_LINK_ENDS=("$NET_ROUTER" "$NET_SERVER")
    net_address "$NET_ROUTER" net0 0 1 2
    net_address "$NET_SERVER" net0 0 2 1
    ip -n "$NET_SERVER" route add default via 10.87.0.1
    ip -n "$NET_SERVER" route add default via fd87::1
    net_forward
    for i in 1 2; do
        net_veth "$NET_ROUTER" "r$i" "$NET_CLIENT" "net$i"
        net_address "$NET_ROUTER" "r$i" "$i" 1 2
        net_address "$NET_CLIENT" "net$i" "$i" 2 1
    done
    ip -n "$NET_CLIENT" route add default via 10.87.1.1
    ip -n "$NET_CLIENT" route add default via fd87:1::1
}

net_move() {
    ip -n "$NET_CLIENT" link set net1 down
    ip -n "$NET_CLIENT" route replace default via 10.87.2.1
    ip -n "$NET_CLIENT" route replace default via fd87:2::1
}

net_await() {
    local i
    for ((i = 0; i < 1000; i++)); do
        grep -q "$2" "$NET_DIR/$1" 2>/dev/null && return
        sleep 0.01
    done
    cat "$NET_DIR/$1" >&2
    net_fail "no \"$2\" in $1 within 10 s"
}

net_spawn() {
    local ns=$1 file=$2
    shift 2
    : >"$NET_DIR/$file" # here and not in the child: net_await must not find an old line
    ip netns exec "$ns" "$@" >"$NET_DIR/$file" 2>&1 &
    NET_PID=$!
    NET_SPAWNED+=("$NET_PID")
}

net_end() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# Ready when the kernel has seen the carrier on both sides: before that it drops what is sent.
net_link_start() {
    [ -z "$NET_LINK_PID" ] || net_fail "the emulator runs already"
    [ -x "${LETHE_LINK:-}" ] || net_fail "LETHE_LINK is not the link emulator"
    local i ns
    rm -f "$NET_DIR/link.stats"
    : >"$NET_DIR/link.log"
    "$LETHE_LINK" --a "${NET_LINK_ENDS[0]}:net0" --b "${NET_LINK_ENDS[1]}:net0" \
        --stats "$NET_DIR/link.stats" "$@" >"$NET_DIR/link.log" 2>&1 &
    NET_LINK_PID=$!
    for ((i = 0; i < 1000; i++)); do
        grep -q '^link: up' "$NET_DIR/link.log" && break
        kill -0 "$NET_LINK_PID" 2>/dev/null || break
        sleep 0.01
    done
    cat "$NET_DIR/link.log"
    grep -q '^link: up' "$NET_DIR/link.log" || net_fail "the emulator did not start"
    for ns in "${NET_LINK_ENDS[@]}"; do
        until ip -n "$ns" link show dev net0 | grep -q 'state UP'; do
            ((i++ < 2000)) || net_fail "the emulated link has no carrier"
            sleep 0.01
        done
    done
}

net_link_count() {
    local i value
    if [ -n "$NET_LINK_PID" ]; then
        rm -f "$NET_DIR/link.stats"
        kill -USR1 "$NET_LINK_PID" || net_fail "the emulator is gone"
    fi
    for ((i = 0; i < 1000; i++)); do
        [ -e "$NET_DIR/link.stats" ] && break
        sleep 0.01
    done
    value=$(sed -n "s/^{\"way\": \"$1\".*\"$2\": \([0-9]*\).*/\1/p" "$NET_DIR/link.stats")
    [ -n "$value" ] || net_fail "the emulator has no counter $1 $2"
    echo "$value"
}

net_link_stop() {
    [ -n "$NET_LINK_PID" ] || return 0
    local status=0
    kill -TERM "$NET_LINK_PID" 2>/dev/null || true
    wait "$NET_LINK_PID" 2>/dev/null || status=$?
    NET_LINK_PID=
    [ "$status" = 0 ] || echo "$0: the emulator ended with status $status" >&2
    return "$status"
}

net_down() {
    local ns pid
    net_link_stop || true
    for pid in "${NET_SPAWNED[@]}"; do
        net_end "$pid"
    done
    for ns in "${NET_NAMESPACES[@]}"; do
        [ -e "/run/netns/$ns" ] || continue
        for pid in $(ip netns pids "$ns"); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        ip netns delete "$ns" || true
    done
    [ -z "$NET_DIR" ] || rm -rf "$NET_DIR"
    NET_NAMESPACES=()
    NET_SPAWNED=()
    NET_SERVERS=()
    NET_LINK_ENDS=()
    NET_DIR=
    NET_SERVER=lethe-$$-server
}
