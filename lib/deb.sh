#!/bin/sh
# Makes a Debian package of a staged installation: `lib/deb.sh STAGED VERSION FOLDER` writes
# FOLDER/yoke_VERSION_ARCHITECTURE.deb and prints its name. MAINTAINER may say who answers for it.
set -eu
staged=$(realpath "$1")
version=$2
folder=$3

# The same sources give the same package: no file in it is younger than they are.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}"
export SOURCE_DATE_EPOCH

for tool in dpkg-deb dpkg-shlibdeps; do
    command -v $tool >/dev/null || { echo "make deb: there is no $tool (Debian: dpkg-dev)" >&2; exit 1; }
done

# As Debian wants it: without symbols for debuggers, pages compressed, the license beside.
find "$staged" -name '*.so.*' -type f -exec strip --strip-unneeded {} +
find "$staged/usr/bin" -type f -exec strip {} +
find "$staged" -name '*.a' -exec strip --strip-debug {} +
find "$staged/usr/share/man" -type f -exec gzip -9n {} +
# A page that leads to another names it as it is called now.
find "$staged/usr/share/man" -name '*.gz' | while read -r page; do
    target=$(zcat "$page" | sed -n '1s/^\.so man3\///p')
    [ -z "$target" ] || ln -sf "$target.gz" "$page"
done
doc=$staged/usr/share/doc/yoke
rm "$doc/folders" # dpkg knows which folders are the package's
install -D -m 644 LICENSE "$doc/copyright"
gzip -9nc CHANGELOG.md > "$doc/changelog.gz"

control=$staged/DEBIAN
mkdir -p "$control"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/debian"
printf 'Source: yoke\nPackage: yoke\nArchitecture: any\n' > "$scratch/debian/control"
needs=$(cd "$scratch" && find "$staged/usr/bin" "$staged/usr/lib" -type f \
    \( -path '*/bin/*' -o -name '*.so.*' \) -exec dpkg-shlibdeps --ignore-missing-info -O {} + \
    2>/dev/null | sed -n 's/^shlibs:Depends=//p')
[ "$needs" ] || { echo "make deb: dpkg-shlibdeps names no package that yoke needs" >&2; exit 1; }
architecture=$(dpkg --print-architecture)
cat > "$control/control" <<END
Package: yoke
Version: $version
Architecture: $architecture
Maintainer: ${MAINTAINER:-the authors of yoke <yoke@localhost>}
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$staged" | cut -f 1)
Depends: $needs
Suggests: python3, libhwloc-dev
Section: math
Priority: optional
Description: job server on OpenMP tasks, and exact sums of primes
 Yoke puts every core of a machine to one numeric load. This package has the
 program yoke, the library for C, C++, Fortran and Python, and its manual.
END
echo 'activate-noawait ldconfig' > "$control/triggers"
# Python leaves what it has compiled beside the module.
cat > "$control/prerm" <<'END'
#!/bin/sh
rm -f /usr/lib/python3/dist-packages/__pycache__/yoke.*.pyc \
    /usr/lib/python3/dist-packages/__pycache__/yoke_cluster.*.pyc
rmdir /usr/lib/python3/dist-packages/__pycache__ 2>/dev/null || true
END
chmod 755 "$control/prerm"
(cd "$staged" && find usr -type f -exec md5sum {} + | sort -k 2 > DEBIAN/md5sums)

package=$folder/yoke_${version}_$architecture.deb
dpkg-deb --root-owner-group --build "$staged" "$package" >/dev/null
echo "$package"
