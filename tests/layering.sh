#!/bin/sh
# STYLE, rule 3: a layer compiles with the headers of the layers below it and with no others. Every
# header is included alone, with the real flags of every layer: the allowed must compile, the rest
# must not be found. Argument: a configured build directory.
set -eu

build=$(cd "${1:?usage: tests/layering.sh BUILD_DIR}" && pwd)
cd "$(dirname "$0")/.."

uses() {
    case $1 in
    base) echo base ;;
    net | crypto | wire | pace) echo "base $1" ;;
    seal) echo "base crypto wire seal" ;;
    kex | flow) echo "base crypto wire pace seal $1" ;;
    admit) echo "base crypto wire seal admit" ;;
    store) echo "base crypto wire pace seal kex store" ;;
    client) echo "base net crypto wire pace seal kex flow admit store client" ;;
    service) echo "base net crypto wire pace seal kex store service" ;;
    server) echo "base crypto wire pace seal kex flow admit store server" ;;
    node) echo "base net crypto wire pace seal kex flow admit store service server node" ;;
    api) echo "base net crypto wire pace seal kex flow admit store client service server node" \
        api ;;
    *) return 1 ;;
    esac
}

# The flags that meson gives a file of this layer: search path, macros, standard. A layer without a
# file yet has those of another, with its own folder for the search path.
flags_of() {
    python3 - "$build" "$1" <<'PY'
import json, re, shlex, sys
build, layer = sys.argv[1:]
entries = json.load(open(build + '/compile_commands.json'))
own = [e for e in entries if f'/liblethe_{layer}.a.p/' in e['output']]
words = shlex.split((own or entries)[0]['command'])[1:]
if not own:
    words = [w for w in words if not re.match(r'-I(?!\.\./include$)', w)]
    words.append(f'-I{build}/include-farm/{layer}')
takes_word = ('-I', '-isystem', '-iquote', '-idirafter', '-include')
for before, word in zip([''] + words, words):
    if before in takes_word:
        print(before, shlex.quote(word))
    elif word not in takes_word and word.startswith(('-I', '-i', '-std', '-D')):
        print(shlex.quote(word))
PY
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

for dir in src/*/; do
    layer=$(basename "$dir")
    uses "$layer" >/dev/null || echo "src/$layer is in no layer of this table" >>"$tmp/bad"
    flags_of "$layer" >"$tmp/$layer.flags"
done

# $1 layer, $2 header; from the build directory, where the flags hold.
try() {
    allowed=no
    case " $(uses "$1") " in *" ${2%%/*} "*) allowed=yes ;; esac
    error=$tmp/$1.$(echo "$2" | tr / .)
    found=yes
    flags=$(tr '\n' ' ' <"$tmp/$1.flags")
    (cd "$build" && printf '#include "%s"\ntypedef int not_empty;\n' "$2" |
        eval "${CC:-cc} $flags -fsyntax-only -x c -") 2>"$error" || found=no
    case $allowed-$found in
    yes-yes) ;;
    no-no) # for the one right reason
        grep -qF "$2: No such file" "$error" || grep -qF "'$2' file not found" "$error" ||
            { echo "$2 in $1/ fails, but is found:"; cat "$error"; } ;;
    yes-no) echo "$1/ may include $2, but it does not compile alone:"; cat "$error" ;;
    no-yes) echo "$1/ may not include $2, but it compiles" ;;
    esac >"$error.verdict"
}

tried=0
for layer in $(cd src && ls -d */ | tr -d /); do
    for header in $(cd src && ls */*.h); do
        try "$layer" "$header" &
        tried=$((tried + 1))
        [ $((tried % 4)) -ne 0 ] || wait
    done
done
wait
cat "$tmp"/*.verdict >>"$tmp/bad"

# Paths that would walk around the include path.
grep -rsnE --include='*.[ch]' '#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./' \
    src cmd include >>"$tmp/bad" || true

if [ "$tried" -eq 0 ]; then echo "no header was tried"; exit 1; fi
if [ -s "$tmp/bad" ]; then cat "$tmp/bad"; exit 1; fi
echo "$tried inclusions, each as the layers say"
