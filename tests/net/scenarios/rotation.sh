#!/bin/bash
# Cookie keys that live 8 s: a strict exchange and its download span several rotations; and a
# download that outlasts the key of its continuation goes on under later keys, in one exchange.
set -eu
# shellcheck source=tests/net/scenarios/scenario.sh
. "$(dirname "$0")/scenario.sh"

turns() {
    grep -c 'is the newest' "$NET_DIR/rotate"
}

# run FILE OPTION...: sets turned
run() {
    local before
    before=$(turns)
    get_start 10.87.0.2 "$@" --strict
    get_end "$1"
    equal "level" 3 "$(account level)"
    turned=$(($(turns) - before))
    echo "  $turned rotations"
}

scenario_up net_up
scenario_file short 1200000
scenario_file long 4000000
rotate_start --period 1
server_start "$NET_SERVER" serve
net_link_start --delay 10ms --rate 4mbit --queue 100
echo "an exchange and a download within the life of a key"
run short
equal "exchanges" 1 "$(account exchanges)"
atleast "rotations" 4 "$turned"
echo "a download longer than that"
run long
equal "exchanges" 1 "$(account exchanges)"
atleast "rotations" 9 "$turned"
net_link_stop
scenario_end
