#!/usr/bin/env bash
# The library as a stranger meets it: it exports exactly what the public headers declare, and
# the example builds against the installed headers and pkg-config file alone, and runs.
# usage: library.sh BUILD-DIR CC...
set -euo pipefail
build=$(cd "$1" && pwd) cc=${*:2} # may be two words, as in "ccache gcc"
source=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "$*"
    exit 1
}

nm -D --defined-only "$build/src/liblethe.so" | awk '$2 ~ /^[TDBR]$/ { print $3 }' | sort \
    >"$dir/exported"
grep -hoE '\blethe_[a-z_]+\(' "$source"/include/lethe/*.h | tr -d '(' | sort -u >"$dir/declared"
diff "$dir/declared" "$dir/exported" || fail 'the library does not export what its headers declare'

meson install -C "$build" --no-rebuild --destdir "$dir/root" >"$dir/install.log" 2>&1 ||
    fail "$(cat "$dir/install.log")"
for example in "$source"/examples/*; do
    [ -n "$(find "$dir/root" -path "*/doc/lethe/examples/${example##*/}")" ] ||
        fail "$example is not installed"
done
pc=$(find "$dir/root" -name lethe.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
export PKG_CONFIG_PATH=${pc%/*}
flags=$(pkg-config --define-variable=prefix="$dir/root$prefix" --cflags --libs lethe)
lib=$(find "$dir/root" -name liblethe.so -printf '%h\n')
# shellcheck disable=SC2086
$cc -Wall -Werror -o "$dir/fetch" "$source/examples/fetch.c" $flags -L"$lib"
for header in "$source"/include/lethe/*.h; do
    printf '#include "lethe/%s"\ntypedef int nothing;\n' "${header##*/}" |
        $cc -x c -std=c11 -Wall -Wextra -Werror -Wpedantic -I"$source/include" -fsyntax-only -
done

# C++ finds the functions under the names that C gave them.
cat >"$dir/version.cc" <<'EOF'
#include <lethe/lethe.h>
int main() { return lethe_version()[0] == 0; }
EOF
# shellcheck disable=SC2086
clang -std=c++17 -Wall -Wextra -Wpedantic -Werror -o "$dir/version" "$dir/version.cc" \
    $flags -L"$lib"
LD_LIBRARY_PATH=$lib "$dir/version" || fail "a program in C++ exits $?"

# Linked into the program: the archive alone, and where the machine has all archives, all of them.
mkdir "$dir/archive"
cp "$lib/liblethe.a" "$dir/archive"
private=$(pkg-config --static --cflags --libs lethe) # whose -L leads to no folder
# shellcheck disable=SC2086
$cc -Wall -Werror -o "$dir/linked" "$source/examples/fetch.c" -I"$source/include" \
    -L"$dir/archive" $private
! readelf -d "$dir/linked" | grep -q liblethe || fail 'the archive was not linked in'
linked=$dir/linked
if [ -e "$($cc -print-file-name=librandombytes.a)" ]; then
    # shellcheck disable=SC2086
    $cc -static -o "$dir/whole" "$source/examples/fetch.c" -I"$source/include" \
        -L"$dir/archive" $private 2>"$dir/err" ||
        fail "not linked statically; was the build set up before librandombytes-dev was" \
            "installed? $(cat "$dir/err")"
    ! readelf -d "$dir/whole" | grep -q NEEDED || fail 'it needs shared libraries'
    linked="$linked $dir/whole"
fi
for program in $linked; do
    status=0
    "$program" "$dir/nothing" lethe://127.0.0.1:1/x "$dir/out" 2>"$dir/err" || status=$?
    [ $status = 3 ] || fail "$program exits $status: $(cat "$dir/err")"
done

# shellcheck disable=SC2086
$cc -Wall -Werror -o "$dir/service" "$source/examples/service.c" $flags -L"$lib"
for example in fetch service; do
    lines=$(wc -l <"$source/examples/$example.c")
    [ "$lines" -le 60 ] || fail "the example $example has $lines lines"
done

set +e
LD_LIBRARY_PATH=$lib "$dir/fetch" "$dir/nothing" lethe://127.0.0.1:1/x "$dir/out" 2>"$dir/err"
status=$?
set -e
[ $status = 3 ] || fail "the example exits $status for a missing identity: $(cat "$dir/err")"
grep -q "$dir/nothing" "$dir/err"

# The service, as its own comment says; a body that is larger than many packets.
export XDG_CACHE_HOME=$dir/cache XDG_RUNTIME_DIR=$dir/runtime LD_LIBRARY_PATH=$lib
mkdir "$dir/runtime"
"$build/cmd/lethe" keygen "$dir/server" >/dev/null
: >"$dir/log"
"$dir/service" "$dir/server" 127.0.0.1:0 >"$dir/counters" 2>>"$dir/log" &
service=$!
trap 'kill -KILL $service 2>/dev/null || true; rm -rf "$dir"' EXIT
for ((i = 0; i < 500; i++)); do
    ! grep -q ' confined: ' "$dir/log" || break
    sleep 0.02
done
port=$(sed -n 's/^lethe: listening on .*://p' "$dir/log")
fetch() { # NAME, STATUS
    local status=0
    "$dir/fetch" "$dir/server" "lethe://127.0.0.1:$port/$1" "$dir/out" 2>"$dir/err" || status=$?
    [ $status = "$2" ] || fail "the example exits $status for $1: $(cat "$dir/err" "$dir/log")"
}
fetch 1000000 0
seq -f %07.0f 0 999999 | cmp - "$dir/out" || fail 'the service gave other lines'
fetch 12345678 7
fetch twelve 7
kill -TERM $service
wait $service || fail "the service exits $?: $(cat "$dir/log")"
grep -q '^answered_request' "$dir/counters" || fail 'the service printed no counters'
grep -q "^lethe: serving numbers as " "$dir/log" || fail "no name in the log: $(cat "$dir/log")"
echo 'the library exports what its headers declare, and the examples work'
