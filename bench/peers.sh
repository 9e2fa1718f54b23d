# shellcheck shell=bash disable=SC2034 # who sources it reads its variables
# The servers that are compared, and one fetch from each. All serve one folder and all clients write
# into another, both in memory, so that no disk has a part in it. Source it after
# tests/net/topology.sh and figures.sh, with a topology up.
#
#   peers_need NAME...        lethe, nginx, ngtcp2: fail loudly where one is missing
#   peers_up ROOM             the two folders, with room for ROOM bytes, and a certificate
#   peers_file NAME BYTES     a file in the first folder; what peers_fetch fetches from now on
#   peers_core SERVER CLIENT  which core the servers and the clients are kept to
#   peers_serve NAME...       start them in $NET_SERVER
#   peers_fetch NAME          one fetch by lethe, lethe-discard, ngtcp2, nginx-aes, nginx-chacha,
#                             tcp, floor or floor-file; sets PEERS_SECONDS: from before the client
#                             starts until it has ended. lethe-discard (discard.c) and floor
#                             (floor.c, packets of PEERS_DATAGRAM bytes) keep no bytes, floor-file
#                             writes them to a file as the others do
#   peers_intact              what was fetched last is the file, byte for byte
#   peers_down                for the caller's trap; takes the topology down too
PEERS_ADDRESS=10.87.0.2
PEERS_LETHE_PORT=6960 PEERS_TLS_PORT=4433 PEERS_QUIC_PORT=4434 PEERS_TCP_PORT=8080
PEERS_FLOOR_PORT=7070 PEERS_DATAGRAM=1232
PEERS_DIR=
PEERS_FILE='' PEERS_BYTES=0
PEERS_SECONDS=
PEERS_ON_SERVER=() PEERS_ON_CLIENT=()
PEERS_QUIC_SERVER='' PEERS_QUIC_CLIENT=''

# The names differ by the TLS library that Debian builds ngtcp2's programs with.
peers_find_ngtcp2() {
    local kind
    for kind in gtls ossl qtls; do
        PEERS_QUIC_SERVER=$(command -v ${kind}server) || continue
        PEERS_QUIC_CLIENT=$(command -v ${kind}client) && return
    done
    net_cannot "no server and client of ngtcp2: tools/setup bench"
}

peers_need() {
    local peer
    for peer; do
        case $peer in
        ngtcp2) peers_find_ngtcp2 ;;
        *) command -v "$peer" >/dev/null || net_cannot "no $peer: tools/setup bench" ;;
        esac
    done
}

peers_down() {
    net_down
    [ -z "$PEERS_DIR" ] || rm -rf "$PEERS_DIR"
    PEERS_DIR=
}

peers_room() {
    local room
    [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] || net_cannot "no /dev/shm in memory"
    room=$(($(stat -f -c '%a * %S' /dev/shm)))
    [ "$room" -gt "$1" ] || net_cannot "/dev/shm has room for $room bytes, not for $1"
}

peers_up() {
    peers_room "$1"
    PEERS_DIR=$(mktemp -d /dev/shm/lethe-bench.XXXXXX)
    trap peers_down EXIT
    chmod 755 "$PEERS_DIR" "$NET_DIR" # servers run as nobody
    mkdir "$PEERS_DIR/files" "$PEERS_DIR/got"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -subj /CN=server -addext subjectAltName=DNS:server \
        -keyout "$NET_DIR/key.pem" -out "$NET_DIR/cert.pem" 2>"$NET_DIR/openssl.log" ||
        net_fail "openssl makes no certificate: $(cat "$NET_DIR/openssl.log")"
    export XDG_CACHE_HOME=$NET_DIR/cache # where lethe get keeps identities
}

peers_file() {
    PEERS_FILE=$1 PEERS_BYTES=$2
    head -c "$PEERS_BYTES" /dev/urandom >"$PEERS_DIR/files/$PEERS_FILE"
    sleep 0.1 # a file that has just changed is busy, for lethe serve
}

