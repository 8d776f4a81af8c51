#!/bin/sh
# Writes the page yoke(1) from the program's own help. `apps/manual.sh PROGRAM VERSION`
# Commands whose program, beside it, is not built are left out. What is built for another machine does
# not run here: BUILD_CC builds it once more for this one, with empty functions for the library's,
# since help calls none of them.
set -eu
program=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

build_here() { # PROGRAM SOURCE...
    name=$1
    shift
    ${BUILD_CC:-cc} -std=c11 -D_GNU_SOURCE -fopenmp -w -Iinclude -Iapps "$@" "$scratch/library.c" -lm -ldl \
        -o "$scratch/$name" || {
        echo "make man: the programs do not run here, and BUILD_CC=${BUILD_CC:-cc} cannot build them" \
            "for this machine: name a compiler that can" >&2
        exit 1
    }
}

if ! "$program" help 2>/dev/null | grep -q '^Usage'; then
    sed -n 's/^ *\(yoke_[a-z0-9_]*\);$/void \1(void) {}/p' lib/*.map > "$scratch/library.c"
    build_here yoke apps/yoke.c apps/cli/*.c apps/commands/*.c
    [ ! -e "$(dirname "$program")/yoke_cluster" ] ||
        build_here yoke_cluster apps/yoke_cluster.c apps/cli/*.c apps/commands/cluster/*.c
    program=$scratch/yoke
fi

"$program" help > "$scratch/help"
{
    cat "$scratch/help"
    for command in $(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$scratch/help"); do
        if help=$("$program" help "$command" 2>/dev/null); then
            printf '\n@ %s\n%s\n' "$command" "$help"
        fi
    done
    for command in 'sum --cluster' 'count --cluster'; do
        if help=$("$program" $command --help 2>/dev/null); then
            printf '\n@ %s\n%s\n' "$command" "$help"
        fi
    done
} | awk -f "$(dirname "$0")/manual.awk" -v version="$2"
