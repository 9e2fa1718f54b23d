#!/bin/bash
# The command line itself: help, version, wrong arguments, ports in use.
. "$(dirname "$0")/lib.sh"
cd "$T"
make_identity
random file 1000
commands=(keygen rotate serve status get put)
! lethe inspect --help >/dev/null 2>&1 || commands+=(inspect)

# Help, on standard output; without arguments it is an error.
for help in --help -h help; do
    expect 0 '' lethe $help
    grep -q '^usage: lethe COMMAND' out || fail "no usage"
done
for command in "${commands[@]}"; do
    grep -qE "^  $command +[a-z]" out || fail "lethe --help does not tell of $command"
done
status=0
lethe >out 2>err </dev/null || status=$?
is "status without arguments" 2 $status
is "output without arguments" "" "$(cat out)"
grep -q '^usage: lethe COMMAND' err || fail "no usage without arguments"
for command in "${commands[@]}"; do
    for line in "$command --help" "$command -h" "$command a --help" "$command --nonsense --help"; do
        # shellcheck disable=SC2086
        expect 0 '' lethe $line
        grep -q "^usage: lethe $command" out || fail "lethe $line: no usage"
        grep -q '^example' out || fail "lethe $line: no example"
        is "lines of lethe $line over 100 columns" 0 "$(grep -cE '^.{101}' out || true)"
    done
    cp out help
    expect 0 '' lethe help "$command"
    cmp out help || fail "lethe help $command is not lethe $command --help"
done
expect 0 '' lethe --version
grep -qxE 'lethe [0-9]+\.[0-9]+\.[0-9]+' out || fail "version: $(cat out)"

wrong() { # ERROR ARGUMENT...
    local error=$1
    shift
    expect 2 "$error" timeout 5 "$LETHE" "$@"
    is "output of a wrong usage" "" "$(cat out)"
}
wrong "no command 'fetch'; see lethe --help" fetch
wrong "no command '--nonsense'; see lethe --help" --nonsense
wrong "no command ''; see lethe --help" ''
wrong "no command 'fetch'; see lethe --help" help fetch
for command in "${commands[@]}"; do
    wrong "unknown option --nonsense; see lethe $command --help" "$command" x --nonsense
    wrong "unknown option -Z; see lethe $command --help" "$command" -Z
    wrong "too few arguments; see lethe $command --help" "$command"
    case $command in serve | get | put) continue ;; esac
    wrong "'b' is one argument too many; see lethe $command --help" "$command" a b
done
address=lethe://127.0.0.1:9/file
wrong "'c' is one argument too many; see lethe put --help" put a $address c --identity server
wrong "'b' is one argument too many; see lethe serve --help" serve server b --root root
wrong 'which folder\? give it with --root FOLDER, or a file with --table FILE' serve server
wrong '--root or --table, not both' serve server --root root --table file
wrong '--writable needs --root: a table takes no files' serve server --table file --writable
wrong '--max-upload needs --writable' serve server --root root --max-upload 1M
wrong "--congestion: 'vegas' is neither cubic nor reno" serve server --root root --congestion vegas
for n in 0 -1 x '' 1x 1kk M 99999999999999999999 9999999999G 1.5; do
    bytes="'$n' is not a number of bytes, such as 500k, 20M or 1G"
    wrong "--max-upload: $bytes" serve server --root root --writable --max-upload "$n"
    wrong "--limit-rate: $bytes" get $address --identity server --limit-rate "$n"
done
unknown='127\.0\.0\.1:[0-9]+ was not used here before; say whose it is: --identity .*'
wrong "$unknown" put file $address
wrong '-o names one file, and there are 2; name a folder with -O' \
    get $address $address --identity server -o file
wrong '-o or -O, not both' get $address --identity server -o file -O root
expect 7 '-O nothing: no such folder' lethe get $address --identity server -O nothing
wrong 'two of the files would be written to file' get $address $address --identity server
wrong "lethe://127\.0\.0\.1:8/other is not at 127\.0\.0\.1:9: one server at a time" \
    get $address lethe://127.0.0.1:8/other --identity server
expect 7 'cannot open nothing: No such file or directory' \
    lethe put nothing $address --identity server