peers_core() {
    command -v taskset >/dev/null || net_cannot "no taskset(1): install util-linux"
    taskset -c "$1,$2" true 2>/dev/null || net_cannot "needs cores $1 and $2"
    PEERS_ON_SERVER=(taskset -c "$1")
    PEERS_ON_CLIENT=(taskset -c "$2")
}

# One worker as a packager would leave it: no kernel TLS, and so no sendfile for TLS.
peers_nginx_conf() {
    cat <<EOF
daemon off;
worker_processes 1;
user www-data; # who owns the folders that Debian's nginx insists on
pid $NET_DIR/nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
    access_log off;
    root $PEERS_DIR/files;
    server {
        listen $PEERS_ADDRESS:$PEERS_TCP_PORT;
        sendfile on;
    }
    server {
        listen $PEERS_ADDRESS:$PEERS_TLS_PORT ssl;
        sendfile off;
        ssl_certificate $NET_DIR/cert.pem;
        ssl_certificate_key $NET_DIR/key.pem;
        ssl_protocols TLSv1.3;
        ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256;
    }
}
EOF
}

# Linux's own default, whatever this machine's is. By route: a namespace may not always choose it.
peers_cubic() {
    local ns
    for ns in "$NET_CLIENT" "$NET_SERVER"; do
        net_try "TCP CUBIC" ip -n "$ns" route replace 10.87.0.0/24 dev net0 congctl cubic
    done
}

peers_serve_one() {
    case $1 in
    lethe)
        "$LETHE" keygen "$NET_DIR/id" >/dev/null
        net_spawn "$NET_SERVER" serve.log "${PEERS_ON_SERVER[@]}" "$LETHE" serve "$NET_DIR/id" \
            --root "$PEERS_DIR/files" --ring "$PEERS_DIR/ring" \
            --listen $PEERS_ADDRESS:$PEERS_LETHE_PORT
        net_await serve.log 'worker .* confined'
        net_await serve.log 'listening on' ;;
    nginx)
        peers_cubic
        peers_nginx_conf >"$NET_DIR/nginx.conf"
        net_spawn "$NET_SERVER" nginx.log "${PEERS_ON_SERVER[@]}" nginx -e stderr \
            -c "$NET_DIR/nginx.conf"
        peers_listens -t $PEERS_TCP_PORT ;;
    ngtcp2)
        net_spawn "$NET_SERVER" ngtcp2.log "${PEERS_ON_SERVER[@]}" "$PEERS_QUIC_SERVER" --quiet \
            -d "$PEERS_DIR/files" $PEERS_ADDRESS $PEERS_QUIC_PORT "$NET_DIR/key.pem" \
            "$NET_DIR/cert.pem"
        peers_listens -u $PEERS_QUIC_PORT ;;
    floor)
        net_spawn "$NET_SERVER" floor.log "${PEERS_ON_SERVER[@]}" "$BENCH_FLOOR" serve \
            $PEERS_ADDRESS:$PEERS_FLOOR_PORT
        peers_listens -u $PEERS_FLOOR_PORT ;;
    esac
}

