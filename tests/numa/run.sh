#!/bin/sh
# make check-numa: boots emulated machines of several NUMA nodes, in software, and has numa.c and
# the files beside it look at the job server there. Arguments: the program, a folder to work in.
# KERNEL names a Linux kernel to boot; without it Debian's cloud kernel is downloaded, once, and
# unpacked, not installed.
set -u
program=$1 work=$2

skip() {
    echo "SKIPPED check-numa: $*" >&2
    exit 0
}

[ "$(uname -m)" = x86_64 ] || skip 'the emulated machine runs programs for x86_64 alone'
for tool in qemu-system-x86_64:qemu-system-x86 cpio:cpio gzip:gzip ldd:libc-bin; do
    command -v "${tool%:*}" >/dev/null || skip "it needs ${tool%:*} (Debian: ${tool#*:})"
done
mkdir -p "$work" || exit 1
work=$(cd "$work" && pwd)

find_kernel() {
    KERNEL=$(ls "$work"/boot/vmlinuz-* 2>/dev/null | head -n 1)
    [ -z "$KERNEL" ] || return 0
    command -v apt-get >/dev/null || skip 'set KERNEL to a Linux kernel with NUMA to boot'
    package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
        sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ "$package" ] || skip "apt knows no package linux-image-cloud-amd64 (apt-get update, or set KERNEL)"
    (cd "$work" && apt-get download "$package" >/dev/null 2>&1 &&
        dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x ./boot && rm -f "$package"_*.deb) ||
        skip "cannot download $package (apt-get update, or set KERNEL)"
    KERNEL=$(ls "$work"/boot/vmlinuz-* | head -n 1)
}

# The program as /init with the libraries it needs.
make_image() {
    rm -rf "$work/root"
    mkdir -p "$work/root/proc" "$work/root/sys" "$work/root/dev" "$work/root/tmp"
    cp "$program" "$work/root/init"
    ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$work/root$(dirname "$library")"
        cp -L "$library" "$work/root$library"
    done
    # The C library loads this one by itself when a thread ends.
    for library in /lib/x86_64-linux-gnu/libgcc_s.so.1 /lib64/libgcc_s.so.1; do
        [ -e "$library" ] && mkdir -p "$work/root$(dirname "$library")" &&
            cp -L "$library" "$work/root$library"
    done
    (cd "$work/root" && find . | cpio --quiet -o -H newc | gzip -1) >"$work/image.gz"
}

# Nodes in a row: 20 to the next, 30 to the one behind it, ...
distances() { # NODES
    awk -v nodes="$1" 'BEGIN {
        for (a = 0; a < nodes; a++)
            for (b = 0; b < nodes; b++)
                printf " -numa dist,src=%d,dst=%d,val=%d", a, b, 10 + 10 * (a > b ? a - b : b - a)
    }'
}

boot() { # NODES CORES
    nodes=$1 cores=$2 node=0 memory=
    while [ "$node" -lt "$nodes" ]; do
        memory="$memory -object memory-backend-ram,id=m$node,size=512M"
        memory="$memory -numa node,nodeid=$node,memdev=m$node"
        memory="$memory,cpus=$((node * cores))-$((node * cores + cores - 1))"
        node=$((node + 1))
    done
    timeout 240 qemu-system-x86_64 -accel tcg,thread=multi -cpu max -nographic -no-reboot -net none \
        -m $((512 * nodes))M -smp "$((nodes * cores)),sockets=$nodes,cores=$cores,threads=1" \
        $memory $(distances "$nodes") -kernel "$KERNEL" -initrd "$work/image.gz" \
        -append "console=ttyS0 quiet panic=-1 nodes=$nodes cores=$cores" \
        </dev/null >"$work/console.log" 2>&1
    tr -d '\r' <"$work/console.log" | grep -a '^  \(ok\|FAILED\)\|^        \|^numa:' ||
        tail -n 20 "$work/console.log"
    tr -d '\r' <"$work/console.log" | grep -aq '^numa: .* 0 failed$' || all_good=no
}

[ "${KERNEL:-}" ] || find_kernel
[ -r "$KERNEL" ] || skip "cannot read the kernel $KERNEL"
make_image
all_good=yes
boot 2 4
boot 4 2
[ "$all_good" = yes ]
