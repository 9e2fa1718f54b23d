#!/bin/bash
# tools/lint: says nothing of clean code, and fails on one planted defect of each kind.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{tools,build,src/base}
cp tools/lint "$root/tools/"
cp .clang-tidy "$root/"
printf '[{"directory": "%s", "command": "cc -std=c11 -c ../src/base/a.c", "file": "%s"}]\n' \
    "$root/build" ../src/base/a.c >"$root/build/compile_commands.json"

# $1 what must be found, or "nothing"; the code is on the standard input.
expect() {
    local status=0
    { echo '#include <stdlib.h>'; cat; } >"$root/src/base/a.c"
    "$root/tools/lint" "$root/build" >"$root/log" 2>&1 || status=$?
    if [ "$1" = nothing ]; then
        [ "$status" = 0 ] || { echo "clean code is complained of:"; cat "$root/log"; exit 1; }
    elif [ "$status" = 0 ] || ! grep -qF "$1" "$root/log"; then
        echo "not found: $1"
        cat "$root/log"
        exit 1
    fi
}

expect nothing <<'C'
int f(int x);
int f(int x)
{
    return x + 1; /* NOLINT(bugprone-example): the reason is given here */
}
C
expect clang-analyzer-unix.Malloc <<'C'
int f(void);
int f(void)
{
    char *p = malloc(1);
    free(p);
    free(p);
    return 0;
}
C
expect arrayIndexOutOfBounds <<'C'
int f(int x);
int f(int x)
{
    int a[4] = {x, x, x, x};
    for (int i = 0; i <= 4; i++)
        x += a[i];
    return x;
}
C
expect 'a.c:2:' <<'C'
int x; /* NOLINT */
C
expect 'file not found' <<'C'
#include "kex/legs.h"
C
echo "tools/lint: 5 cases"
