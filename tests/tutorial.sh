#!/bin/sh
# Does what apps/TUTORIAL.md says, to the letter: `tests/tutorial.sh BUILD` compiles and runs every
# program by the lines that are printed there, and compares what it prints with the text that
# follows, where "..." stands for anything. Only that yoke is not installed but in BUILD, and the
# hub's port, are kept from it. Where the cluster was not built its program is only compiled.
set -eu
build=$(realpath "$1")
root=$PWD
folder=$(mktemp -d)
# A hub that is ending still writes into its folder.
stop_all() {
    for process in $(tac "$folder/processes" 2>/dev/null); do
        kill "$process" 2>/dev/null || true
        for look in $(seq 100); do
            kill -0 "$process" 2>/dev/null || break
            sleep 0.1
        done
    done
}
end() {
    stop_all
    rm -rf "$folder"
}
trap end EXIT

fail() {
    echo "tutorial: $*" >&2
    exit 1
}

# ---- an installation, as far as the tutorial sees one --------------------------------------------

mkdir "$folder/bin" "$folder/work"
for module in yoke yoke_cluster; do
    sed "s|@PREFIX@|$root|; s|@LIBDIR@|$build|; s|@VERSION@|0|; s|@[A-Z_]*@||" \
        "lib/$module.pc.in" > "$folder/bin/$module.pc"
done
cat > "$folder/bin/cc" <<END_OF_CC
#!/bin/sh
export PATH="$PATH" # where this one is not
exec ${CC:-cc} -std=c11 -Wall -Wextra -Werror "\$@"
END_OF_CC
cat > "$folder/bin/yoke" <<END_OF_YOKE
#!/bin/sh
[ "\$1" != hub ] || set -- "\$@" --listen="\$YOKE_SERVERS"
case \$1 in
hub | node) echo \$\$ >> $folder/processes ;;
esac
exec $build/apps/yoke "\$@"
END_OF_YOKE
chmod +x "$folder"/bin/*
export PATH="$folder/bin:$PATH" PKG_CONFIG_PATH="$folder/bin" LD_LIBRARY_PATH="$build"

# Others on this machine may have the port, such as a second run of this.
start_cluster() { # BLOCK
    for try in $(seq 20); do
        export YOKE_SERVERS=127.0.0.1:$((12000 + ($$ + 997 * try) % 20000))
        sh -eu "$1" >cluster.log 2>&1
        ! grep -q 'Server is ready' cluster.log || return 0
        stop_all
        rm -r "$folder/processes" yoke-hub
    done
    fail "the hub does not start: $(cat cluster.log)"
}

# ---- its blocks ----------------------------------------------------------------------------------

# Each becomes a file NUMBER.LANGUAGE.NAME.
awk -v folder="$folder/work" '
    /^```./ {
        language = substr($1, 4)
        file = sprintf("%s/%02d.%s.%s", folder, ++blocks, language, $2)
        printf "" > file
        next
    }
    /^```$/ { close(file); file = ""; next }
    file != "" { print > file }' apps/TUTORIAL.md

compare() { # EXPECTED FOUND WHAT
    sed 's/[][\\.*^$|+()]/\\&/g; s/\\\.\\\.\\\./.*/g' "$1" > patterns
    [ "$(wc -l < "$1")" = "$(wc -l < "$2")" ] || fail "$3 prints $(cat "$2")"
    paste -d '\n' patterns "$2" | while read -r pattern && IFS= read -r line; do
        printf '%s\n' "$line" | grep -qxE " *$pattern" || fail "$3 prints \"$line\", not \"$pattern\""
    done
}

run() { # BLOCK
    sh -eu "$1" > printed || fail "$1 fails: $(cat "$1" cluster.log 2>/dev/null)"
    printed=$1
}

cd "$folder/work"
has_cluster=
[ ! -e "$build/libyoke_cluster.so" ] || has_cluster=yes
ran=0 printed=
for block in [0-9]*; do
    case $block in
    *.c.sums.h) mv "$block" sums.h ;;
    *.c.cluster.c)
        sed '/where.credentials/a where.servers = "'"${YOKE_SERVERS:-}"'";' "$block" > cluster.c
        ;;
    *.c.*)
        name=${block##*.c.} name=${name%.c}
        mv "$block" "$name.c"
        sed "s/\\<one\\>/$name/g" compile > "compile.$name"
        run "compile.$name"
        ;;
    *.sh.compile)
        if [ ! -e compile ]; then
            mv "$block" compile # of all that follow but the last
        elif [ "$has_cluster" ]; then
            run "$block"
        else
            cc -I"$root/include" -fsyntax-only cluster.c
            echo "SKIPPED the tutorial's last program: the cluster is not built" >&2
            printed=
        fi
        ;;
    *.sh.cluster) [ ! "$has_cluster" ] || start_cluster "$block" ;;
    *.sh.*) run "$block" ;;
    *.text.*)
        [ -z "$printed" ] || compare "$block" printed "$printed"
        [ -z "$printed" ] || ran=$((ran + 1))
        ;;
    *) fail "nobody knows what to do with $block" ;;
    esac
done
[ $ran -ge 6 ] || fail "only $ran of its programs ran"
