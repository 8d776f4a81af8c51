#!/bin/sh
# make model: has spin search the model of the wake-up protocol, wakeups.pml. First the sound model,
# in which there must be no error: small sizes in full, larger ones by a search in a random order
# that leaves out what does not fit into its memory. Then the model with one defect planted at
# a time: spin must find every one of them, else the model proves nothing.
set -u
model=$(cd "$(dirname "$0")" && pwd)/wakeups.pml
build=${1:-build/model}
passed=0 failed=0

for tool in spin "${CC:-cc}"; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED model: it needs $tool (Debian: spin gcc)" >&2
        exit 0
    }
done
mkdir -p "$build" && cd "$build" || exit 1
rm -f ./*.trail

# Answers in $errors and $states; $whole is set when no state was left out.
search() { # "FLAGS OF THE MODEL" "FLAGS OF THE SEARCH" OPTIONS OF THE SEARCH...
    flags=$1 kind=$2
    shift 2
    errors='' states='' whole=''
    spin -a $flags "$model" >spin.log 2>&1 &&
        ${CC:-cc} -O2 -w -DSAFETY -DMEMLIM=3000 $kind -o pan pan.c 2>>spin.log || {
        cat spin.log
        return
    }
    timeout 40 ./pan -m20000 "$@" >pan.log 2>&1
    errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
    grep -q 'max search depth too small\|Search not completed\|out of memory' pan.log || whole=yes
}

verdict() { # OK WHAT
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
        echo "  ok      $2"
    else
        failed=$((failed + 1))
        echo "  FAILED  $2"
        tail -n 5 pan.log
    fi
}

in_full() { # FLAGS...
    search "$*" '-DHC4 -DVECTORSZ=512' -w25
    ok=no
    [ "$errors" = 0 ] && [ "$whole" ] && ok=yes
    verdict "$ok" "$*: no error, ${states:-?} states, all there are"
}

# The arena of 2^22 bits is full after a million states.
in_part() { # FLAGS...
    search "$*" '-DBITSTATE -DVECTORSZ=512 -DP_RAND -DT_RAND' -w22 -k2 -RS1
    ok=no
    [ "$errors" = 0 ] && ok=yes
    verdict "$ok" "$*: no error, ${states:-?} states in a random search"
}

planted() { # FLAGS...
    ok=no
    search "$*" '-DHC4 -DVECTORSZ=512' -w25
    [ "${errors:-0}" -gt 0 ] && ok=yes
    error=$(sed -n 's/^pan:[0-9]*: \([^(]*\).*/\1/p' pan.log)
    verdict "$ok" "$*: error found after ${states:-?} states: $error"
}

echo "The protocol as it is:"
in_full -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
in_full -DAT_REST -DSUBMITTERS=2 -DMEMBERS=1 -DREFUSALS=0
in_full -DAT_REST -DSUBMITTERS=1 -DMEMBERS=2 -DREFUSALS=0 -DKIND=PARENT
in_part -DSUBMITTERS=2 -DMEMBERS=2 -DJOBS=2
in_part -DSUBMITTERS=2 -DMEMBERS=2 -DSEARCHING_FIRST -DCLOSE_EARLY
in_part -DSUBMITTERS=2 -DMEMBERS=3 -DWORKERS=2 -DKIND=HELPED
in_part -DSUBMITTERS=1 -DMEMBERS=3 -DWORKERS=2 -DJOBS=3 -DKIND=GATED
in_part -DSUBMITTERS=2 -DMEMBERS=3 -DWORKERS=2 -DKIND=PARENT
in_part -DSUBMITTERS=2 -DMEMBERS=2 -DWORKERS=2 -DRESIZE_1=1 -DRESIZE_2=2
in_part -DSUBMITTERS=2 -DMEMBERS=1 -DTEAMS=2

echo "Two engines that take jobs from each other:"
in_full -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
in_full -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=2
in_full -DSTEALING -DAT_REST -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DJOBS=2 -DKIND=GATED
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=2 -DMEMBERS=2 -DONE_SIDED
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=2 -DJOBS=2 -DKIND=FAMILY
in_part -DSTEALING -DSUBMITTERS=2 -DMEMBERS=1

echo "With a defect planted:"
planted -DSUBMIT_WITHOUT_FENCE -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted -DKEEPER_SLEEPS_WITHOUT_LOOKING -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted -DSENTRY_SLEEPS_WITHOUT_LOOKING -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted -DNOTIFY_ONE_ENGINE -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DJOBS=2 \
    -DKIND=GATED

echo "model: $passed passed, $failed failed"
[ "$failed" = 0 ]
