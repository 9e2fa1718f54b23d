# shellcheck shell=bash disable=SC2034 # who sources it reads its variables
# What the benchmarks written in bash share: options, medians, and the one way in which a figure is
# printed, judged and kept, which is that of measure.h. Source it from bash, with $here the folder.
#
#   figures_options NAME USAGE "$@"   reads --build, --rounds, --quick, --check, --results and
#                                     --help; what is left is in the array FIGURES_REST
#   figures_programs                  sets LETHE, LETHE_LINK, BENCH_FLOOR, BENCH_DISCARD and
#                                     BENCH_CROWD, unless they are set
#   figures_median FILE               median, least and greatest of a number a line
#   figures_ratio A B                 a line for each round: A's number divided by B's
#   figures_judge NAME '>=' TARGET    judges the ratios on standard input; '<=' likewise
#   figures_tell NAME UNIT FILE       prints numbers that have no target
#   figures_end                       the exit status: 1 for a missed target under --check

FIGURES_BENCH=
FIGURES_REST=()
FIGURES_MISSED=false
build=${here:?}/../build rounds='' quick=false check=false results=''

figures_options() {
    local usage=$2
    FIGURES_BENCH=$1
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        --build) build=$2 && shift ;;
        --rounds) rounds=$2 && shift ;;
        --results) results=$(realpath "$2") && shift ;;
        --quick) quick=true ;;
        --check) check=true ;;
        --help) echo "$usage" && exit 0 ;;
        *) FIGURES_REST+=("$1") ;;
        esac
        shift
    done
}

figures_usage() {
    echo "$1" >&2
    exit 2
}

# Another tree's program can be measured by this tree's scripts.
figures_programs() {
    [ -n "${LETHE:-}" ] || LETHE=$build/cmd/lethe
    [ -x "$LETHE" ] || net_cannot "no program $LETHE: build it, or set LETHE"
    LETHE=$(realpath "$LETHE")
    [ -n "${LETHE_LINK:-}" ] || LETHE_LINK=$build/tests/net/link/link
    [ -n "${BENCH_FLOOR:-}" ] || BENCH_FLOOR=$build/bench/bench_floor
    [ -n "${BENCH_DISCARD:-}" ] || BENCH_DISCARD=$build/bench/bench_discard
    [ -n "${BENCH_CROWD:-}" ] || BENCH_CROWD=$build/bench/bench_crowd
    export LETHE LETHE_LINK BENCH_FLOOR BENCH_DISCARD
}

figures_median() {
    sort -g "$1" | awk '{ v[NR] = $1 } END {
        m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
        if (NR) print m, v[1], v[NR], NR }'
}

figures_ratio() {
    paste -d' ' "$1" "$2" | awk '{ print $1 / $2 }'
}

# figures_keep NAME UNIT MEDIAN MIN MAX ROUNDS [MORE]
figures_keep() {
    [ -n "$results" ] || return 0
    printf '{"bench":"%s","figure":"%s","unit":"%s","median":%.6g,"min":%.6g,"max":%.6g,%s}\n' \
        "$FIGURES_BENCH" "$1" "$2" "$3" "$4" "$5" "\"rounds\":$6${7:-},\"quick\":$quick" \
        >>"$results"
}

figures_judge() {
    local name=$1 sense=$2 target=$3 median low high n met=MISSED kept=false word=at_least
    read -r median low high n < <(figures_median /dev/stdin)
    [ -n "$n" ] || net_fail "$name: no round was measured"
    if awk "BEGIN { exit !($median $sense $target) }"; then
        met=met kept=true
    else
        FIGURES_MISSED=true
    fi
    [ "$sense" = '>=' ] || word=at_most
    printf '%-34s ratio %.2f [%.2f..%.2f]  target %s %.2f  %s\n' \
        "$name" "$median" "$low" "$high" "$sense" "$target" "$met"
    figures_keep "$name" ratio "$median" "$low" "$high" "$n" ",\"$word\":$target,\"met\":$kept"
}

figures_tell() {
    local median low high n
    read -r median low high n < <(figures_median "$3")
    [ -n "$n" ] || net_fail "$1: no round was measured"
    printf '  %-38s %10.2f %-4s [%.2f..%.2f]\n' "$1" "$median" "$2" "$low" "$high"
    figures_keep "$1" "$2" "$median" "$low" "$high" "$n"
}

figures_end() {
    ! $quick || echo "$FIGURES_BENCH: --quick shows only that it runs"
    ! $check || ! $FIGURES_MISSED
}
