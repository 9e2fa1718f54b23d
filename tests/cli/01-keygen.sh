#!/bin/bash
# keygen: what it makes, what it prints, and that it never overwrites.
. "$(dirname "$0")/lib.sh"
cd "$T"

hex='[0-9a-f]{64}'
expect 0 '' lethe keygen new/deep
grep -qxE "$hex" out || fail "no fingerprint: $(cat out)"
is "the fingerprint's file" "$(cat out)" "$(cat new/deep/public/fingerprint)"
is "lines printed" 1 "$(wc -l <out)"
is "the files" "public/fingerprint public/identity secret/identity" \
    "$(cd new/deep && find . -type f -printf '%P\n' | sort | tr '\n' ' ' | sed 's/ $//')"
is "modes" "700 600 755 644 644" "$(stat -c %a new/deep/secret new/deep/secret/identity \
    new/deep/public new/deep/public/identity new/deep/public/fingerprint | tr '\n' ' ' |
    sed 's/ $//')"

# A strict mask of the caller's does not open the secret, nor does a lax one.
(umask 000 && expect 0 '' lethe keygen lax)
is "modes of the secret under umask 000" "700 600" \
    "$(stat -c %a lax/secret lax/secret/identity | tr '\n' ' ' | sed 's/ $//')"
! cmp -s new/deep/public/identity lax/public/identity || fail "two identities are the same"

# Neither a whole identity nor the half of one is overwritten.
find new -type f -exec md5sum {} + >before
never='exists already; an identity is never overwritten: name another folder'
expect 5 ".*secret/identity $never" lethe keygen new/deep
is "output of a refusal" "" "$(cat out)"
rm lax/secret/identity
expect 5 ".*public/identity $never" lethe keygen lax
md5sum --quiet -c before || fail "a refused keygen changed the identity"
is "files left by refusals" 3 "$(find new -type f | wc -l)"

# A folder that cannot be made, or not be written.
: >file
expect 7 "cannot make folder file/secret: Not a directory" lethe keygen file
mkdir -m 555 closed
cp "$LETHE" "$T/lethe.copy"
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
expect 4 "cannot make folder closed/secret: Permission denied" \
    "${as_nobody[@]}" "$T/lethe.copy" keygen closed
expect 4 "cannot make folder closed/a: Permission denied" \
    "${as_nobody[@]}" "$T/lethe.copy" keygen closed/a/b
expect 2 "the name of a folder is empty" lethe keygen ''
is "files in the closed folder" 0 "$(find closed -mindepth 1 | wc -l)"

# A name that a shell or a printf might trip over.
expect 0 '' lethe keygen -- "-a %s b"
[ -s "-a %s b/secret/identity" ] || fail "no identity in '-a %s b'"
