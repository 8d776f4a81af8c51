#!/bin/sh
# Builds another revision beside this one and compares the two: `make bench-compare` calls it as
# bench/compare/run.sh BASE LIBRARY DRIVER [OPTION]..., with CC, CFLAGS and LIBS as this build has
# them. LIBRARY is this build's libyoke.a; its headers are in include/.
set -eu
base=$1 library=$2 driver=$3
shift 3

give_up() {
    echo "bench-compare: $*" >&2
    exit 1
}

[ "$base" ] || give_up 'name what to compare with: make bench-compare BASE=HEAD~1'
git rev-parse --git-dir >/dev/null 2>&1 || give_up 'this is no clone: there are no other revisions'
commit=$(git rev-parse --verify --quiet "$base^{commit}") || give_up "there is no revision $base"

folder=build/compare
tree=$folder/base
clean() {
    git worktree remove --force $tree 2>/dev/null || rm -rf $tree
    git worktree prune
}
trap clean EXIT
clean
mkdir -p $folder
git worktree add --quiet --detach $tree "$commit"

echo "base: $(git log -1 --format='%h %s' "$commit")"
echo "new:  $(git log -1 --format='%h %s')$(git diff --quiet HEAD -- include lib || echo ', with changes')"

${MAKE:-make} -C $tree FLAVOUR=release build/release/libyoke.a > $folder/base.log 2>&1 ||
    give_up "$base does not build: see $folder/base.log"

# stopwatch FROM LIBRARY: this revision's program with that one's headers and library
stopwatch() {
    ${CC:-cc} -std=c11 -D_GNU_SOURCE $CFLAGS -fopenmp -I"$1/include" bench/compare/stopwatch.c "$2" \
        $LIBS -o "$folder/$3" > "$folder/$3.log" 2>&1
}
stopwatch . "$library" new || give_up "cannot build bench/compare/stopwatch.c: see $folder/new.log"
stopwatch $tree $tree/build/release/libyoke.a old ||
    give_up "$base lacks what bench/compare/stopwatch.c calls: see $folder/old.log"

"$driver" $folder/old $folder/new "$@"
