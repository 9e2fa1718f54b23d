#!/bin/bash
# tools/style: each rule finds its planted violation, and only that.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{tools,src/base}
cp tools/style "$root/tools/"

# $1 which part, $2 what it must say of the file on the standard input ("" for nothing).
expect() {
    local got
    cat >"$root/src/base/a.c"
    got=$("$root/tools/style" "$1" || true)
    case $got in
    "$2"*) [ -n "$2" ] || [ -z "$got" ] || { echo "$1 found: $got"; exit 1; } ;;
    *) echo "$1: expected $2, got: $got"; exit 1 ;;
    esac
}

slash=/
wide=$(printf '%0100d' 0)
expect text '' <<<"$wide"
expect text 'over 100 columns: src/base/a.c:1:' <<<"${wide}0"
expect text 'tab: src/base/a.c:1:' <<<$'\tint x;'
expect text 'white space at the end: src/base/a.c:2:' <<<$'int x;\nint y; '
expect text 'no newline at the end: src/base/a.c' < <(printf 'int x;')
expect size '' < <(yes | head -n 400)
expect size 'over 400 lines: src/base/a.c (401)' < <(yes | head -n 401)
expect leaks '' <<<"https:${slash}${slash}example.org/home/page /etc/apt /tmp/x"
expect leaks 'path of a machine: src/base/a.c:1:' <<<"see ${slash}home${slash}someone/x"
expect leaks 'host of a registry: src/base/a.c:1:' <<<"from deb.debian"".org, say"
echo "tools/style: 10 cases"
