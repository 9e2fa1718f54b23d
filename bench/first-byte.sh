#!/bin/bash
# Time to the first byte over emulated links: lethe get at level 2 and with --early, next to bare
# TCP with and without Fast Open, to HTTPS over TLS 1.3, and to TLS 1.3 with early data, also over
# Fast Open. With --figure DIR the medians go there as a table and a picture. Namespaces and the
# link emulator are those of tests/net; needs root, curl, openssl, for a picture gnuplot. A
# client is a process that starts for each fetch; of what came before it keeps the short-term key,
# Fast Open its cookie, and TLS its session.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

usage='usage: bench/first-byte.sh [--build DIR] [--rounds N] [--rtts "MS..."] [--quick]
                           [--results FILE] [--figure DIR]'
build=$here/../build rounds=9 rtts='1 10 50 250' quick=false results= figure=
while [ $# -gt 0 ]; do
    case $1 in
    --build) build=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --rtts) rtts=$2; shift ;;
    --results) results=$(realpath "$2"); shift ;;
    --figure) mkdir -p "$2"; figure=$(realpath "$2"); shift ;;
    --quick) rounds=1 rtts=10 quick=true ;;
    --help) echo "$usage"; exit 0 ;;
    *) echo "$usage" >&2; exit 2 ;;
    esac
    shift
done
build=$(cd "$build" && pwd)
lethe=$build/cmd/lethe
LETHE_LINK=$build/tests/net/link/link
[ -x "$LETHE_LINK" ] || LETHE_LINK=$build/tests/net/link
. "$here/../tests/net/topology.sh"
for tool in curl openssl "$build/bench/tls_peer"; do
    command -v $tool >/dev/null || net_cannot "no $tool"
done

PORT=6960 EARLY_PORT=6961 TLS_PORT=4433 TLS_EARLY_PORT=4434 TCP_PORT=8080 SIZE=600

serve() {
    local dir=$NET_DIR
    chmod 755 "$dir"
    mkdir "$dir/files"
    head -c $SIZE /dev/urandom >"$dir/files/small"
    "$lethe" keygen "$dir/id" >/dev/null
    net_spawn "$NET_SERVER" serve.log "$lethe" serve "$dir/id" --root "$dir/files" \
        --ring "$dir/ring" --listen 10.87.0.2:$PORT
    net_await serve.log 'worker .* confined'
    net_await serve.log 'listening on'
    net_spawn "$NET_SERVER" early.log "$lethe" serve "$dir/id" --root "$dir/files" \
        --ring "$dir/ring" --listen 10.87.0.2:$EARLY_PORT --early
    net_await early.log 'worker .* confined'
    ip netns exec "$NET_SERVER" sysctl -qw net.ipv4.tcp_fastopen=3
    ip netns exec "$NET_CLIENT" sysctl -qw net.ipv4.tcp_fastopen=3
    net_spawn "$NET_SERVER" tcp.log "$build/bench/tcp_peer" serve 10.87.0.2 $TCP_PORT \
        "$dir/files/small"
    net_await tcp.log listening
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=server -addext subjectAltName=DNS:server \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl.log"
    cd "$dir/files" # -HTTP serves the working directory
    printf 'HTTP/1.0 200 ok\r\nContent-Length: %d\r\n\r\n' $SIZE | cat - small >https
    net_spawn "$NET_SERVER" tls.log openssl s_server -accept 10.87.0.2:$TLS_PORT \
        -key "$dir/key.pem" -cert "$dir/cert.pem" -tls1_3 -groups X25519 -HTTP
    net_await tls.log ACCEPT
    cd "$here"
    net_spawn "$NET_SERVER" tls_peer.log "$build/bench/tls_peer" serve 10.87.0.2 $TLS_EARLY_PORT \
        "$dir/key.pem" "$dir/cert.pem" "$dir/files/small"
    net_await tls_peer.log listening
}

# Each prints "first-byte-ms complete-ms wall-ms": by the client's own clock from its first packet
# on (curl's from the start of its transfer on), and from before the process starts to its end.
timed() {
    local start=$EPOCHREALTIME
    "$@" >"$NET_DIR/out" || { cat "$NET_DIR/out" >&2; net_fail "$* failed"; }
    local end=$EPOCHREALTIME
    WALL=$(awk "BEGIN { print ($end - $start) * 1000 }")
}

# A number in the last account of lethe get.
field() {
    sed -n "s/.*\"$1\":\([0-9.]*\)[,}].*/\1/p" "$NET_DIR/out"
}

# fetch_at PORT LEVEL OPTION...
fetch_at() {
    local port=$1 level=$2
    shift 2
    rm -f "$NET_DIR/got"
    timed net_client "$lethe" get "lethe://10.87.0.2:$port/small" --identity "$NET_DIR/id" \
        -o "$NET_DIR/got" --json --quiet "$@"
    cmp -s "$NET_DIR/got" "$NET_DIR/files/small" || net_fail "lethe brought something else"
    grep -q "\"first_byte_level\":$level[,}]" "$NET_DIR/out" ||
        net_fail "not level $level: $(cat "$NET_DIR/out")"
    awk -v first="$(field first_byte_seconds)" -v all="$(field seconds)" -v wall="$WALL" \
        'BEGIN { print first * 1000, all * 1000, wall }'
}

