#!/bin/sh
# Compiles and runs every block of apps/TUTORIAL.md, and compares what it prints with the text that
# follows it, where "..." stands for anything: `tests/tutorial.sh BUILD`. The cluster's program is
# run where the cluster was built; else it is only compiled.
set -eu
build=$(realpath "$1")
root=$PWD
folder=$(mktemp -d)
processes=
end() {
    for process in $processes; do
        kill "$process" 2>/dev/null && wait "$process" || true
    done
    rm -rf "$folder"
}
trap end EXIT
export PATH="$build/apps:$PATH"

# Each block becomes a file NUMBER.LANGUAGE.NAME.
awk -v folder="$folder" '
    /^```./ {
        language = substr($1, 4)
        file = sprintf("%s/%02d.%s.%s", folder, ++blocks, language, $2)
        printf "" > file
        next
    }
    /^```$/ { close(file); file = ""; next }
    file != "" { print > file }' apps/TUTORIAL.md

fail() {
    echo "tutorial: $*" >&2
    exit 1
}

compare() { # EXPECTED FOUND WHAT
    sed 's/[][\\.*^$|+()]/\\&/g; s/\\\.\\\.\\\./.*/g' "$1" > patterns
    [ "$(wc -l < "$1")" = "$(wc -l < "$2")" ] || fail "$3 prints $(cat "$2")"
    paste -d '\n' patterns "$2" | while read -r pattern && IFS= read -r line; do
        printf '%s\n' "$line" | grep -qxE " *$pattern" || fail "$3 prints \"$line\", not \"$pattern\""
    done
}

compile() { # SOURCE LIBRARIES
    ${CC:-cc} -std=c11 -Wall -Wextra -Werror -I"$root/include" "$1" -L"$build" \
        -Wl,-rpath,"$build" $2 -o program
}

# Others on this machine may have the port, such as a second run of this.
start_hub() {
    for try in $(seq 20); do
        export YOKE_SERVERS=127.0.0.1:$((12000 + ($$ + 997 * try) % 20000))
        yoke hub --listen=$YOKE_SERVERS 2>hub.log &
        processes=$!
        while kill -0 $processes 2>/dev/null; do
            ! grep -qs 'Server is ready' hub.log || return 0
            sleep 0.1
        done
    done
    fail "the hub does not start: $(cat hub.log)"
}

start_cluster() {
    start_hub
    yoke node --credentials=yoke-hub/credentials --threads=1 2>node.log &
    processes="$! $processes"
}

cd "$folder"
ran=0 printed=
for block in [0-9]*; do
    name=${block##*.} language=${block#*.} language=${language%%.*}
    case $block in
    *.c.sums.h) mv "$block" sums.h ;;
    *.c.cluster.c)
        sed '/options.credentials/a options.servers = "'"${YOKE_SERVERS:-}"'";' "$block" > cluster.c
        if [ -e "$build/libyoke_cluster.so" ]; then
            compile cluster.c '-lyoke_cluster -lyoke'
            ./program > printed || fail "$block fails: $(cat hub.log node.log)"
            printed=cluster
        else
            ${CC:-cc} -std=c11 -Wall -Wextra -I"$root/include" -fsyntax-only cluster.c
            echo "SKIPPED the tutorial's last program: the cluster is not built" >&2
            printed=
        fi
        ;;
    *.c.*)
        mv "$block" program.c
        compile program.c -lyoke
        ./program > printed || fail "$block fails"
        printed=$block
        ;;
    *.sh.cluster) [ ! -e "$build/libyoke_cluster.so" ] || start_cluster ;;
    *.sh.*)
        sh -eu "$block" > printed || fail "$block fails"
        printed=$block
        ;;
    *.text.*)
        [ -z "$printed" ] || compare "$block" printed "$printed"
        [ -z "$printed" ] || ran=$((ran + 1))
        ;;
    *) fail "nobody knows what to do with $block" ;;
    esac
done
[ $ran -ge 6 ] || fail "only $ran of its programs ran"
