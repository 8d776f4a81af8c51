#!/bin/sh
# Three hosts with a hub and a node each, and a program on one of them: `make check-cluster`. The
# hosts are network namespaces of this machine, with a switch between them; everything goes over
# mutual TLS, and the three hubs keep copies of all. In each scenario something fails in the middle
# of the jobs, and every value must be right, all results different, and nothing lost or counted
# twice. Arguments: the folder of the programs, the program of jobs.c, the number of jobs, and the
# scenarios, all of them by default.
set -eu

programs=$(realpath "$1")
jobs=$(realpath "$2")
count=${3:-2100}
[ $# -gt 3 ] && shift 3 || set -- hub_and_node_die link_is_cut submitters_hub_dies \
    hub_loses_its_disk program_dies
scenarios=$*

skip() {
    echo "SKIPPED check-cluster: it needs $1" >&2
    exit 0
}

PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" = 0 ] || skip 'root, for network namespaces'
command -v ip >/dev/null || skip 'ip (Debian: iproute2)'
command -v openssl >/dev/null || skip 'openssl'
command -v nats-server >/dev/null || skip 'nats-server'
name=yoke$$
ip netns add $name-switch 2>/dev/null || skip 'to be allowed to create network namespaces'

folder=$(mktemp -d)
end() {
    status=$?
    stop_all
    for host in switch 1 2 3; do
        ip netns delete $name-$host 2>/dev/null || true
    done
    [ $status = 0 ] || tail -n 20 "$folder"/*.log >&2
    rm -rf "$folder"
    exit $status
}
trap end EXIT
trap 'exit 1' INT TERM

# ---- hosts -----------------------------------------------------------------------------------------

connect_hosts() {
    ip -n $name-switch link add switch type bridge
    ip -n $name-switch link set switch up
    for host in 1 2 3; do
        ip netns add $name-$host
        ip -n $name-switch link add port$host type veth peer name eth0 netns $name-$host
        ip -n $name-switch link set port$host master switch up
        ip -n $name-$host address add 10.77.0.$host/24 dev eth0
        ip -n $name-$host link set eth0 up
        ip -n $name-$host link set lo up
    done
}

on() { # HOST COMMAND...: becomes the command, so that its process can be killed
    host=$1
    shift
    exec ip netns exec $name-$host env YOKE_SERVERS=10.77.0.1:4222,10.77.0.2:4222,10.77.0.3:4222 \
        YOKE_CREDENTIALS="$folder/1/credentials" YOKE_CA="$folder/ca.pem" \
        YOKE_CERTIFICATE="$folder/10.77.0.$host.pem" YOKE_KEY="$folder/10.77.0.$host.key" "$@"
}

wait_for() { # TEXT LOG
    tries=600
    until grep -qs "$1" "$2"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { echo "no \"$1\" in $2" >&2; exit 1; }
        sleep 0.1
    done
}

start_hub() { # HOST OTHERS
    : >"$folder/hub-$1.log" # at once: it may have been ready in another one's life
    on $1 "$programs/yoke" hub --listen=10.77.0.$1:4222 --directory="$folder/$1" \
        --routes=10.77.0.$1:6222,10.77.0.$2:6222,10.77.0.$3:6222 --ca="$folder/ca.pem" \
        --certificate="$folder/10.77.0.$1.pem" --key="$folder/10.77.0.$1.key" \
        2>>"$folder/hub-$1.log" &
    eval hub$1=$!
    wait_for 'Server is ready' "$folder/hub-$1.log"
}

start_node() { # HOST
    on $1 "$programs/yoke" node --name=node-$1 --threads=1 --silence=2 2>"$folder/node-$1.log" &
    eval node$1=$!
}

start_all() {
    start_hub 1 2 3
    for host in 2 3; do
        mkdir "$folder/$host"
        cp "$folder"/1/credentials "$folder"/1/route-credentials "$folder/$host"
    done
    start_hub 2 1 3
    start_hub 3 1 2
    for host in 1 2 3; do
        start_node $host
    done
    for host in 1 2 3; do
        wait_for '0 jobs taken' "$folder/node-$host.log"
    done
}

kill_now() { # PROCESS...
    for process; do
        kill -9 $process 2>/dev/null && wait $process 2>/dev/null || true
    done
}

hub1= hub2= hub3= node1= node2= node3= program=
stop_all() {
    kill_now $program $node1 $node2 $node3 $hub1 $hub2 $hub3
    hub1= hub2= hub3= node1= node2= node3= program=
    rm -rf "$folder/1" "$folder/2" "$folder/3"
}

# ---- jobs ------------------------------------------------------------------------------------------

start_program() { # HOST NAME [durable]
    on $1 "$jobs" $2 $count ${3-} >"$folder/$2.log" 2>&1 &
    program=$!
    wait_for '^300 done' "$folder/$2.log"
}

end_program() { # NAME
    if wait $program; then
        program=
        sed -n 's/^[0-9]* submitted/  &/p; s/^ *[0-9]* | .* | node-/  &/p' "$folder/$1.log"
    else
        program=
        echo "$1 failed" >&2
        exit 1
    fi
}

# The host whose hub the program on the host is connected to.
hub_of() { # HOST
    ip netns exec $name-$1 ss -Htnp state established dst :4222 |
        sed -n "s/.* 10\.77\.0\.\([123]\):4222 .*pid=$program,.*/\1/p" | head -n 1
}

# ---- what fails ------------------------------------------------------------------------------------

hub_and_node_die() {
    start_program 2 $1
    kill_now $hub1 $node1
    end_program $1
}

wait_until_listed() { # NODE HOST: by a program on the host
    tries=60
    until (on $2 "$programs/yoke" nodes 2>>"$folder/nodes.log") | grep -q "^$1 "; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { echo "$1 has not come back" >&2; exit 1; }
        sleep 0.5
    done
}

# And heals again: the node comes back by itself. The hub does so too, but for some ten seconds it
# waits for answers from before the cut.
link_is_cut() {
    start_program 2 $1
    ip -n $name-switch link set port1 down
    wait_for '^1000 done' "$folder/$1.log"
    ip -n $name-switch link set port1 up
    end_program $1
    for host in 1 2 3; do
        wait_until_listed node-1 $host
    done
    on 3 "$jobs" $1-healed 300 >"$folder/$1-healed.log" 2>&1 &
    program=$!
    end_program $1-healed
    grep -q 'node-1$' "$folder/$1-healed.log" || { echo 'node-1 has not come back' >&2; exit 1; }
}

submitters_hub_dies() {
    start_program 3 $1
    host=$(hub_of 3)
    eval kill_now \${hub$host:?the program is connected to no hub}
    end_program $1
}

# And comes back empty: the other two have copies.
hub_loses_its_disk() {
    start_program 2 $1
    kill_now $hub1
    rm -r "$folder/1/jetstream"
    wait_for '^700 done' "$folder/$1.log"
    start_hub 1 2 3
    wait_for '^1200 done' "$folder/$1.log"
    kill_now $hub2 # which hub1 must take the place of
    end_program $1
}

# Twice, the second time with its hub, and comes back on another host. Nothing is run twice.
program_dies() {
    start_program 2 $1 durable
    kill_now $program
    start_program 3 $1 durable
    wait_for '^1000 done' "$folder/$1.log"
    host=$(hub_of 3)
    eval kill_now $program \${hub$host:?the program is connected to no hub}
    start_program 2 $1 durable
    end_program $1
    grep -q '^0 left at the hub' "$folder/$1.log" || { echo 'something is left' >&2; exit 1; }
}

connect_hosts
sh tests/cluster/certificates.sh "$folder" 10.77.0.1 10.77.0.2 10.77.0.3 2>/dev/null
for scenario in $scenarios; do
    echo "$scenario:"
    start_all
    began=$(date +%s)
    $scenario $scenario
    echo "  $(($(date +%s) - began)) s"
    stop_all
done
echo "check-cluster: $count jobs, every value right, none lost, none counted twice, in each of:" \
    $scenarios
