#!/bin/sh
# Compares the options in `yoke COMMAND --help` with what stands elsewhere, and prints what differs:
# tests/apps/in_step.sh bash|zsh|man COMMAND...
where=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The section of a command in the page yoke(1).
page() { # COMMAND
    sh apps/manual.sh yoke 1.2.3 | sed 's/\\-/-/g' | awk -v start=".SS \"yoke $1 [" '
        /^\.S[SH] / { inside = index($0, start) == 1 }
        inside && sub(/^\.B (-[a-zA-Z], )?--/, "--") {
            sub(/\[=.*/, ""); sub(/=.*/, "="); print
        }'
}

for command; do
    yoke $command --help | sed -n 's/^  .\{4\}\(--[a-z-]*=\{0,1\}\).*/\1/p' | sort > "$folder/help"
    case $where in
    man) page "$command" ;;
    *) sh tests/apps/complete.sh "$where" yoke $command -- | sed 's/\[.*//; s/=-$//' ;;
    esac | sort > "$folder/elsewhere"
    cmp -s "$folder/help" "$folder/elsewhere" && [ -s "$folder/help" ] ||
        { echo "$where: yoke $command:" && diff "$folder/help" "$folder/elsewhere"; }
done
exit 0
