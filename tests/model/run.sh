#!/bin/sh
# make model: has spin search the models of the wake-up protocol, wakeups.pml, of jobs and those who
# wait for them, waits.pml, and of what is forked, deque.pml and forks.pml. First the sound model, in which there must be no error: small sizes
# in full, larger ones by a search in a random order that leaves out what does not fit into its
# memory. Then the model with one defect planted at a time: spin must find every one of them, else
# the model proves nothing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
model=wakeups
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
    spin -a $flags "$here/$model.pml" >spin.log 2>&1 &&
        ${CC:-cc} -O2 -w -DSAFETY -DMEMLIM=3000 $kind -o pan pan.c 2>>spin.log || {
        cat spin.log
        return
    }
    timeout 120 ./pan -m20000 "$@" >pan.log 2>&1
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
loop='-DAT_REST -DREFUSALS=0 -DKIND=LOOP'
in_part $loop -DSUBMITTERS=1 -DMEMBERS=2 -DJOBS=2
in_part $loop -DSUBMITTERS=2 -DMEMBERS=2 -DJOBS=2 -DIN_VAIN
in_part $loop -DSUBMITTERS=2 -DWORKERS=2 -DMEMBERS=3 -DRESIZE_1=1 -DRESIZE_2=2

echo "Two schedulers that take jobs from each other:"
in_full -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
in_full -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=2
in_full -DSTEALING -DAT_REST -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DJOBS=2 -DKIND=GATED
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=2 -DMEMBERS=2 -DONE_SIDED
in_part -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=2 -DJOBS=2 -DKIND=FAMILY
in_part -DSTEALING -DSUBMITTERS=2 -DMEMBERS=1

echo "With a defect planted:"
planted -DSUBMIT_WITHOUT_FENCE -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted -DDISPATCHER_SLEEPS_WITHOUT_LOOKING -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted -DSTANDBY_SLEEPS_WITHOUT_LOOKING -DSUBMITTERS=1 -DMEMBERS=1 -DREFUSALS=0
planted $loop -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=2 -DJOBS=2 -DGIVE_WITHOUT_TELLING
planted -DNOTIFY_ONE_SCHEDULER -DSTEALING -DAT_REST -DSTAY_OPEN -DSUBMITTERS=1 -DMEMBERS=1 -DJOBS=2 \
    -DKIND=GATED

model=waits
early='-DEARLY -DNOBODY_OUTSIDE' # fewer states
held="-DSCENE=1 -DMEMBERS=2 -DWORKERS=2 $early"
never_started='-DSCENE=2 -DTIMED_OUT=0'
group='-DSCENE=5 -DGROUP_CANCELLED'
servers="-DSCENE=3 -DSERVERS=2 $early"

echo "Jobs that are held, end without having started, are called back, and waits for them:"
in_part $held
in_full $held -DNO_STUCK
in_full -DSCENE=1 -DMEMBERS=1
in_full $never_started
in_full $never_started -DCANCELLED=1 $early
in_full -DSCENE=2 -DTIMED_OUT=1 $early
in_full -DSCENE=6 -DMEMBERS=2 -DWORKERS=2 $early
in_full -DSCENE=6 -DTIMED_OUT=1 $early
in_part -DSCENE=6 -DMEMBERS=2 -DWORKERS=2 -DTIMED_OUT=1 -DNOBODY_OUTSIDE
in_full $group
in_part $group -DGROUP_WAITED -DMEMBERS=2
in_part -DSCENE=1 -DMEMBERS=3 -DWORKERS=2 -DTIMED_OUT=1
echo "Two servers:"
in_full $servers
in_full -DSCENE=4 -DSERVERS=2 $early
in_part $servers -DCANCELLED=0
in_part -DSCENE=4 -DSERVERS=2 -DMEMBERS=2 -DTIMED_OUT=1
echo "With a defect planted:"
# A job that a group knows before it is pushed; a cancel between the two that is forgotten.
planted $group -DJOIN_BEFORE_PUSH
planted $group -DNO_COMPARE
planted $group -DGROUP_WAITED -DNO_ARRIVALS
# Jobs that ended without having started: nobody but workers calls back, a wait is refused that can end, no telling.
planted $never_started -DONLY_WORKERS_CALL_BACK
planted $never_started -DUNCLAIMED_CANNOT_END
planted $never_started -DRETURN_WITHOUT_TELLING -DNO_STUCK
# Held jobs: whoever waits for one sleeps until its end, or is not told that it has come to a queue.
planted $held -DALONE_THOUGH_DEPENDENT
planted $held -DARRIVE_WITHOUT_TELLING -DNO_STUCK
planted $held -DWATCH_WITHOUT_FENCE
planted $held -DLOOK_LATE
# Jobs of another server: the waiting thread does not run them, or not when that has no one left.
planted $servers -DNO_PROXIES
planted $servers -DNO_STUCK
planted $servers -DPROXY_LEAVES_PENDING

model=deque

echo "The deque of a thread that forks:"
in_full -DTHIEVES=1
in_full -DSLOTS=2 -DFRAMES=3
in_full -DFRAMES=3
in_part -DFRAMES=4
echo "With a defect planted:"
for defect in SHARE_AND_RESET UNSHARE_WITHOUT_COMPARE TAKE_WITHOUT_COMPARE RENEW_IN_THE_SAME_USE; do
    planted -DFRAMES=3 -D$defect
done

model=forks
chain='-DHELPERS=3 -DFIRST=NEEDY'

echo "Calls for help of threads that fork:"
in_full -DHELPERS=1
in_full -DFRAMES=3
in_full -DHELPERS=2 -DFRAMES=3
in_full -DHELPERS=2 -DFIRST=LONG
in_part $chain
in_part -DHELPERS=3 -DFRAMES=3 -DFIRST=LONG
echo "With a defect planted:"
planted -DCALL_NOBODY_WHILE_ALL_ARE_THERE
planted -DLEAVE_WITHOUT_ASKING
planted $chain -DASK_THE_VICTIM_ALONE

echo "model: $passed passed, $failed failed"
[ "$failed" = 0 ]
