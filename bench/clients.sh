#!/bin/bash
# The goodput of a server core that a thousand clients download from at once, next to what one
# client gets from it: how much is lost to many. Both are the same program, bench_crowd, which
# throws away what it has opened. A key exchange is no part of it: bytes are counted in a window
# that opens when every client has received some. The server has core 0, all clients core 1; the
# file is in memory. Needs root and two cores.
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

usage='usage: bench/clients.sh [--build DIR] [--rounds N] [--clients N] [--mib N] [--warm S]
                        [--seconds S] [--link on|off|nic] [--quick] [--check] [--results FILE]
  --clients N  how many at once (1000)
  --mib N      the file that they fetch, again and again (256)
  --warm S     seconds before the window opens (3)
  --seconds S  how long it is (4)
  --link L     see bench/README.md (on)
  LETHE        in the environment: the program to measure (cmd/lethe of the build)'
figures_options clients "$usage" "$@"
clients=1000 mib=256 warm=3 seconds=4 link=on
set -- "${FIGURES_REST[@]}"
while [ $# -gt 0 ]; do
    case $1 in
    --clients) clients=$2 && shift ;;
    --mib) mib=$2 && shift ;;
    --warm) warm=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --link) link=$2 && shift ;;
    *) figures_usage "$usage" ;;
    esac
    shift
done
! $quick || rounds=1 clients=100 warm=0.5 seconds=0.5
rounds=${rounds:-5}

# measure NAME N: goodput of N clients together, in all and by the worker's time; how busy both
# cores were; and what the client that had least got beside the average.
measure() {
    local name=$1 n=$2
    net_client "${PEERS_ON_CLIENT[@]}" "$BENCH_CROWD" "$NET_DIR/id/public/identity" \
        $PEERS_ADDRESS:$PEERS_LETHE_PORT "$PEERS_FILE" "$n" "$warm" "$seconds" "$WORKER" \
        >"$NET_DIR/crowd.log" || net_fail "bench_crowd failed"
    awk -v n="$n" -v f="$NET_DIR/$name" '{
        print $1 / $2 / 1e6 >>f; print $1 / $3 / 1e6 >>(f ".cpu"); print 100 * $3 / $2 >>(f ".busy")
        print 100 * $4 / $2 >>(f ".own"); print $5 / ($1 / n) >>(f ".least") }' "$NET_DIR/crowd.log"
}

tell() {
    figures_tell "$1" MB/s "$NET_DIR/$2"
    figures_tell "$1, by the server's CPU" MB/s "$NET_DIR/$2.cpu"
    figures_tell "  the server's core is busy for" % "$NET_DIR/$2.busy"
    figures_tell "  the clients' core is busy for" % "$NET_DIR/$2.own"
}

figures_programs
net_up_veth
wire_set "$link"
peers_up $((mib * 1048576 + 1048576))
peers_core 0 1
peers_file file $((mib * 1048576))
peers_serve lethe
WORKER=$(sed -n 's/^lethe: worker \([0-9]*\) confined.*/\1/p' "$NET_DIR/serve.log")
measure warm 1 # a first run after start is slow
for ((round = 0; round < rounds; round++)); do
    measure one 1
    measure many "$clients"
done
tell "one client" one
tell "$clients clients" many
figures_tell "the least of them / their mean" '' "$NET_DIR/many.least"
figures_ratio "$NET_DIR/many.cpu" "$NET_DIR/one.cpu" >"$NET_DIR/cpu"
figures_tell "$clients clients / one, by the server's CPU" '' "$NET_DIR/cpu"
figures_ratio "$NET_DIR/many" "$NET_DIR/one" | figures_judge "$clients clients / one" '>=' 0.8
figures_end
