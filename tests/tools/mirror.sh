#!/bin/bash
# tools/mirror: both formats of apt, their options, and what must not be taken for a mirror.
set -euo pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# $1 says what; the rest is compared with what tools/mirror prints of the files in $tmp.
expect() {
    local what=$1 expected=$2 got
    got=$(tools/mirror bookworm trixie "$tmp"/*.* 2>&1) || true
    rm -f "$tmp"/*.*
    [ "$got" = "$expected" ] ||
        { printf '%s: expected\n%s\ngot\n%s\n' "$what" "$expected" "$got"; exit 1; }
}

cat >"$tmp/debian.sources" <<'APT'
# a comment

Types: deb-src
URIs: http://source.example/archive
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/archive
Suites: bookworm
Components: main

types: deb deb-src
# between fields
URIs: https://one.example/archive
 cdrom:[disc]/
 http://two.example/archive
Suites: bookworm-updates bookworm
Components: contrib main
Architectures: amd64
Signed-By:
 -----BEGIN
 .
 -----END

Types: deb
URIs: http://security.example/security
Suites: bookworm-security
Components: main
APT
expect 'deb822' 'Types: deb
URIs: https://one.example/archive http://two.example/archive
Suites: trixie
Components: main
Architectures: amd64
Signed-By:
 -----BEGIN
 .
 -----END'

cat >"$tmp/sources.list" <<'APT'
# deb http://commented.example/archive bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb-src http://source.example/archive bookworm main
deb [ arch=amd64,arm64 signed-by=/etc/keyring.gpg trusted=yes ] mirror+file:/srv/list bookworm main
deb copy:/srv/debian bookworm contrib main # the copy
deb http://other.example/archive bookworm contrib
deb http://security.example/security bookworm-security main
APT
expect 'one-line' 'Types: deb
URIs: mirror+file:/srv/list
Suites: trixie
Components: main
Architectures: amd64 arm64
signed-by: /etc/keyring.gpg
trusted: yes

Types: deb
URIs: copy:/srv/debian
Suites: trixie
Components: main'

echo 'deb http://alias.example/archive oldstable main' >"$tmp/a.list"
expect 'an alias where no codename is' 'Types: deb
URIs: http://alias.example/archive
Suites: trixie
Components: main'

echo 'deb http://only.example/security bookworm-security main' >"$tmp/a.list"
expect 'none' 'tools/mirror: no enabled apt source serves the main component of bookworm'
echo "tools/mirror: 4 cases"
