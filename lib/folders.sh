#!/bin/sh
# The folders of an installation. `lib/folders.sh make RECORD FOLDER` makes the folder and notes in the
# file RECORD what was missing on the way there; `lib/folders.sh remove RECORD` removes what it
# notes, unless somebody else has put something there. DESTDIR is put before every path, and not noted.
set -eu
record=$DESTDIR$2

make_folder() { # FOLDER
    missing=
    folder=$1
    until [ -d "$DESTDIR$folder" ] || [ "$folder" = "$(dirname "$folder")" ]; do
        missing="$folder
$missing"
        folder=$(dirname "$folder")
    done
    install -d "$DESTDIR$1" "$(dirname "$record")"
    printf '%s' "$missing" >> "$record"
}

if [ "$1" = make ]; then
    make_folder "$(dirname "$2")"
    make_folder "$3"
elif [ -f "$record" ]; then
    made=$(sort -r "$record") # the inner ones first
    rm "$record"
    printf '%s\n' "$made" | while IFS= read -r folder; do
        rmdir "$DESTDIR$folder" 2>/dev/null || true
    done
fi
