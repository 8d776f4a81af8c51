#!/bin/sh
# Installs into a temporary folder, as a packager would, and uses what lies there as a stranger
# would: the README's program built through pkg-config, shared and static; the seed's sums from C,
# C++, Python and Fortran; then uninstalls without a trace. `make check-install` runs it and sets
# CC, MAKE and VERSION.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
staged=$folder/staged
prefix=/opt/yoke
libraries=$staged$prefix/lib
root=$PWD

fail() {
    echo "check-install: $*" >&2
    exit 1
}

expect() { # EXPECTED COMMAND...
    expected=$1
    shift
    actual=$("$@") || fail "$* failed"
    [ "$actual" = "$expected" ] || fail "$* printed '$actual', not '$expected'"
}

${MAKE:-make} install DESTDIR="$staged" PREFIX=$prefix > "$folder/said"
! grep export "$folder/said" || fail 'what is staged is used elsewhere: it tells of variables here'

for header in include/yoke/*.h include/yoke/*.hpp; do
    [ -f "$staged$prefix/$header" ] || fail "$header was not installed"
done

# As pkg-config does for a system that lies in a folder, it puts the folder before every path.
flags() { # ARGUMENTS...
    PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$staged \
        ${PKG_CONFIG:-pkg-config} "$@" yoke
}

# VARIABLE of yoke.pc or another module's: paths, which some versions put the folder before, others not
installed() { # VARIABLE [MODULE]
    PKG_CONFIG_PATH=$libraries/pkgconfig ${PKG_CONFIG:-pkg-config} --variable="$1" "${2:-yoke}" |
        sed "s|$prefix/|$staged$prefix/|g"
}

sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' > "$folder/program.c"
sum=279209790387276 # of the primes below 1e8
cd "$folder"
expect "$VERSION" flags --modversion
(
    cd "$root"
    for variable in PREFIX LIBDIR CC PKG_CONFIG FLAVOUR; do
        env $variable= ${MAKE:-make} -n uninstall DESTDIR="$staged" |
            grep -q "'$staged/usr/local/lib/libyoke.so'" || fail "$variable is empty and not unset"
    done
)

${CC:-cc} -std=c11 -Wall -Wextra -Werror program.c $(flags --cflags --libs) -o shared
expect $sum env LD_LIBRARY_PATH="$libraries" ./shared
! ./shared 2>/dev/null || fail 'the shared program does not need libyoke.so'

# The linker takes the archive where there is no shared library beside it.
mkdir archive
mv "$libraries"/libyoke.so* archive
${CC:-cc} -std=c11 program.c $(flags --cflags --static --libs) -o static
expect $sum ./static
mv archive/* "$libraries"

expect 1060 "$staged$prefix/bin/yoke" sum 100 --quiet

# The seed's program in each language that there is a compiler for.
languages=
expect_sums() { # LANGUAGE COMMAND...
    language=$1
    shift
    env LD_LIBRARY_PATH="$libraries" "$@" > printed || fail "the example in $language failed"
    grep '^Sum' printed | cmp -s - "$root/tests/bindings/sums.txt" ||
        fail "the example in $language prints $(cat printed)"
    languages="$languages $language"
}

has() { # COMPILER LANGUAGE
    command -v "$1" >/dev/null || { echo "SKIPPED check-install in $2: there is no $1"; false; }
}

${CC:-cc} -fopenmp -D_GNU_SOURCE -I"$root/apps" "$root/apps/sum_primes.c" "$root"/apps/cli/*.c \
    $(flags --cflags --libs) -lm -o example
expect_sums C ./example
if has "${CXX:-g++}" C++; then
    ${CXX:-g++} -std=c++17 -fopenmp "$root/apps/sum_primes.cpp" $(flags --cflags --libs) -o example
    expect_sums C++ ./example
fi
if has python3 Python; then
    expect_sums Python env -u YOKE_LIBRARY PYTHONDONTWRITEBYTECODE=1 \
        PYTHONPATH="$(installed python)" python3 "$root/apps/sum_primes.py"
    [ ! -e "$libraries/libyoke_cluster.so" ] || expect "$VERSION" \
        env -u YOKE_LIBRARY PYTHONDONTWRITEBYTECODE=1 LD_LIBRARY_PATH="$libraries" \
        PYTHONPATH="$(installed python)" python3 -c \
        'import yoke, yoke_cluster; print(yoke.version())'
fi
if has "${FC:-gfortran}" Fortran; then
    ${FC:-gfortran} -fopenmp "$(installed fortran)" "$root/apps/sum_primes.f90" \
        $(flags --libs) -o example
    expect_sums Fortran ./example
    [ ! -e "$libraries/libyoke_cluster.so" ] ||
        ${FC:-gfortran} -fopenmp $(installed fortran yoke_cluster) "$root/tests/bindings/test_cluster.f90" \
            -L"$libraries" -lyoke_cluster -lyoke -o example ||
        fail 'nothing is built on the cluster in Fortran'
fi

if has cmake CMake; then
    cat > CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.13)
project(program C)
find_package(yoke 0.1 REQUIRED CONFIG)
foreach(kind yoke static)
  add_executable(with_${kind} program.c)
  target_link_libraries(with_${kind} yoke::${kind})
endforeach()
find_package(yoke 99 QUIET CONFIG)
if(yoke_FOUND)
  message(FATAL_ERROR "a version that is too old is taken")
endif()
END
    cmake -DCMAKE_PREFIX_PATH="$staged$prefix" -DCMAKE_C_COMPILER="${CC:-cc}" -B cmake . > printed &&
        cmake --build cmake >> printed || fail "find_package(yoke): $(cat printed)"
    expect $sum cmake/with_yoke
    expect $sum cmake/with_static
    languages="$languages, by CMake"
fi

# The manual reads without a warning, and has a page for every name that a program can link with.
for name in $(sed -n 's/^ *\(yoke_[a-z0-9_]*\);$/\1/p' "$root"/lib/*.map); do
    [ -f "$staged$prefix/share/man/man3/$name.3" ] || fail "no manual page for $name"
done
if has man 'the manual'; then
    for page in "$staged$prefix"/share/man/man[13]/*; do
        warnings=$(cd "$staged$prefix/share/man" && man --warnings --local-file "$page" 2>&1 >/dev/null)
        [ -z "$warnings" ] || fail "$page: $warnings"
    done
fi

cd "$root"
${MAKE:-make} uninstall DESTDIR="$staged" PREFIX=$prefix >/dev/null

# In somebody's home. What the installation says is left to set is enough, and nothing of it is too
# much; Python finds its module also where a folder, such as a clone, is called yoke.
check_home() {
    export HOME="$folder/home"
    unset LD_LIBRARY_PATH PKG_CONFIG_PATH PYTHONPATH MANPATH
    mkdir -p "$HOME/beside/yoke"
    ${MAKE:-make} install PREFIX="$HOME/.local" > "$folder/said"
    sed -n 's/^  export /export /p' "$folder/said" > "$folder/lines"
    grep '^export ' "$root/README.md" | cmp -s - "$folder/lines" ||
        echo "check-install: README.md has other lines than this system needs: $(cat "$folder/said")"
    for number in $(seq "$(wc -l < "$folder/lines")"); do
        sed "${number}d" "$folder/lines" > "$folder/others"
        (set +u && . "$folder/others" && ${MAKE:-make} install PREFIX="$HOME/.local" |
            sed -n 's/^  export /export /p') > "$folder/left"
        sed -n "${number}p" "$folder/lines" | cmp -s - "$folder/left" ||
            fail "without line $number of $(cat "$folder/said"): $(cat "$folder/left")"
    done
    . "$folder/lines"
    ${MAKE:-make} install PREFIX="$HOME/.local" | grep -q 'nothing left to set' ||
        fail "$(cat "$folder/said") is not enough"
    cd "$HOME/beside"
    expect 1060 yoke sum 100 --quiet
    ${CC:-cc} -std=c11 "$folder/program.c" $(${PKG_CONFIG:-pkg-config} --cflags --libs yoke) -o program
    expect $sum ./program
    ${CC:-cc} -std=c11 "$folder/program.c" $(${PKG_CONFIG:-pkg-config} --cflags yoke) \
        $(${PKG_CONFIG:-pkg-config} --variable=static yoke) -o program
    expect $sum env LD_LIBRARY_PATH= ./program
    if has python3 Python; then
        expect 1060 env -u YOKE_LIBRARY PYTHONDONTWRITEBYTECODE=1 python3 -c \
            'import yoke; server = yoke.Server(1); print(server.submit(yoke.sum_primes, (100,))())'
    fi
    cd "$root"
    ${MAKE:-make} uninstall PREFIX="$HOME/.local" >/dev/null
}
(check_home) || exit
if git rev-parse --verify -q HEAD >/dev/null 2>&1; then
    ${MAKE:-make} dist >/dev/null
    tar -tzf "build/yoke-$VERSION.tar.gz" | sed -n "s|^yoke-$VERSION/\\(.*[^/]\\)$|\\1|p" | sort > "$folder/packed"
    git ls-tree -r --name-only HEAD | sort | cmp - "$folder/packed" || fail "make dist packs $(cat "$folder/packed")"
fi
left=$(find "$staged" "$folder/home" -mindepth 1 ! -path "$folder/home/beside*")
[ -z "$left" ] || fail "uninstall leaves $left"

# A prefix with a blank, in folders some of which have been there before and stay.
mkdir -p "$folder/with blank/share/man"
${MAKE:-make} install PREFIX="$folder/with blank" >/dev/null
eval "${CC:-cc}" "$folder/program.c" \
    "$(PKG_CONFIG_PATH="$folder/with blank/lib/pkgconfig" ${PKG_CONFIG:-pkg-config} --cflags --libs yoke)" \
    -o "$folder/blank"
expect $sum env LD_LIBRARY_PATH="$folder/with blank/lib" "$folder/blank"
${MAKE:-make} uninstall PREFIX="$folder/with blank" >/dev/null
expect 'share share/man' echo $(cd "$folder/with blank" && find . -mindepth 1 | sed 's|^./||' | sort)
echo "check-install: installed, built against it shared and static, in$languages, uninstalled"
