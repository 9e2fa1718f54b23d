#!/bin/bash
# serve and get: sizes about the pieces' edges, folders, names, and what get tells.
. "$(dirname "$0")/lib.sh"
serve

for size in 0 1 1023 1024 1025 65535 65536 65537 131072 5242880; do
    random "f$size" $size
    get "f$size"
    same "f$size"
    is "bytes" $size "$(field bytes)"
    is "bytes reused" 0 "$(field bytes_reused)"
    is "exchanges" 1 "$(field exchanges)"
    is "replaced" false "$(field replaced)"
done
is "mode of the file" 644 "$(stat -c %a "$T/f1.got")"
(umask 077 && rm "$T/f1.got" && get f1)
is "mode of the file under umask 077" 600 "$(stat -c %a "$T/f1.got")"

# The second time it is replaced, and level 3 is reached where it is asked for.
random f1024 1024
get f1024 --strict
same f1024
is "replaced" true "$(field replaced)"
is "level" 3 "$(field level)"
is "packets of the exchange" 887 "$(field exchange_packets_answered)"

# Folders and names: each as it stands on disk, and as it stands in an address.
tab=$(printf '\t')
names=(sub/deep/file sub/deep/file
    'with space' 'with%20space'
    'with space' 'with space'
    '100%' '100%25'
    'hash#query?&=;' 'hash%23query%3f&=;'
    "tab${tab}in it" 'tab%09in%20it'
    'ümlaut' '%C3%BCmlaut'
    'ümlaut' 'ümlaut'
    '"quoted\back"' '"quoted\back"'
    -dash -dash
    .hidden .hidden
    a.part a.part)
cd "$T"
for ((i = 0; i < ${#names[@]}; i += 2)); do
    disk=${names[i]} typed=${names[i + 1]}
    random "$disk" 3000
    expect 0 '' lethe get "$(uri "$typed")" --identity server --quiet
    cmp "root/$disk" "./${disk##*/}" || fail "'$typed' brought something else"
    rm "./${disk##*/}"
done
long=$(printf 'd%.0s' {1..200})
random "$long/deep/file" 100
get "$long/deep/file" -o got
cmp "root/$long/deep/file" got

# What it tells a person: one line; --quiet: nothing; --verbose: the levels; --json: only that.
address=$(uri f1)
rate='in [0-9.]+ s, [0-9.]+ MiB/s'
expect 0 "$(stat -c %s root/f1) bytes? $rate, level 2, complete, old file replaced" \
    lethe get "$address" --identity server -o got
is "standard output" "" "$(cat out)"
expect 0 '' lethe get "$address" --identity server -o got -q
is "standard output" "" "$(cat out)"
lethe get "$address" --identity server -o got --verbose --strict 2>err
is "the last line about levels" 3 \
    "$(sed -n 's/^lethe: level \([123]\) after [0-9.]* s$/\1/p' err | tail -n 1)"

end_server "$SERVER"
known='^lethe: (serving|listening|worker .* confined|warning: .*memory-backed)'
is "lines that served transfers leave in the log" 0 "$(grep -cvE "$known" "$LOG" || true)"