wrong 'root is not a regular file' put root $address --identity server
wrong 'the path is longer than 231 bytes' \
    put root/file "lethe://h/$(printf 'a%.0s' {1..232})" --identity server
wrong "$unknown" get $address
wrong '--identity needs a value; see lethe get --help' get $address --identity
wrong '--iden may be one of several options; see lethe get --help' get $address --iden server
wrong '--json takes no value; see lethe get --help' get $address --json=1
wrong 'unknown option -Z; see lethe get --help' get $address -qZv
wrong '-o -: a file is put in place when all of it is there, .*; name a file' \
    get $address --identity server -o -
wrong 'the name of a folder is empty' serve '' --root root
wrong '-o needs a value; see lethe get --help' get $address -o
wrong '--root needs a value; see lethe serve --help' serve server --root

for n in 0 -1 x '' 1x 86401 99999999999999999999 1.5; do
    wrong "--timeout: '$n' is not a whole number from 1 to 86400" \
        get $address --identity server --timeout "$n"
done
for n in 0 65 two; do
    wrong "--workers: '$n' is not a whole number from 1 to 64" serve server --root root --workers $n
done
for n in 0 3601 -5; do
    wrong "--period: '$n' is not a whole number from 1 to 3600" serve server --root root --period $n
    wrong "--period: '$n' is not a whole number from 1 to 3600" rotate server --period $n
done
for at in '' 127.0.0.1:65536 127.0.0.1:x :7000 '[::1' 1.2.3 localhost 127.0.0.1: '[::1]7000'; do
    wrong "--listen $(sed 's/[][]/./g' <<<"$at"): .+" serve server --root root --listen "$at"
done
expect 15 'cannot listen on the address 64::1:7000: none .*; with a port, .* in brackets' \
    timeout 5 "$LETHE" serve server --root root --ring ring --listen 64::1:7000

# Addresses of files.
form="is not of the form lethe://HOST\[:PORT\]/PATH"
for uri in '' file http://h/f lethe:h/f lethe://h lethe:///f lethe://user@h/f LETHE://h/f; do
    wrong "'$uri' $form" get "$uri" --identity server
done
for uri in lethe://h/ lethe://h/a/ lethe://h/. lethe://h/a/.. lethe://h/a%2f; do
    wrong "'$uri' names a folder; name a file in it" get "$uri" --identity server
done
for uri in lethe://h/% lethe://h/a%2 lethe://h/a%zz lethe://h/%00; do
    wrong "$uri: '%' must be followed by two hexadecimal digits other than 00" \
        get "$uri" --identity server
done
wrong 'the path is longer than 239 bytes' \
    get "lethe://h/$(printf 'a%.0s' {1..240})" --identity server
for host in 127.0.0.1:65536 127.0.0.1:-1 127.0.0.1: '[::1' '[::1]x' 1.2.3.4.5 ::1 ::1:7000; do
    wrong "$(sed 's/[][]/./g' <<<"$host"): .+" get "lethe://$host/file" --identity server
    is "parts left" 0 "$(find . -name '*.part' | wc -l)"
done

# Where it cannot write.
mkdir folder
expect 5 'folder is not a regular file; name another with -o' \
    lethe get $address --identity server -o folder
expect 5 '/dev/null is not a regular file; name another with -o' \
    lethe get $address --identity server -o /dev/null
expect 7 'cannot open nowhere/file\.part: No such file or directory' \
    lethe get $address --identity server -o nowhere/file
wrong 'the name of the output file is too long' \
    get $address --identity server -o "$(printf 'a%.0s' {1..5000})"

# A port in use (several workers: see 03).
serve
expect 6 "127\.0\.0\.1:$PORT is in use; end what uses it or choose another with --listen" \
    timeout 5 "$LETHE" serve server --root root --ring ring.other --listen "127.0.0.1:$PORT"
end_server "$SERVER"
if [ "$(id -u)" != 0 ]; then
    expect 4 'not allowed to listen on 127\.0\.0\.1:7; ports below 1024 need root' \
        timeout 5 "$LETHE" serve server --root root --ring ring.other --listen 127.0.0.1:7
fi