# peers_listens -t|-u PORT: ngtcp2's and nginx's logs do not say when they are ready.
peers_listens() {
    local i
    for ((i = 0; i < 500; i++)); do
        [ -z "$(net_server ss -Hln "$1" "sport = :$2")" ] || return 0
        kill -0 "$NET_PID" 2>/dev/null || break
        sleep 0.01
    done
    cat "$NET_DIR"/*.log >&2
    net_fail "nothing listens on port $2"
}

peers_serve() {
    local peer
    for peer; do
        peers_serve_one "$peer"
    done
}

peers_lethe() {
    "$LETHE" get "lethe://$PEERS_ADDRESS:$PEERS_LETHE_PORT/$PEERS_FILE" --identity "$NET_DIR/id" \
        -o "$PEERS_DIR/got/$PEERS_FILE" --quiet
}

peers_curl() {
    local url=$1
    shift
    curl --silent --show-error --fail --http1.1 --cacert "$NET_DIR/cert.pem" \
        --resolve "server:$PEERS_TLS_PORT:$PEERS_ADDRESS" \
        --output "$PEERS_DIR/got/$PEERS_FILE" "$@" "$url"
}

peers_client() {
    local tls=https://server:$PEERS_TLS_PORT/$PEERS_FILE
    case $1 in
    lethe) peers_lethe ;;
    lethe-discard)
        "$BENCH_DISCARD" "$NET_DIR/id" $PEERS_ADDRESS:$PEERS_LETHE_PORT "$PEERS_FILE" \
            "$PEERS_BYTES" ;;
    nginx-aes) peers_curl "$tls" --tlsv1.3 --tls13-ciphers TLS_AES_256_GCM_SHA384 ;;
    nginx-chacha) peers_curl "$tls" --tlsv1.3 --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256 ;;
    floor)
        "$BENCH_FLOOR" fetch $PEERS_ADDRESS:$PEERS_FLOOR_PORT "$PEERS_DATAGRAM" "$PEERS_BYTES" ;;
    floor-file)
        "$BENCH_FLOOR" fetch $PEERS_ADDRESS:$PEERS_FLOOR_PORT "$PEERS_DATAGRAM" "$PEERS_BYTES" \
            "$PEERS_DIR/got/$PEERS_FILE" ;;
    tcp) peers_curl "http://$PEERS_ADDRESS:$PEERS_TCP_PORT/$PEERS_FILE" ;;
    ngtcp2)
        "$PEERS_QUIC_CLIENT" --quiet --exit-on-all-streams-close --download="$PEERS_DIR/got" \
            $PEERS_ADDRESS $PEERS_QUIC_PORT \
            "https://$PEERS_ADDRESS:$PEERS_QUIC_PORT/$PEERS_FILE" ;;
    esac
}

# The clients are functions, so the namespace and the core are entered by a shell of their own.
# shellcheck disable=SC2016 # the variable is the inner shell's
peers_in_place() {
    export -f peers_client peers_lethe peers_curl
    export NET_DIR PEERS_DIR PEERS_FILE PEERS_BYTES PEERS_ADDRESS PEERS_LETHE_PORT PEERS_TLS_PORT \
        PEERS_QUIC_PORT PEERS_TCP_PORT PEERS_QUIC_CLIENT PEERS_FLOOR_PORT PEERS_DATAGRAM
    net_client "${PEERS_ON_CLIENT[@]}" bash -c 'peers_client "$1"' bash "$1"
}

# Of whom there is no file to compare: it keeps no bytes, or has whole packets of some.
peers_keeps_nothing() {
    [[ $1 = floor* || $1 = lethe-discard ]]
}

peers_fetch() {
    local start end
    rm -f "$PEERS_DIR"/got/*
    start=$EPOCHREALTIME
    peers_in_place "$1" >"$NET_DIR/client.log" 2>&1 ||
        net_fail "$1: the fetch failed: $(tail -n 3 "$NET_DIR/client.log")"
    end=$EPOCHREALTIME
    PEERS_SECONDS=$(awk "BEGIN { print $end - $start }")
    ! peers_keeps_nothing "$1" || return 0
    [ "$(stat -c %s "$PEERS_DIR/got/$PEERS_FILE" 2>/dev/null)" = "$PEERS_BYTES" ] ||
        net_fail "$1: the file is not whole: $(tail -n 3 "$NET_DIR/client.log")"
}

peers_intact() {
    ! peers_keeps_nothing "$1" || return 0
    cmp "$PEERS_DIR/files/$PEERS_FILE" "$PEERS_DIR/got/$PEERS_FILE" ||
        net_fail "$1 brought something else"
}
