#!/bin/sh
# Makes the locale "comma" in FOLDER, for LOCPATH: 1234.5 is "1.234,5" in it. Needs no root, and no
# locale of the system. Exit status 77: this machine cannot make locales.
set -eu
cd "$1"
command -v localedef >/dev/null || exit 77
cat > comma.source <<'SOURCE'
comment_char %
escape_char /
LC_NUMERIC
decimal_point ","
thousands_sep "."
grouping 3;3
END LC_NUMERIC
SOURCE
# It warns of all that the source leaves out, and exits with 1 for that.
localedef -c -i comma.source ./comma >log 2>&1 || true
[ -e comma/LC_NUMERIC ] || { cat log >&2 && exit 77; }
