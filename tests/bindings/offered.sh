#!/bin/sh
# Every symbol that programs can link with must stand in the Python and in the Fortran binding, or
# in the words "Not here" at its top, with the reason. Run from the root of the repository.
set -eu
failed=0

# declares FILE SYMBOL
declares() {
    case $1 in
    *.py) grep -qE "[ (]${2#yoke_}=\[|_library\.$2\>" "$1" ;;
    *.f90) grep -qE "(function|subroutine) $2\(|name=\"$2\"" "$1" ;;
    esac
}

# leaves_out SYMBOL PATTERN...
leaves_out() {
    symbol=$1
    shift
    for pattern; do
        case $symbol in $pattern) return 0 ;; esac
    done
    return 1
}

# compare BINDING MAP
compare() {
    # From "Not here" to the end of the sentence's paragraph: its symbols and patterns.
    left_out=$(sed -n '/Not here/,/^[! ]*$\|^"""\|^module/p' "$1" |
        grep -oE 'yoke_[a-z0-9_]+\*?') || true # all of them are there
    for symbol in $(sed -n 's/^ *\(yoke_[a-z0-9_]*\);$/\1/p' "$2"); do
        if declares "$1" "$symbol"; then
            ! leaves_out "$symbol" $left_out || { echo "$1 has $symbol after all"; failed=1; }
        else
            leaves_out "$symbol" $left_out || { echo "$1 lacks $symbol"; failed=1; }
        fi
    done
}

set -- lib/bindings/*.*
set -f
for binding; do
    module=$(basename "${binding%.*}")
    compare "$binding" "lib/$module.map"
done
exit $failed
