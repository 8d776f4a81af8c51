#!/bin/sh
# Whoever loads yoke at run time may unload it: the shared libraries in the folder BUILD, and a plugin
# with the static one in it, linked with the flags that pkg-config tells. CC is the compiler.
set -eu
build=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

${CC:-cc} -Wall -Wextra -Werror "$root/tests/loading/unload.c" -I"$root/include" -pthread -ldl -o unload

for told in 'Libs.private: ' 'static=${libdir}\/libyoke.a '; do
    static_flags=$(sed -n "s/^$told//p" "$root/lib/yoke.pc.in" |
        sed "s/@HWLOC_LIBS@/$(${PKG_CONFIG:-pkg-config} --libs hwloc)/; s/@STACK@//")
    [ "$static_flags" ]
    ${CC:-cc} -shared -fPIC -Wl,--whole-archive "$build/libyoke.a" -Wl,--no-whole-archive \
        $static_flags -o plugin.so
    ./unload ./plugin.so >&2
done
./unload "$build/libyoke.so" >&2
if [ -e "$build/libyoke_cluster.so" ]; then
    LD_LIBRARY_PATH=$build ./unload "$build/libyoke_cluster.so" cluster >&2
else
    echo "SKIPPED unloading libyoke_cluster.so: it was not built" >&2
fi
