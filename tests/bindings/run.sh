#!/bin/sh
# Builds and runs a binding's test and example: LANGUAGE (python, c++ or fortran), against the
# library in the folder BUILD. Exit status 77: this machine has no compiler for it. CC, CXX and FC
# are the compilers.
set -eu
language=$1
build=$(realpath "$2")
root=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

skip() { # WHAT IS MISSING
    echo "SKIPPED tests of the $language binding: there is no $1" >&2
    exit 77
}

# The seed's nine sums, whatever else the example prints.
check_example() { # COMMAND...
    "$@" 2 > printed
    grep '^Sum' printed | cmp - "$root/tests/bindings/sums.txt"
    grep -q '^         9 |        100.00 ' printed
}

link="-I$root/include -L$build -Wl,-rpath,$build"
case $language in
python)
    command -v python3 >/dev/null || skip python3
    export YOKE_LIBRARY="$build/libyoke.so" PYTHONPATH="$root/lib/bindings" \
        PYTHONDONTWRITEBYTECODE=1 CC="${CC:-cc}"
    for tests in test_yoke test_yoke_faults test_loops test_map_reduce test_arrays; do
        python3 -W error "$root/tests/bindings/$tests.py" --quiet
    done
    check_example python3 "$root/apps/sum_primes.py"
    ;;
c++)
    CXX=${CXX:-g++}
    command -v "$CXX" >/dev/null || skip "$CXX"
    for source in tests/bindings/test_yoke tests/bindings/test_forks tests/bindings/test_loops \
        tests/bindings/test_scans tests/bindings/test_map tests/bindings/test_map_reduce \
        tests/bindings/test_arrays apps/sum_primes; do
        $CXX -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1 -fopenmp \
            "$root/$source.cpp" $link -lyoke -o program
        case $source in tests/*) ./program ;; *) check_example ./program ;; esac
    done
    ;;
fortran)
    FC=${FC:-gfortran}
    command -v "$FC" >/dev/null || skip "$FC"
    $FC -std=f2018 -Wall -Wextra -Wno-c-binding-type -Werror -fopenmp -c "$root/lib/bindings/yoke.f90"
    for source in tests/bindings/test_yoke tests/bindings/test_loops tests/bindings/test_map_reduce \
        tests/bindings/test_arrays apps/sum_primes; do
        $FC -std=f2018 -fopenmp "$root/$source.f90" yoke.o $link -lyoke -o program
        case $source in
        tests/*)
            ./program > printed || { cat printed && exit 1; }
            case $source in *test_yoke) grep -q '"places": \[{' printed ;; esac
            ;;
        *) check_example ./program ;;
        esac
    done
    ;;
*)
    echo "expected python, c++ or fortran, not $language" >&2
    exit 2
    ;;
esac
