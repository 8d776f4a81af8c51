#!/bin/sh
# Writes section 3 of the manual into FOLDER: a page for each public header, and for each function a
# page that leads there. `lib/manual.sh FOLDER VERSION HEADER...`
set -eu
folder=$1
version=$2
shift 2

page_of() { # HEADER
    name=$(basename "$1" .h)
    case $name in
    yoke) echo yoke ;;
    *) echo "yoke_$name" ;;
    esac
}

mkdir -p "$folder"
pages=
for header; do
    pages="$pages $(page_of "$header")"
done
for header; do
    page=$(page_of "$header")
    awk -f "$(dirname "$0")/manual.awk" -v page="$page" -v version="$version" -v others="$pages" \
        "$header" "$header" > "$folder/$page.3"
    for name in $(sed -n 's/^[a-z].*\(yoke_[a-z0-9_]*\)(.*/\1/p' "$header"); do
        case " $pages " in
        *" $name "*) ;;
        *) echo ".so man3/$page.3" > "$folder/$name.3" ;;
        esac
    done
done
