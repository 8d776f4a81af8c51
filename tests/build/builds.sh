#!/bin/sh
# Builds as others do: with -flto, which distributions set; for one processor; by compilers that yoke cannot be built by;
# for another processor; in two folders; programs for a library of another version. `make check-builds` runs it and sets CC, MAKE and VERSION.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cc=${CC:-cc}

fail() {
    echo "check-builds: $*" >&2
    exit 1
}

skip() {
    echo "SKIPPED check-builds $*" >&2
}

made() { # COMMAND...: its output is shown where it fails
    "$@" > "$folder/said" 2>&1 || fail "$* says: $(cat "$folder/said")"
}

# ---- -flto: the static libraries keep their own names to themselves ------------------------------

expect_public_names() { # FLAVOUR HOW
    for library in yoke yoke_cluster; do
        [ -e "build/$1/lib$library.a" ] || continue
        sed -n 's/^ *\(yoke_[a-z0-9_]*\);$/\1/p' lib/$library.map | sort > "$folder/public"
        nm -g --defined-only "build/$1/lib$library.a" | sed -n 's/.* [A-Z] //p' | sort |
            cmp -s - "$folder/public" || fail "lib$library.a defines other names, built by $2"
    done
}

links() { # COMPILER FLAGS...
    echo 'int main(void) { return 0; }' | "$@" -fopenmp -x c - -o "$folder/program" 2>/dev/null
}

for how in "$cc -flto=auto" "$cc -flto=auto -ffat-lto-objects" 'clang -flto'; do
    compiler=${how%% *}
    flags=${how#* }
    if links $compiler $flags; then
        made $MAKE FLAVOUR=lto CC="$compiler" CFLAGS="-O1 $flags" lib
        expect_public_names lto "$how"
    else
        skip "by $how: it cannot link a program"
    fi
done

# ---- -march: more instructions than a file of inner loops asks for --------------------------------

objects=$(printf 'build/march/lib/primes/isa/%s.o ' portable avx2 avx512 neon)
for processor in native x86-64-v3 x86-64-v4; do
    if echo | $cc -march=$processor -E - >/dev/null 2>&1; then
        made $MAKE FLAVOUR=march CFLAGS="-O1 -march=$processor" $objects
    else
        skip "for $processor: $cc does not know it"
    fi
done

# ---- compilers that cannot: one line -------------------------------------------------------------

expect_one_line() { # LINE COMMAND...
    line=$1
    shift
    ! "$@" > "$folder/said" 2>&1 || fail "$* succeeds"
    [ "$(grep -c 'error:\|\*\*\*' "$folder/said")" = 1 ] && grep -q "$line" "$folder/said" ||
        fail "$* says: $(cat "$folder/said")"
}

if echo | $cc -m32 -E - >/dev/null 2>&1; then
    narrow='yoke needs a 64-bit compiler with __int128'
    expect_one_line "$narrow" $MAKE FLAVOUR=narrow CC="$cc -m32" all tests
    for header in include/yoke/*.h; do
        echo 'int main(void) { return 0; }' > "$folder/program.c"
        expect_one_line "$narrow" $cc -m32 -Iinclude -include "$header" -c "$folder/program.c" -o "$folder/program.o"
    done
else
    skip "with 32 bits: $cc has no -m32"
fi
cxx=${CXX:-c++}
if command -v "$cxx" >/dev/null; then
    for header in include/yoke/*.hpp; do
        echo 'int main() { return 0; }' > "$folder/program.cpp"
        expect_one_line 'yoke needs C++17 or later' $cxx -std=c++14 -Iinclude -include "$header" \
            -c "$folder/program.cpp" -o "$folder/program.o"
    done
else
    skip "of C++14: there is no $cxx"
fi

# ---- for another processor: the same manual, from programs that do not run here -------------------

$MAKE man >/dev/null
mkdir "$folder/elsewhere"
for program in build/release/apps/yoke build/release/apps/yoke_cluster; do
    # What no processor runs stands for what this one does not.
    [ ! -e $program ] || printf '\177ELF' > "$folder/elsewhere/${program##*/}"
done
chmod +x "$folder"/elsewhere/*
BUILD_CC=$cc sh apps/manual.sh "$folder/elsewhere/yoke" "$VERSION" | cmp - build/release/man/yoke.1 ||
    fail 'the manual of a cross build is another one'
! BUILD_CC=false sh apps/manual.sh "$folder/elsewhere/yoke" "$VERSION" > "$folder/page" 2>&1 ||
    [ -s "$folder/page" ] || fail 'a manual that could not be made is empty, and nothing is said'

# ---- two folders: the same bytes -----------------------------------------------------------------

for place in one 'the other'; do
    mkdir "$folder/$place"
    cp -r Makefile include lib apps bench tests "$folder/$place"
    made $MAKE -C "$folder/$place" CFLAGS='-O1 -g' DESTDIR="$folder/$place/staged" PREFIX=/usr install
done
diff -r "$folder/one/staged" "$folder/the other/staged" || fail 'two folders give other bytes'

# ---- two versions: programs and libraries of either ----------------------------------------------

later="$folder/later"
mkdir "$later"
cp -r Makefile include lib apps bench tests "$later"
sed -i 's/^} yoke_\(task\|[a-z]*_options\|[a-z]*_statistics\);/    long added;\n&/' \
    "$later"/include/yoke/*.h
# (What stands in braces without it is no defect here: WERROR.)
# Its library says what it reads, and writes what programs of before have no room for.
sed -i '/^static yoke_status check_task(/,/^{/ s/^{/{\n    if (task->added)\n        return YOKE_INVALID;/' \
    "$later/lib/server/api/submit.c"
sed -i '/^static void collect(/,/^{/ s/^{/{\n    statistics->added = -2;/' \
    "$later/lib/server/api/statistics.c"
made $MAKE -C "$later" WERROR= CFLAGS='-O1 -g' "build/release/libyoke.so.$VERSION"
made $MAKE "build/release/libyoke.so.$VERSION"
for program in . "$later"; do
    [ "$program" = . ] && version= || version=-DADDED
    made $cc -Wall -Wextra -Wno-missing-field-initializers -Werror $version -I"$program/include" \
        tests/build/versions.c "$program/build/release/libyoke.so.$VERSION" -o "$folder/program"
    for library in . "$later"; do
        made env LD_LIBRARY_PATH="$library/build/release" "$folder/program"
    done
done

echo 'check-builds: -flto, compilers that are too old, the manual of a cross build, two folders, two versions'