fetch_lethe() {
    fetch_at $PORT 2
}

fetch_early() {
    fetch_at $EARLY_PORT 1 --early
}

fetch_tcp() {
    timed net_client "$build/bench/tcp_peer" get 10.87.0.2 $TCP_PORT "${1:-full}"
    awk -v wall="$WALL" '{ print $1, $2, wall }' "$NET_DIR/out"
}

fetch_fast_open() {
    fetch_tcp open
}

fetch_tls() {
    timed net_client curl --silent --show-error --fail --http1.0 --tlsv1.3 \
        --cacert "$NET_DIR/cert.pem" --resolve "server:$TLS_PORT:10.87.0.2" \
        --output "$NET_DIR/got" --write-out '%{time_starttransfer} %{time_total}\n' \
        "https://server:$TLS_PORT/https"
    cmp -s "$NET_DIR/got" "$NET_DIR/files/small" || net_fail "curl brought something else"
    awk -v wall="$WALL" '{ print $1 * 1000, $2 * 1000, wall }' "$NET_DIR/out"
}

# fetch_tls_peer full|early|early-open; the first time there is no session for early data
fetch_tls_peer() {
    [ -e "$NET_DIR/session.pem" ] || [ "$1" = full ] || fetch_tls_peer full >/dev/null
    timed net_client "$build/bench/tls_peer" get 10.87.0.2 $TLS_EARLY_PORT "$NET_DIR/cert.pem" \
        "$NET_DIR/session.pem" "$1"
    awk -v wall="$WALL" '{ print $1, $2, wall }' "$NET_DIR/out"
}

fetch_tls_early() {
    fetch_tls_peer early
}

fetch_tls_early_open() {
    fetch_tls_peer early-open
}

# median_of FILE COLUMN: median, least and greatest.
median_of() {
    cut -d' ' -f"$2" "$1" | sort -n | awk '{ v[NR] = $1 } END {
        m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        print m, v[1], v[NR] }'
}

# row WHO RTT FILE
row() {
    local first low high all wall wlow whigh
    read -r first low high < <(median_of "$3" 1)
    read -r all _ < <(median_of "$3" 2)
    read -r wall wlow whigh < <(median_of "$3" 3)
    awk "BEGIN {
        printf \"%6d  %-14s %7.2f [%.2f..%.2f]\", $2, \"$1\", $first, $low, $high
        printf \" = %.2f RTT, \", $first / $2
        printf \"complete %.1f = %.2f RTT, \", $all, $all / $2
        printf \"process %.1f [%.1f..%.1f]\\n\", $wall, $wlow, $whigh }"
    [ -n "$results" ] || return 0
    printf '{"bench":"first-byte","who":"%s","rtt_ms":%s,"unit":"ms",%s%s}\n' \
        "$1" "$2" "\"median\":$first,\"min\":$low,\"max\":$high,\"complete\":$all,\"wall\":$wall," \
        "\"wall_min\":$wlow,\"wall_max\":$whigh,\"rounds\":$rounds,\"quick\":$quick" >>"$results"
}

names='early lethe fast_open tcp tls_early_open tls_early tls'
declare -A title=([early]='lethe --early' [lethe]='lethe, level 2' [fast_open]='TCP Fast Open'
    [tcp]='TCP' [tls]='TCP + TLS 1.3'
    [tls_early]='TLS early' [tls_early_open]='TLS early, FO')

# Multiples of the round trip, by who and round trip, as a table and a picture.
draw() {
    local who
    {
        echo "# RTT ms: ${names// /, }; median ms to the first byte"
        for rtt in $rtts; do
            printf '%s' "$rtt"
            for who in $names; do
                printf ' %s' "${medians[$who.$rtt]}"
            done
            echo
        done
    } >"$figure/first-byte.txt"
    gnuplot <<GNUPLOT
set terminal pngcairo size 900,560
set output "$figure/first-byte.png"
set title "Time to the first byte of $SIZE bytes"
set xlabel "round trip, ms"
set ylabel "first byte, round trips"
set logscale x
set yrange [0:*]
set key top right
plot for [i=2:8] "$figure/first-byte.txt" using 1:(column(i)/\$1) with linespoints lw 2 \
    title word("$(for who in $names; do printf '%s ' "${title[$who]// /_}"; done)", i-1) noenhanced
GNUPLOT
}

net_up
serve
export XDG_CACHE_HOME=$NET_DIR/cache # where lethe get keeps identities
declare -A medians
echo 'RTT ms  who            first byte in ms'
for rtt in $rtts; do
    net_link_start --delay "$(awk "BEGIN { print $rtt * 500 }")us" >/dev/null
    rm -f "$NET_DIR"/*.ms
    for who in $names; do
        fetch_$who >/dev/null # warms it up
    done
    for ((i = 0; i < rounds; i++)); do
        for who in $names; do
            fetch_$who >>"$NET_DIR/$who.ms"
        done
    done
    for who in $names; do
        row "${title[$who]}" "$rtt" "$NET_DIR/$who.ms"
        medians[$who.$rtt]=$(median_of "$NET_DIR/$who.ms" 1 | cut -d' ' -f1)
    done
    net_link_stop
done
[ -z "$figure" ] || draw
! $quick || echo "first-byte: --quick shows only that it runs"
