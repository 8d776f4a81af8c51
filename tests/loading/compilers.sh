#!/bin/sh
# Programs of gcc and clang with the libraries of both, shared and static: each opens a server again
# and again. Either OpenMP library, or both, may be in such a process. `make check-compilers` runs
# it, with the libraries in the folders WITH_GCC and WITH_CLANG; CLANG is clang.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
hwloc="$(${PKG_CONFIG:-pkg-config} --libs hwloc) -lm"

compile() { # COMPILER ARGUMENTS...
    compiler=$1
    shift
    "$compiler" -O1 -fopenmp -Iinclude tests/loading/reopen.c -o "$folder/program" "$@"
}

passed=0
try() { # WHAT COMPILER ARGUMENTS...
    what=$1
    shift
    compile "$@" || { echo "check-compilers: cannot link $what" >&2; exit 1; }
    printed=$(LD_PRELOAD=${preload-} timeout 60 "$folder/program" 2>&1) && [ "$printed" = reopened ] ||
        { echo "check-compilers: $what ended with $?: $printed" >&2; exit 1; }
    passed=$((passed + 1))
}

# Where clang's programs find their OpenMP library, and gcc's theirs.
compile "$CLANG" "$WITH_CLANG/libyoke.a" $hwloc
libomp=$(ldd "$folder/program" | sed -n 's/.* => \(.*libomp[^ ]*\) .*/\1/p')
libgomp=$(gcc -print-file-name=libgomp.so)

for library in gcc clang; do
    [ $library = gcc ] && build=$WITH_GCC || build=$WITH_CLANG
    for compiler in gcc "$CLANG"; do
        what="a program of $compiler with the library of $library"
        try "$what, shared" "$compiler" -L"$build" -lyoke -Wl,-rpath,"$build"
        # LLVM's OpenMP library knows all calls of GCC's, and not the other way round.
        [ "$compiler $library" = 'gcc clang' ] && other=$libomp || other=
        try "$what, static" "$compiler" "$build/libyoke.a" $hwloc $other
    done
    for order in "$libgomp $libomp" "$libomp $libgomp"; do
        try "the library of $library after $order" gcc -Wl,--no-as-needed $order -L"$build" -lyoke \
            -Wl,-rpath,"$build"
    done
done
preload=$libomp
try "$libomp before everything" gcc "$WITH_GCC/libyoke.a" $hwloc
try "$libomp before everything, at a fixed address" gcc -no-pie "$WITH_GCC/libyoke.a" $hwloc
echo "check-compilers: $passed programs open a server again and again"
