#!/bin/bash
# tools/meson-stage: a case that was skipped is a test that failed, but for a named excuse.
set -eu
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

counts() { # EXPECTED STDOUT... : one test each
    local wanted=$1 out n=0
    shift
    : >"$log"
    for out; do
        n=$((n + 1))
        printf '{"name": "t%d", "result": "OK", "stdout": "%s"}\n' $n "$out" >>"$log"
    done
    got=$(tools/meson-stage count "$log" $# 2>/dev/null)
    [ "$got" = "$wanted" ] || { echo "FAILED: '$*' gave '$got', not '$wanted'" >&2; exit 1; }
}

ran='[       OK ] a\n'
skipped='[  SKIPPED ] a_case\n'
counts '2 0' "$ran" ''
counts '1 1' "$ran" "$ran$skipped"
counts '1 1' 'it says [  SKIPPED ] in a line\n' "$skipped"
printf '{"name": "t", "result": "SKIP"}\n{"name": "u", "result": "OK"}\n' >"$log"
[ "$(tools/meson-stage count "$log" 3)" = '1 2' ]

# An excuse holds where it is so, and is said.
case $(id -u) in 0) wanted='0 1' ;; *) wanted='1 0' ;; esac
counts "$wanted" '[  SKIPPED ] a_secret_of_someone_else_is_refused\n'
tools/meson-stage count "$log" 1 2>&1 | grep -qE '^(excused|FAILED): t1: a_secret_of_someone'
