#!/bin/sh
# What is the operating system's stands behind a seam: lib/base for libyoke, clock.c and machine.c for
# the cluster, which sees nothing of lib/base. Everywhere else in lib/ there are the headers of C11,
# those of our own and of what yoke is made of, and POSIX threads. Prints what stands outside.
set -eu

# Beside those of C11.
headers='hwloc.h hwloc/[a-z]*.h omp.h nats/nats.h pthread.h yoke/[a-z]*.h'

exceptions='
lib/primes/checkpoint.c  fcntl.h sys/file.h sys/stat.h unistd.h  a file that is locked and replaced at once: POSIX
lib/cluster/transport/servers.c arpa/inet.h                             reads addresses: POSIX
lib/numeric/isa/     immintrin.h arm_neon.h                  the processor, not the system
lib/primes/isa/      immintrin.h arm_neon.h                  the processor, not the system
'

c11='assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign
    stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar
    wchar wctype'

# These need no header of their own, or come with one of C11.
calls='sched_[a-z]+|getrandom|getentropy|madvise|mmap|munmap|mprotect|sysconf|syscall|clock_[gs]et[a-z]*|nanosleep|usleep|getloadavg|gethostname|getpid|gettid|dlopen|dlsym|malloc_trim|mallopt|pthread_[gs]etaffinity_np|pthread_getattr_np|secure_getenv'

allowed() { # FILE HEADER
    for name in $c11; do
        [ "$name.h" != "$2" ] || return 0
    done
    for pattern in $headers; do
        case $2 in $pattern) return 0 ;; esac
    done
    echo "$exceptions" | while read -r where what; do
        case $where:$1 in
        :*) ;;
        "${1%"${1##*/}"}:$1" | "$1:$1") case " $what " in *" $2 "*) echo yes ;; esac ;;
        esac
    done | grep -q yes
}

status=0
behind='^lib/base/|^lib/cluster/transport/(clock|machine)\.c'
for line in $(grep -roE '^ *# *include <[^>]*>' lib --include='*.[ch]' | grep -vE "$behind" |
    sed 's/: *# *include </:/; s/>$//'); do
    allowed "${line%%:*}" "${line#*:}" || { echo "$line"; status=1; }
done
if grep -rnE "\\b($calls)\\(" lib --include='*.[ch]' | grep -vE "$behind"; then
    status=1
fi
# The cluster includes nothing of lib/ but its own, and how structs of other versions are read, which
# it takes in: it could be anybody's library.
if grep -rnE '^ *# *include "' lib/cluster --include='*.[ch]' | grep -E '"[a-z_]+/' | grep -vE '"(cluster/|base/extensible.h)'; then
    status=1
fi
exit $status
