#!/bin/sh
# Writes the page yoke(1) from the program's own help. `apps/manual.sh PROGRAM VERSION`
# Commands whose program is not built are left out.
set -eu
program=$1
{
    "$program" help
    for command in $("$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
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
