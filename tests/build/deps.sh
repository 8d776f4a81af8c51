#!/bin/sh
# What `make deps` says on machines that lack something, and cannot install: the needs are looked for
# among stand-ins, programs that succeed where the machine of the case has the thing. Part of
# `make check-install`.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin" "$folder/etc"
for tool in sh cat cut env grep head paste printf sed tr; do
    ln -s "$(command -v $tool)" "$folder/bin"
done

stand_in() { # NAME LINE: a program of one line
    printf '#!/bin/sh\n%s\n' "$2" > "$folder/bin/$1"
    chmod +x "$folder/bin/$1"
}

fail() {
    echo "check-deps: $1: $(cat "$folder/said")" >&2
    exit 1
}

ask() { # ARGUMENTS of make: puts what it says into said, and its status into status
    status=0
    env -u MAKEFLAGS -u MAKELEVEL -u WITH_CLUSTER PATH="$folder/bin" ROOT="$folder" CC="$compiler" \
        PKG_CONFIG=pkg-config "$(command -v make)" "$@" >"$folder/said" 2>&1 || status=$?
}

says() { # LINE: a whole one
    grep -qxF -e "$1" "$folder/said" || fail "it does not say '$1'"
}

says_not() { # PATTERN
    ! grep -q -e "$1" "$folder/said" || fail "it says '$1'"
}

libraries='libhwloc-dev libmd-dev libcriterion-dev libnats-dev nats-server'
no_headers='case "$*" in *-E*) ;; *) exit 1 ;; esac'

# A bare Debian: one line has all of it, and make adds none.
compiler=gcc
stand_in id 'echo 1000'
stand_in apt-get 'exit 1'
ask deps run
[ $status = 1 ] || fail "it ends with $status"
says "  - a C compiler: gcc is none"
says "apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev pkg-config $libraries"
says_not '\*\*\*'
says_not '[Uu]niverse'

# The cause is named, not what comes of it.
stand_in gcc "$no_headers"
stand_in pkg-config 'exit 1'
ask deps
says "  - the C library's headers: without them gcc compiles no program"
says "apt-get update && apt-get install -y --no-install-recommends libc6-dev $libraries"
compiler=clang
stand_in clang "$no_headers"
stand_in clang 'case "$*" in *-fopenmp*) exit 1 ;; esac'
ask deps
says '  - OpenMP for clang'
says "apt-get update && apt-get install -y --no-install-recommends libomp-dev $libraries"

# Ubuntu, with and without the part of its archive that has most of these.
compiler=gcc
stand_in gcc 'exit 0'
echo ID=ubuntu > "$folder/etc/os-release"
mkdir -p "$folder/etc/apt/sources.list.d"
echo '# deb http://archive noble universe' > "$folder/etc/apt/sources.list"
ask deps
says 'Ubuntu has Criterion, hwloc, libnats and nats-server in its part "universe".'
grep -q "add-apt-repository -y universe && apt-get update && .*install .* $libraries" \
    "$folder/said" || fail 'the line does not switch universe on'
echo 'Components: main universe' > "$folder/etc/apt/sources.list.d/ubuntu.sources"
ask deps
says 'Ubuntu has Criterion, hwloc, libnats and nats-server in its part "universe".'
says "apt-get update && apt-get install -y --no-install-recommends $libraries"
rm "$folder/etc/os-release"

# Only the cluster is missing: make goes on.
stand_in pkg-config '[ "$2" != libnats ]'
ask deps
[ $status = 0 ] || fail "it ends with $status"
says 'apt-get update && apt-get install -y --no-install-recommends libnats-dev nats-server'
says 'Until then make goes on without the cluster.'
ask deps WITH_CLUSTER=no
[ ! -s "$folder/said" ] || fail 'nobody wants the cluster'

# Other package managers.
rm "$folder/bin/apt-get"
stand_in pkg-config 'exit 1'
while read -r manager line; do
    stand_in "$manager" 'exit 1'
    ask deps
    says "$manager $line"
    rm "$folder/bin/$manager"
done <<'LINES'
dnf install -y 'pkgconfig(hwloc)' 'pkgconfig(libmd)' 'pkgconfig(criterion)' 'pkgconfig(libnats)' nats-server
zypper --non-interactive install 'pkgconfig(hwloc)' 'pkgconfig(libmd)' 'pkgconfig(criterion)' 'pkgconfig(libnats)' nats-server
pacman -S --needed --noconfirm hwloc libmd criterion libnats nats-server
apk add pc:hwloc pc:libmd pc:criterion pc:libnats cmd:nats-server
LINES
ask deps
says 'No package manager is known here (apt-get, dnf, zypper, pacman, apk): install these,'

# As root what is missing is installed, the cluster apart, and a failure is told.
stand_in id 'echo 0'
stand_in apt-get 'echo "$@" >> "$ROOT/installed"'
ask deps
[ $status = 0 ] || fail "it ends with $status"
says 'Installing: hwloc, libmd, Criterion'
says 'Installing: libnats, nats-server'
grep -q 'install .* libhwloc-dev libmd-dev libcriterion-dev' "$folder/installed" || fail 'not installed'
stand_in apt-get '[ "$1" = update ]'
ask deps
[ $status = 1 ] || fail "it ends with $status"
says 'make deps: the package manager failed, see above. Missing:'
echo "check-deps: says what is missing, why, and how to install it"
