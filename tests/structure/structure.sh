#!/bin/sh
# make check-structure: who calls whom among the modules of lib/, as gcc's call graphs tell. A module
# is NAME.c with NAME.h. Within a folder of lib/ no calls lead round in a ring, and none lead up: each
# folder calls those below it, the cluster only what is public, and each room of a folder those below
# it. A call by a pointer is none.
# FLAGS has the compiler's flags. Arguments: a folder to work in, the files of lib/ to look at.
set -u
work=$1
shift
export FLAGS work

echo 'int main(void) { return 0; }' | gcc -fcallgraph-info -x c -c - -o "${TMPDIR:-/tmp}/$$.o" 2>/dev/null
found=$?
rm -f "${TMPDIR:-/tmp}/$$".*
if [ $found -ne 0 ]; then
    echo "SKIPPED check-structure: it needs gcc 10 or later, for its call graphs" >&2
    exit 0
fi
rm -rf "$work" && mkdir -p "$work" || exit 1
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c \
    'gcc $FLAGS -O0 -w -fcallgraph-info -c {} -o "$work/$(echo {} | tr / _).o"' || exit 1

# "CALLER CALLEE FUNCTION" for each call of a function that another module defines.
cat "$work"/*.ci | awk -F'"' '
    function module(label,    part, path) {
        split(label, part, /\\n/)
        path = part[2]
        sub(/:.*/, "", path)
        sub(/^\.\//, "", path)
        sub(/\.[ch]$/, "", path)
        return sub(/^lib\//, "", path) ? path : ""
    }
    /^node:/ && !/ellipse/ { defined[$2] = module($4) }
    /^edge:/ { from[++calls] = $2; to[calls] = $4 }
    END {
        for (i = 1; i <= calls; i++) {
            caller = defined[from[i]]
            callee = defined[to[i]]
            name = to[i]
            sub(/.*:/, "", name)
            if (caller && callee && caller != callee && !seen[caller, callee, name]++)
                print caller, callee, name
        }
    }' | sort >"$work/calls"

failed=0
for folder in lib/*/; do
    folder=$(basename "$folder")
    awk -v folder="$folder/" 'index($1, folder) == 1 && index($2, folder) == 1 {
        print $1, $2
    }' "$work/calls" >"$work/$folder.edges"
    if ! tsort "$work/$folder.edges" >/dev/null 2>"$work/$folder.ring"; then
        failed=1
        echo "lib/$folder: these modules call each other in a ring:"
        sed -n 's/^tsort: \([^-].*\)/\1/p' "$work/$folder.ring" | grep -v 'contains a loop' |
            awk -v calls="$work/calls" '
                { ring[$1] = 1 }
                END {
                    while ((getline <calls) > 0)
                        if (ring[$1] && ring[$2])
                            print "  " $1 " -> " $2 ": " $3
                }'
    fi
done

up=$(awk '
    BEGIN { height["base"] = 1; height["topology"] = 2; height["server"] = 3; height["numeric"] = 4; height["primes"] = 5 }
    {
        split($1, caller, "/")
        split($2, callee, "/")
        a = caller[1]
        b = callee[1]
        if (a == b)
            next
        public = $3 ~ /^yoke_/
        good = a == "cluster" ? public || $2 == "base/extensible" : height[a] > height[b] && height[b]
        if (!good)
            print "  " $1 " -> " $2 ": " $3
    }' "$work/calls")
# The rooms of a folder, from the top: as its README lists them.
rooms="server/api server/trace server/waiting server/workers server/lifecycle server/scheduler server/jobs
    cluster/executor cluster/client cluster/durable cluster/ledger cluster/node cluster/blobs cluster/transport"
up=${up:+$up
}$(awk -v rooms="$(echo $rooms)" '
    BEGIN { for (count = split(rooms, room); count; count--) depth[room[count]] = count }
    {
        a = $1
        b = $2
        sub(/\/[^\/]*$/, "", a)
        sub(/\/[^\/]*$/, "", b)
        split(a, of, "/")
        if (depth[a] && depth[b] && depth[a] > depth[b] && index(b, of[1] "/") == 1)
            print "  " $1 " -> " $2 ": " $3
    }' "$work/calls")
if [ "$up" ]; then
    failed=1
    echo "these calls lead up, or past what is public:"
    echo "$up"
fi
echo "check-structure: $(cut -d' ' -f1,2 "$work/calls" | tr ' ' '\n' | sort -u | grep -c .) modules," \
    "$(grep -c . "$work/calls") calls between them, $([ $failed = 0 ] && echo no ring and none up || echo FAILED)"
[ $failed = 0 ]
