#!/bin/sh
# Installs a package on a bare Debian, uses it, and removes it without a trace: `tests/install/deb.sh PACKAGE`.
# CHROOT is the folder of that system, such as `debootstrap stable FOLDER` makes, with what the
# package depends on. It is only read: what changes lies in memory, and is gone at the end.
set -eu
skip() {
    echo "SKIPPED check-deb: $*" >&2
    exit 0
}
[ "${CHROOT:-}" ] || skip "set CHROOT to the folder of a Debian, as debootstrap makes it"
[ "$(id -u)" = 0 ] || skip "it needs root"
if [ "${1:-}" != inside ]; then
    package=$(realpath "$1")
    unshare --mount true 2>/dev/null || skip "no mounts are allowed here"
    exec unshare --mount sh "$0" inside "$package"
fi

package=$2
# Only this process and its children see these mounts.
memory=$(mktemp -d)
trap 'umount -R "$memory"; rmdir "$memory"' EXIT
mount -t tmpfs tmpfs "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
mount -t overlay overlay -o "lowerdir=$CHROOT,upperdir=$memory/upper,workdir=$memory/work" \
    "$memory/root" 2>/dev/null || skip "no overlay can be mounted here"
mount -t proc proc "$memory/root/proc"
mount --rbind /sys "$memory/root/sys"
cp "$package" "$memory/root/tmp/yoke.deb"
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' > "$memory/root/tmp/program.c"

list() {
    (cd "$memory/root" && find usr etc -type f -o -type l | grep -v -e '^etc/ld.so.cache' | sort)
}
list > "$memory/before"
mkdir -p "$memory/root/usr/lib/python3/dist-packages/__pycache__"
for module in yoke yoke_cluster; do
    touch "$memory/root/usr/lib/python3/dist-packages/__pycache__/$module.cpython-311.pyc"
done
chroot "$memory/root" /bin/sh -eu <<'END' || { echo "check-deb: FAILED" >&2; exit 1; }
expect() { # EXPECTED COMMAND...
    expected=$1
    shift
    actual=$("$@")
    [ "$actual" = "$expected" ] || { echo "$* printed '$actual', not '$expected'" >&2; exit 1; }
}
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive
dpkg --install /tmp/yoke.deb >/dev/null
expect 1060 yoke sum 100
expect 279209790387276 yoke sum 1e8 --algorithm=sieve
[ -s /usr/share/doc/yoke/copyright ]
for page in $(dpkg -L yoke | grep '/man[13]/'); do
    [ -e "$page" ] || { echo "$page leads nowhere" >&2; exit 1; }
done
if command -v gcc >/dev/null; then
    cd /tmp
    gcc program.c -lyoke -o program
    expect 279209790387276 ./program
    rm program
fi
if command -v python3 >/dev/null; then
    expect 1060 python3 -c 'import yoke; server = yoke.Server(1); print(server.submit(yoke.sum_primes, (100,))())'
fi
dpkg --purge yoke >/dev/null
! command -v yoke >/dev/null
END
list | diff "$memory/before" - || { echo "check-deb: purging leaves something" >&2; exit 1; }
echo "check-deb: installed, used and purged on $(. "$CHROOT/etc/os-release"; echo "$PRETTY_NAME")"
