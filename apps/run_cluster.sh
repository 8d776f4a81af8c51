#!/bin/sh
# A cluster on this machine, from its start to its end: a hub, two nodes, the jobs of
# sum_primes_cluster, and the statistics with a row for each node. `make run-cluster` runs it;
# YOKE_PORT is where the hub listens, 14222 by default. The folder of the programs may be given.
set -eu

programs=${1:-$(dirname "$0")}
folder=$(mktemp -d)
processes=

end() {
    for process in $processes; do
        kill "$process" 2>/dev/null && wait "$process" || true
    done
    rm -rf "$folder"
}
trap end EXIT
trap 'exit 1' INT TERM

wait_for() { # TEXT LOG
    tries=100
    until grep -qs "$1" "$2"; do
        tries=$((tries - 1))
        if [ $tries = 0 ]; then
            cat "$2" >&2
            exit 1
        fi
        sleep 0.1
    done
}

export YOKE_SERVERS="127.0.0.1:${YOKE_PORT:-14222}" YOKE_CREDENTIALS="$folder/hub/credentials"

"$programs/yoke" hub --listen="$YOKE_SERVERS" --directory="$folder/hub" 2>"$folder/hub.log" &
hub=$!
processes=$hub
wait_for 'Server is ready' "$folder/hub.log"

for name in first second; do
    "$programs/yoke" node --name=$name --threads=1 2>"$folder/$name.log" &
    processes="$! $processes" # the hub ends last
    wait_for '0 jobs taken' "$folder/$name.log"
done

"$programs/sum_primes_cluster" --remote-only
