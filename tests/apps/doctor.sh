#!/bin/sh
# `yoke doctor` on a made-up system: files as PATH=TEXT and links as PATH=>TARGET below a folder of
# their own, then its options after "--". Prints what is not ok, but for the sieve's instruction set, which no
# description tells, and loops of one's own, of which it speaks everywhere.
root=$(mktemp -d)
put() { # PATH=TEXT or PATH=>TARGET
    mkdir -p "$root/$(dirname "${1%%=*}")"
    case ${1#*=} in
    '>'*) ln -s "${1#*=>}" "$root/${1%%=*}" ;;
    *) printf '%s\n' "${1#*=}" > "$root/${1%%=*}" ;;
    esac
}
put proc/self/cgroup=0::/
put "proc/self/status=Cpus_allowed_list:	0-7"
put proc/loadavg='0.00 0.01 0.05 1/100 999'
put sys/devices/system/cpu/online=0-7
put sys/kernel/mm/transparent_hugepage/enabled='always [madvise] never'
put sys/devices/system/cpu/cpu0/cpufreq/scaling_governor=performance
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    put "$1"
    shift
done
[ $# -eq 0 ] || shift
yoke doctor --root="$root" --synthetic='core:8 pu:1' "$@" > "$root/printed"
status=$?
sed "/^ok /d; /^$/d; /^unknown  sieve's/d; /^note     own loops/,+1d" "$root/printed"
rm -r "$root"
exit $status
