# Bash completion for lethe: subcommands, options, files. Source it, or install it as
# /usr/share/bash-completion/completions/lethe. It needs nothing but bash.

_lethe_words() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_lethe_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_lethe_folders() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

# Fingerprints of identities that were used here before, and files.
_lethe_identities() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/lethe/identities
    _lethe_files
    [ -d "$cache" ] || return
    local known
    mapfile -t known < <(cd "$cache" && compgen -f -- "$cur")
    COMPREPLY+=("${known[@]}")
}

# The value of the option before the cursor. Fails when that is no option with a value.
_lethe_value() {
    case $1 in
    --root | --ring | -O | --directory) _lethe_folders ;;
    --identity) _lethe_identities ;;
    -o | --output | --table | --identity-file) _lethe_files ;;
    --level) _lethe_words '1 2 3' ;;
    --congestion) _lethe_words 'cubic reno' ;;
    --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
    --identity-from | --listen | --workers | --period | --short-term | --timeout | \
        --limit-rate | --max-upload | --watch)
        COMPREPLY=()
        ;;
    *) return 1 ;;
    esac
}

_lethe_options() {
    case $1 in
    keygen) echo '--help' ;;
    rotate) echo '--ring --period --short-term --park --help' ;;
    status) echo '--json --prometheus --ring --watch --help' ;;
    serve)
        echo '--root --writable --max-upload --table --listen --workers --user --ring --period' \
            '--short-term --park --level --early --congestion --strict-home --no-puzzles' \
            '--identity-file --json --help'
        ;;
    get)
        echo '--identity --identity-from --output --directory --early --strict --limit-rate' \
            '--background --timeout --no-park --quiet --verbose --json --help'
        ;;
    put)
        echo '--identity --identity-from --strict --timeout --no-park --quiet --verbose --json' \
            '--help'
        ;;
    refresh) echo '--identity --identity-from --timeout --quiet --json --help' ;;
    inspect) echo '--json --help' ;;
    esac
}

_lethe() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _lethe_words 'keygen rotate serve status get put refresh inspect help --help --version'
        return
    fi
    if [ "$command" = help ]; then
        _lethe_words 'keygen rotate serve status get put refresh inspect'
        return
    fi
    if _lethe_value "$prev"; then return; fi
    if [[ $cur == -* ]]; then
        _lethe_words "$(_lethe_options "$command")"
        return
    fi
    case $command in
    keygen | rotate | serve | status) _lethe_folders ;;
    get | refresh) _lethe_words 'lethe://' && compopt -o nospace 2>/dev/null ;;
    put)
        _lethe_files
        [[ lethe:// != "$cur"* ]] || COMPREPLY+=('lethe://')
        ;;
    inspect) _lethe_files ;;
    esac
}

complete -F _lethe lethe
