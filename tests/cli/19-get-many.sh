#!/bin/bash
# Several files with one get: one session, each file as if alone, fair shares, an account for each.
. "$(dirname "$0")/lib.sh"
cd "$T"
serve
SIZES=(3000000 0 1 65536 100000 700000 1024 2000000 65537 5)
names=() uris=()
for ((i = 0; i < ${#SIZES[@]}; i++)); do
    random "f$i" "${SIZES[i]}"
    names+=("f$i")
    uris+=("$(uri "f$i")")
done
many() { # OPTION...
    expect 0 '' lethe get "${uris[@]}" --identity "$T/server" --json "$@"
}
all_same() { # FOLDER
    for name in "${names[@]}"; do
        cmp "root/$name" "$1/$name"
    done
    is "parts left" 0 "$(find "$1" -maxdepth 1 -name '*.part' | wc -l)"
}

# More than go at once, into a folder and into the current one.
mkdir into here
many -O into
all_same into
is "exchanges" 1 "$(field exchanges)"
kill -USR1 "$SERVER"
await "counters" grep -q '^answered_hello' "$COUNTERS"
is "hellos" 1 "$(sed -n 's/^answered_hello *//p' "$COUNTERS")"
sum=0
for ((i = 0; i < ${#SIZES[@]}; i++)); do
    is "bytes of f$i" "${SIZES[i]}" "$(field files.$i.bytes)"
    is "status of f$i" 0 "$(field files.$i.status)"
    is "address of f$i" "${uris[i]}" "$(field files.$i.uri)"
    is "replaced f$i" false "$(field files.$i.replaced)"
    sum=$((sum + SIZES[i]))
done
is "bytes" $sum "$(field bytes)"
is "bytes received" $sum "$(field bytes_received)"
(cd here && many)
all_same here
expect 0 "10 files, 5\.7 MiB in .*, level [23], complete, old files replaced" \
    lethe get "${uris[@]}" --identity "$T/server" --directory into
all_same into

# One alone goes into a folder as well.
rm into/*
expect 0 '' lethe get "${uris[0]}" --identity "$T/server" -O into -q
cmp root/f0 into/f0

# What is missing or not allowed does not keep the others from being fetched.
rm into/*
mkfifo root/fifo
status=0
lethe get "${uris[0]}" "$(uri nothing)" "${uris[5]}" "$(uri fifo)" "${uris[7]}" -O into \
    --identity "$T/server" --json >out 2>err || status=$?
is "status: of the first that failed" 7 $status
is "words" "lethe: 127.0.0.1:$PORT does not give out 'fifo'
lethe: 127.0.0.1:$PORT has no file 'nothing'" "$(sed "s/': .*/'/" err)"
for i in 0 5 7; do
    cmp "root/f$i" "into/f$i"
done
is "files" "f0 f5 f7" "$(cd into && echo *)"
is "statuses" "0 7 0 4 0" "$(for i in 0 1 2 3 4; do field files.$i.status; done | xargs)"

# Fair shares: cut short, four of one size have come about as far.
rm into/*
equal=() SIZE=2500000
for i in 0 1 2 3; do
    random "e$i" $SIZE
done
relay 8000
known
for i in 0 1 2 3; do
    equal+=("$(uri "e$i")")
done
"$LETHE" get "${equal[@]}" -O into --identity "$T/server" >out 2>err </dev/null &
GET=$!
STARTED+=("$GET")
more 4000
kill -INT "$GET"
status=0
wait "$GET" || status=$?
is "status" 14 $status
is "words" "lethe: interrupted; run the same command again to resume" "$(cat err)"
is "parts left" 4 "$(find into -name 'e?.part' | wc -l)"
expect 0 '' lethe get "${equal[@]}" -O into --identity "$T/server" --json
least=$SIZE most=0
for i in 0 1 2 3; do
    cmp "root/e$i" "into/e$i"
    reused=$(field files.$i.bytes_reused)
    [ "$reused" -ge "$least" ] || least=$reused
    [ "$reused" -le "$most" ] || most=$reused
done
between "bytes that the last had, of which the first had $most" $((most * 6 / 10)) "$least" $SIZE
end_server "$SERVER"
