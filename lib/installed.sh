#!/bin/sh
# What is left to do after an installation that is to be used where it lies: as root, telling the
# loader of the library; else, or where that does not help, the lines that a shell still needs, and
# only those: each is left out where a program, pkg-config, Python or man find yoke without it.
# `make install` runs it, and sets CC, PKG_CONFIG, PREFIX, LIBDIR, PYTHONDIR and MANDIR.
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" # where no folder is called yoke

if [ "$(id -u)" = 0 ]; then
    PATH=$PATH:/usr/sbin:/sbin ldconfig 2>/dev/null || true # musl has none, and needs none
fi

finds_program() {
    [ "$(command -v yoke)" = "$PREFIX/bin/yoke" ]
}

finds_flags() {
    [ "$($PKG_CONFIG --variable=pcfiledir yoke 2>/dev/null)" = "$LIBDIR/pkgconfig" ]
}

loads_library() {
    echo 'const char *yoke_version(void); int main(void) { return !yoke_version(); }' |
        $CC -x c - -L"$LIBDIR" -lyoke -o program 2>/dev/null && ./program 2>/dev/null
}

finds_module() {
    ! command -v python3 >/dev/null ||
        python3 -c 'import sys, importlib.util as util
sys.exit(util.find_spec("yoke").origin != sys.argv[1])' "$PYTHONDIR/yoke.py" 2>/dev/null
}

finds_manual() {
    ! command -v man >/dev/null ||
        [ "$(PATH=$PREFIX/bin:$PATH man -w yoke 2>/dev/null)" -ef "$MANDIR/man1/yoke.1" ]
}

lines=
# Puts the folder before what the variable has; a path that ends in a colon would have ".", too.
set_first() { # VARIABLE FOLDER
    case $2 in
    "${HOME:-/}"/*) set -- "$1" "\$HOME${2#"$HOME"}" ;;
    esac
    lines="$lines
  export $1=\"$2\${$1:+:\$$1}\""
}

finds_program || set_first PATH "$PREFIX/bin"
finds_flags || set_first PKG_CONFIG_PATH "$LIBDIR/pkgconfig"
loads_library || set_first LD_LIBRARY_PATH "$LIBDIR"
finds_module || set_first PYTHONPATH "$PYTHONDIR"
# For this one the colon stands for what man searches by itself.
finds_manual || lines="$lines
  export MANPATH=\"$MANDIR:\${MANPATH-}\""

if [ "$lines" ]; then
    echo "Installed in $PREFIX. To use it there, your shell needs these lines, now and in ~/.profile:"
    echo "$lines"
else
    echo "Installed in $PREFIX: there is nothing left to set."
fi
