/* The wake-up protocol of a scheduler, as lib/server/scheduler/scheduler.h describes it, for the checker spin:
 * submitting, the dispatcher, the workers, the standby, parking, blocking, giving way, resizing and
 * closing.
 *
 * Every step here is one access to a shared word of the code, or a critical section of which others
 * see one word. All accesses are sequentially consistent, as the code makes them by atomics and
 * fences. The OpenMP library is taken to do what it promises: a task that the dispatcher creates is
 * taken sometime by a member in the barrier, or is run inside its creation (`refusals` of these).
 * Left out: worker numbers, nested tasks (but see HELPED), the queue's order beyond first in, first
 * out, time: whatever takes time here takes any time.
 *
 * What is checked. There is no state in which no one can go on: the program waits for all of its
 * jobs, closes the server and sees every thread leave, so a lost wake-up ends the search with an
 * "invalid end state". And the assertions: a job ends once; permits are bounded (T1); the counts are
 * right when all threads have left.
 *
 * The size is chosen with -D: TEAMS, MEMBERS (of a team), WORKERS (of a team), SUBMITTERS, JOBS (of
 * each submitter), KIND (of the first job), RESIZE_1 and RESIZE_2 (workers of a team), REFUSALS.
 * With STEALING there are two schedulers of one team each, that take jobs from each other as steal.h
 * says; a job may be given to either (ONE_SIDED: all to the first), none has a place. Else there is one scheduler.
 * IN_VAIN: who gives way goes on sometime, whether the rest is done or not.
 * STAY_OPEN leaves out the end: the search is over when all jobs have ended.
 * AT_REST leaves out the start: one worker of a team is the standby, the others are in the barrier,
 * the reserve is parked. A defect is planted with -D: see run.sh. */
#ifdef STEALING
#define TEAMS   2
#define SCHEDULERS 2
#define SCHEDULER(t) t
#define OTHER(scheduler) (1 - (scheduler))
#else
#define SCHEDULERS 1
#define SCHEDULER(t) 0
#endif
#ifndef TEAMS
#define TEAMS 1
#endif
#ifndef MEMBERS
#define MEMBERS 2
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef SUBMITTERS
#define SUBMITTERS 2
#endif
#ifndef JOBS
#define JOBS 1
#endif
#ifndef REFUSALS
#define REFUSALS 1
#endif

/* Kinds of the first job of every submitter; all others are PLAIN. */
#define PLAIN  0
#define HELPED 1 /* ends when no standby is asleep: it needs every idle worker in the barrier (T4) */
#define PARENT 2 /* submits a child and waits for it */
#define GATED  3 /* ends when the submitter's last job has: needs a worker besides its own */
#define FAMILY 4 /* first as PARENT, then as GATED */
#define LOOP   5 /* gives way to jobs that are queued, all of which count as more urgent */
#ifndef KIND
#define KIND PLAIN
#endif

#define ALL_JOBS (SUBMITTERS * JOBS + SUBMITTERS) /* children have the last numbers */
#define NO_JOB   255
#define NOBODY   0

/* ---- shared words ---------------------------------------------------------------------------- */

chan queue[SCHEDULERS] = [ALL_JOBS] of { byte };
bool queue_closed[SCHEDULERS];
byte submitted, settled;
bool ended[ALL_JOBS];

byte searching[SCHEDULERS];
byte workers[TEAMS], permits[TEAMS], pending[TEAMS], activations[TEAMS], active_members[TEAMS];
byte standby[TEAMS]; /* NOBODY, or a member's number + 1 */
bool dispatcher_asleep[TEAMS], stopping[TEAMS], ready[TEAMS];
#if KIND == LOOP
byte giving_way[TEAMS], given[TEAMS];
#define GIVING_WAY(t) giving_way[t]
#else
#define GIVING_WAY(t) 0
#endif

bool lock; /* the server's */
bool wake_event[TEAMS * MEMBERS], parked[TEAMS * MEMBERS];

byte waiters, idle; /* those who wait for all jobs, and the futex they sleep on */

/* OpenMP's: tasks that no one has begun, members in a task, dispatchers in the region's barrier. */
byte tasks[TEAMS], inside[TEAMS];
bool dispatcher_left[TEAMS];

/* For the checks alone. */
byte refusals, returned[TEAMS], submitters_done;
bool resized;

#define TAKE_LOCK atomic { !lock -> lock = true }
#define GIVE_LOCK lock = false

/* What a step answers, and what it reads before it acts, lies in these variables of the process.
 * They are cleared when no one needs them any more, so that equal states look equal. */
#ifdef STEALING
#define LOOKS  byte count, called, mine, there; bool wants
#define FORGET d_step { count = 0; called = 0; mine = 0; there = 0; wants = false }
#else
#define LOOKS  byte count, called; bool wants
#define FORGET count = 0; called = 0; wants = false
#endif

/* ---- scheduler.c, wake.c, permit.c ------------------------------------------------------------------------ */

#ifdef STEALING
/* there: how many jobs may be taken from the other scheduler */
inline steal_available(victim)
{
    there = len(queue[victim]);
    if
    :: there == 0
    :: else ->
        d_step { there = (there > searching[victim] -> there - searching[victim] : 0) };
        if
        :: there == 0
        :: else ->
            if
            :: permits[victim] < workers[victim] -> there = 0 /* not saturated */
            :: else
            fi
        fi
    fi
}

inline scheduler_wants(looking)
{
    count = len(queue[looking]);
    d_step { mine = searching[looking]; wants = count > mine };
    if
    :: wants
    :: else ->
        steal_available(OTHER(looking));
        d_step { wants = count + there > mine; there = 0 }
    fi;
    d_step { count = 0; mine = 0 }
}
#else
/* C leaves open which of the two is read first. */
inline scheduler_wants(looking)
{
#ifdef SEARCHING_FIRST
    count = searching[looking];
    d_step { wants = len(queue[looking]) > count; count = 0 }
#else
    count = len(queue[looking]);
    d_step { wants = count > searching[looking]; count = 0 }
#endif
}
#endif

inline wake_dispatcher(its)
{
    if
    :: dispatcher_asleep[its] -> dispatcher_asleep[its] = false
    :: else
    fi
}

inline wake_standby(its)
{
    called = NOBODY;
    if
    :: standby[its] == NOBODY
    :: else ->
        d_step { called = standby[its]; standby[its] = NOBODY };
        if
        :: called == NOBODY
        :: else -> searching[SCHEDULER(its)]++; wake_event[called - 1] = true
        fi
    fi
}

#ifdef STEALING
/* called: someone was woken */
inline scheduler_wake(woken)
{
    wake_standby(woken);
    if
    :: called
    :: else ->
        count = permits[woken];
        if
        :: count + GIVING_WAY(woken) < workers[woken] -> wake_dispatcher(woken); called = true
        :: else
        fi
    fi
}

inline scheduler_notify(e)
{
    scheduler_wants(e);
    called = NOBODY;
    if
    :: !wants
    :: else ->
        scheduler_wake(e);
#ifndef NOTIFY_ONE_SCHEDULER
        if
        :: called
        :: else ->
            scheduler_wants(OTHER(e));
            if
            :: wants -> scheduler_wake(OTHER(e))
            :: else
            fi
        fi
#endif
    fi;
    FORGET
}
#else
inline team_may_be_woken(t)
{
    if
    :: standby[t] != NOBODY -> wants = true
    :: else -> count = permits[t]; wants = count + GIVING_WAY(t) < workers[t]
    fi
}

inline scheduler_notify(e)
{
    team_may_be_woken(0);
#if TEAMS > 1
    if
    :: wants
    :: else -> team_may_be_woken(1)
    fi;
#endif
    if
    :: wants -> scheduler_wants(e)
    :: else
    fi;
    called = NOBODY;
    if
    :: !wants
    :: else ->
        wake_standby(0);
#if TEAMS > 1
        if
        :: called -> skip
        :: else -> wake_standby(1)
        fi;
#endif
        if
        :: called
        :: else ->
            count = permits[0];
            if
            :: count + GIVING_WAY(0) < workers[0] -> wake_dispatcher(0)
            :: else
#if TEAMS > 1
                ->
                count = permits[1];
                if
                :: count + GIVING_WAY(1) < workers[1] -> wake_dispatcher(1)
                :: else
                fi
#endif
            fi
        fi
    fi;
    FORGET
}
#endif

/* T1, where no resize has lowered the workers: only who comes back from blocked is beyond them. */
#define CHECK_PERMITS(t) assert(resized || permits[t] <= workers[t] + returned[t])

inline permit_take(t)
{
    count = permits[t];
    found = false;
    do
    :: found -> break
    :: else ->
        if
        :: count + GIVING_WAY(t) >= workers[t] -> break
        :: else ->
            d_step {
                if
                :: permits[t] == count -> permits[t]++; found = true
                :: else -> count = permits[t]
                fi
            }
        fi
    od;
    if
    :: found -> CHECK_PERMITS(t); wake_standby(t)
    :: else
    fi;
    FORGET
}

inline tell_giving_way(t)
{
#if KIND == LOOP && !defined(GIVE_WITHOUT_TELLING)
    if
    :: giving_way[t] -> given[t]++
    :: else
    fi
#else
    skip
#endif
}

inline unpark(t)
{
    /* Which one is the topology's choice. */
    d_step {
        called = NOBODY;
        if
        :: parked[t * MEMBERS] -> called = t * MEMBERS + 1
#if MEMBERS > 1
        :: parked[t * MEMBERS + 1] -> called = t * MEMBERS + 2
#endif
#if MEMBERS > 2
        :: parked[t * MEMBERS + 2] -> called = t * MEMBERS + 3
#endif
        :: else
        fi;
        if
        :: called -> parked[called - 1] = false; active_members[t]++
        :: else
        fi
    };
    if
    :: called -> wake_event[called - 1] = true
    :: else
    fi
}

inline unpark_missing(t)
{
    do
    :: active_members[t] < workers[t] ->
        unpark(t);
        if
        :: called
        :: else -> break
        fi
    :: else -> break
    od;
    called = 0
}

/* ---- the dispatcher ------------------------------------------------------------------------------ */

/* needed: activations there must be */
inline activations_missing(t)
{
    needed = pending[t];
    count = active_members[t];
    needed = needed + (count > workers[t] -> count - workers[t] : 0);
    d_step { wants = needed > activations[t]; needed = 0; count = 0 }
}

inline write_pending(t)
{
    do
    :: true ->
        scheduler_wants(SCHEDULER(t));
        if
        :: !wants -> break
        :: else
        fi;
        wake_standby(t);
        if
        :: called
        :: else ->
            permit_take(t);
            if
            :: !found -> break
            :: else -> searching[SCHEDULER(t)]++; pending[t]++
            fi
        fi
    od
}

inline send_activations(t)
{
    refused = false;
    do
    :: true ->
        activations_missing(t);
        if
        :: !wants -> break
        :: else
        fi;
        activations[t]++;
        if
        :: tasks[t]++
        :: d_step { refusals < REFUSALS -> refusals++ }; refused = true; activations[t]--; break
        fi
    od
}

inline look_after_pending(t)
{
    if
    :: pending[t] == 0 -> timer = refused
    :: else ->
        if
        :: !refused -> timer = true /* not due yet */
        :: refused || timer -> /* due */
            TAKE_LOCK;
            unpark(t);
            GIVE_LOCK;
            timer = true
        fi
    fi
}

inline dispatcher_is_needed(t)
{
    found = false;
    if
    :: stopping[t] -> found = true
    :: else ->
        scheduler_wants(SCHEDULER(t));
        if
        :: !wants
        :: standby[t] != NOBODY && wants -> found = true
        :: else -> count = permits[t]; found = count + GIVING_WAY(t) < workers[t]
        fi
    fi
}

proctype dispatcher(byte t)
{
    LOOKS;
    byte needed;
    bool found, refused, timer;
#ifdef AT_REST
    goto end_asleep;
#endif
    do
    :: stopping[t] -> break
    :: else ->
        dispatcher_asleep[t] = false;
        write_pending(t);
        send_activations(t);
        look_after_pending(t);
        FORGET;
        found = false;
        dispatcher_asleep[t] = true;
#ifndef DISPATCHER_SLEEPS_WITHOUT_LOOKING
        dispatcher_is_needed(t);
        if
        :: found
        :: else ->
            if
            :: refused -> wants = false
            :: else -> activations_missing(t)
            fi;
            refused = false;
            if
            :: wants
            :: else
#endif
end_asleep:
                if
                :: !dispatcher_asleep[t]
                :: timer
                fi;
                refused = false
#ifndef DISPATCHER_SLEEPS_WITHOUT_LOOKING
            fi
        fi
#endif
    od;
    dispatcher_left[t] = true;
    do
    :: atomic { tasks[t] > 0 -> tasks[t]-- }
    :: tasks[t] == 0 && inside[t] == 0 -> break
    od
}

/* ---- submitting and jobs --------------------------------------------------------------------- */

inline push(j, e)
{
    d_step {
        taken = !queue_closed[e];
        if
        :: taken -> queue[e]!j; submitted++
        :: else
        fi
    }
}

/* Any scheduler may have been the least loaded one; the first job's is number 0. */
inline choose_scheduler(j)
{
    if
    :: chosen = 0
#if SCHEDULERS > 1 && !defined(ONE_SIDED)
    :: j != 0 -> chosen = 1
#endif
    fi
}

inline submit(j)
{
    choose_scheduler(j);
    push(j, chosen);
    if
    :: taken -> scheduler_notify(chosen)
    :: else
    fi
}

inline settle(j)
{
    d_step { assert(!ended[j]); ended[j] = true };
    settled++
}

inline tell_waiters()
{
    if
    :: waiters > 0 -> idle++
    :: else
    fi
}

/* wait.c, parking.c: `child` runs elsewhere. */
inline block_and_resume(child)
{
    permits[t]--;
    tell_giving_way(t);
    TAKE_LOCK;
    active_members[t]--;
    unpark_missing(t);
    GIVE_LOCK;
    scheduler_notify(SCHEDULER(t));
    ended[child];
    d_step { permits[t]++; returned[t]++ };
    back = true;
    CHECK_PERMITS(t);
    wake_standby(t);
    TAKE_LOCK;
    active_members[t]++;
    GIVE_LOCK
}

#if KIND == LOOP
/* parking.c; taking the permit back, or going on without it when time is over. */
inline give_way()
{
    TAKE_LOCK;
    found = false;
    d_step {
        if
        :: parked[t * MEMBERS] -> found = true
#if MEMBERS > 1
        :: parked[t * MEMBERS + 1] -> found = true
#endif
#if MEMBERS > 2
        :: parked[t * MEMBERS + 2] -> found = true
#endif
        :: else
        fi
    };
    if
    :: !found
    :: else ->
        giving_way[t]++;
        searching[SCHEDULER(t)]++;
        pending[t]++;
        active_members[t]--;
        unpark_missing(t)
    fi;
    GIVE_LOCK;
    do
    :: !found -> break
    :: else ->
        chosen = given[t];
        d_step {
            if
            :: permits[t] < workers[t] -> permits[t]++; found = false
            :: else
            fi
        };
        if
        :: !found -> giving_way[t]--; wake_standby(t)
        :: else ->
            if
            :: given[t] != chosen
#ifdef IN_VAIN
            :: giving_way[t]--;
                d_step { permits[t]++; returned[t]++ };
                back = true;
                wake_standby(t);
                scheduler_notify(SCHEDULER(t));
                found = false
#endif
            fi
        fi;
        if
        :: !found ->
            TAKE_LOCK;
            active_members[t]++;
            GIVE_LOCK
        :: else
        fi
    od;
    chosen = 0
}
#endif

inline run_parent(child)
{
    submit(child);
    if
    :: !taken
    :: else ->
        /* Claims it if it is still queued. */
        d_step {
            if
            :: queue[chosen]??[eval(child)] -> queue[chosen]??eval(child); found = true
            :: else -> found = false
            fi
        };
        if
        :: found -> settle(child)
        :: ended[child]
        :: !found -> block_and_resume(child)
        fi
    fi
}

inline run_job()
{
    if
#if KIND == PARENT
    :: job < SUBMITTERS -> run_parent((job + SUBMITTERS * JOBS))
#endif
#if KIND == FAMILY
    :: job < SUBMITTERS ->
        run_parent((job + SUBMITTERS * JOBS));
        ended[job + SUBMITTERS * (JOBS - 1)]
#endif
#if KIND == GATED
    :: job < SUBMITTERS -> ended[job + SUBMITTERS * (JOBS - 1)]
#endif
#if KIND == HELPED
    :: job < SUBMITTERS -> standby[t] == NOBODY
#endif
#if KIND == LOOP
    :: job < SUBMITTERS ->
        count = len(queue[SCHEDULER(t)]);
        if
        :: count > 0 -> count = permits[t]; found = count + giving_way[t] >= workers[t]
        :: else
        fi;
        count = 0;
        if
        :: found -> give_way()
        :: else
        fi
#endif
    :: KIND == PLAIN || job >= SUBMITTERS
    fi;
    settle(job);
    d_step { job = 0; found = false; taken = false; chosen = 0 }
}

/* ---- activation.c ---------------------------------------------------------------------------- */

/* One pop stands for all looks at the queue: the others found it empty and changed nothing. */
inline pop(e)
{
    d_step {
        if
        :: len(queue[e]) > 0 -> queue[e]?job
        :: else -> job = NO_JOB
        fi
    }
}

/* wants: there is a permit more than there may be */
inline surplus()
{
    count = permits[t];
    wants = count > workers[t];
#if KIND == LOOP
    if
    :: wants || giving_way[t] == 0
    :: else ->
        wants = count + giving_way[t] > workers[t];
        if
        :: wants -> wants = len(queue[SCHEDULER(t)]) == 0
        :: else
        fi
    fi
#endif
}

inline search()
{
    job = NO_JOB;
    surplus();
    if
    :: wants -> wants = false
    :: else ->
        pop(SCHEDULER(t));
#ifdef STEALING
        if
        :: job != NO_JOB
        :: else ->
            steal_available(OTHER(t));
            if
            :: there -> there = 0; pop(OTHER(t))
            :: else
            fi
        fi
#endif
    fi;
    searching[SCHEDULER(t)]--;
    if
    :: job == NO_JOB
    :: else -> scheduler_notify(SCHEDULER(t))
    fi;
    count = 0
}

inline give_surplus_permit()
{
    do
    :: !permit -> break
    :: else ->
        surplus();
        if
        :: !wants -> break
        :: else ->
            d_step {
                if
                :: permits[t] == count -> permits[t]--; permit = false
                :: else
                fi
            }
        fi
    od;
    if
    :: !permit -> tell_giving_way(t)
    :: else
    fi;
    atomic {
        wants = false;
        count = 0;
        if
        :: back -> returned[t]--; back = false
        :: else
        fi
    }
}

inline run_jobs()
{
    do
    :: true ->
        run_job();
        give_surplus_permit();
        if
        :: !permit -> break
        :: else
        fi;
        pop(SCHEDULER(t));
        if
        :: job == NO_JOB -> job = 0; break
        :: else
        fi
    od;
    tell_waiters()
}

inline work()
{
    permit = true;
    do
    :: !permit -> break
    :: else ->
        search();
        if
        :: job == NO_JOB -> job = 0; permits[t]--; permit = false; tell_giving_way(t)
        :: else ->
            run_jobs();
            if
            :: permit -> searching[SCHEDULER(t)]++
            :: else
            fi
        fi
    od
}

inline redeem_pending()
{
    count = pending[t];
    found = false;
    do
    :: found || count == 0 -> break
    :: else ->
        d_step {
            if
            :: pending[t] == count -> pending[t]--; found = true
            :: else -> count = pending[t]
            fi
        }
    od;
    count = 0
}

inline take_permit_to_search()
{
    found = false;
    scheduler_wants(SCHEDULER(t));
    if
    :: !wants
    :: else ->
        permit_take(t);
        if
        :: found -> searching[SCHEDULER(t)]++
        :: else -> scheduler_notify(SCHEDULER(t)); found = false
        fi
    fi
}

inline park()
{
    found = false;
    count = active_members[t];
    if
    :: count <= workers[t] -> count = 0
    :: else ->
        count = 0;
        TAKE_LOCK;
        d_step {
            if
            :: active_members[t] > workers[t] && !stopping[t] ->
                active_members[t]--;
                wake_event[me] = false;
                parked[me] = true;
                found = true;
                ready[t] = ready[t] || active_members[t] == 0
            :: else
            fi
        };
        GIVE_LOCK;
        if
        :: found ->
end_parked:
            wake_event[me]
        :: else
        fi
    fi
}

inline stand_by()
{
    found = false;
    if
    :: permits[t] > 0
    :: else ->
        wake_event[me] = false;
        d_step {
            if
            :: standby[t] == NOBODY -> standby[t] = me + 1; found = true
            :: else
            fi
        };
        if
        :: !found
        :: else ->
#ifndef STANDBY_SLEEPS_WITHOUT_LOOKING
            scheduler_wants(SCHEDULER(t));
            if
            :: wants || permits[t] > 0 || stopping[t] -> wake_standby(t)
            :: else
            fi;
#endif
            FORGET;
end_as_standby:
            wake_event[me]
        fi
    fi
}

proctype member(byte t; byte me)
{
    LOOKS;
    byte job, chosen;
    bool found, permit, taken, back, going;
#ifdef AT_REST
    if
    :: me == t * MEMBERS -> found = true; going = true; goto end_as_standby
    :: me >= t * MEMBERS + WORKERS -> found = true; going = true; goto end_parked
    :: else
    fi;
#endif
end_idle:
    do
    :: atomic { tasks[t] > 0 -> tasks[t]--; inside[t]++ };
        activations[t]--;
        going = true;
        do
        :: !going || stopping[t] -> break
        :: else ->
            redeem_pending();
            if
            :: found
            :: else ->
                take_permit_to_search()
            fi;
            if
            :: found -> permit = true
            :: else ->
                park();
                if
                :: found /* once more from the start */
                :: else ->
                    stand_by();
                    if
                    :: !found -> going = false
                    :: else ->
                        permit_take(t);
                        if
                        :: found -> permit = true
                        :: else -> searching[SCHEDULER(t)]--; scheduler_notify(SCHEDULER(t))
                        fi
                    fi
                fi
            fi;
            found = false;
            FORGET;
            if
            :: permit -> work()
            :: else
            fi
        od;
        inside[t]--
    :: dispatcher_left[t] && tasks[t] == 0 && inside[t] == 0 -> break
    od
}

/* ---- the program ----------------------------------------------------------------------------- */

#ifdef SUBMIT_WITHOUT_FENCE
/* Without the fence a processor may look at the other words before its push is seen. One team. */
inline submit_unfenced(j)
{
    count = searching[0];
    called = standby[0];
    found = dispatcher_asleep[0] && permits[0] < workers[0];
    push(j, 0);
    if
    :: taken && len(queue[0]) > count ->
        if
        :: called -> wake_standby(0)
        :: else
        fi;
        if
        :: !called && found -> wake_dispatcher(0)
        :: else
        fi
    :: else
    fi
}
#endif

proctype submitter(byte me)
{
    LOOKS;
    byte j, number, chosen;
    bool taken, found;
    do
    :: number == JOBS -> break
    :: else ->
        j = me + number * SUBMITTERS;
#ifdef SUBMIT_WITHOUT_FENCE
        submit_unfenced(j);
#else
        submit(j);
#endif
        number++
    od;
    submitters_done++
}

inline set_workers(n)
{
    for (team : 0 .. TEAMS - 1) {
        TAKE_LOCK;
        workers[team] = n;
        unpark_missing(team);
        GIVE_LOCK;
        tell_giving_way(team)
    };
    scheduler_notify(0);
#if SCHEDULERS > 1
    scheduler_notify(1);
#endif
    for (team : 0 .. TEAMS - 1) {
        wake_dispatcher(team)
    }
}

proctype resizer()
{
    LOOKS;
    byte team;
#ifdef RESIZE_1
    set_workers(RESIZE_1);
#endif
#ifdef RESIZE_2
    set_workers(RESIZE_2);
#endif
    submitters_done++
}

inline wait_for_all()
{
    waiters++;
    do
    :: true ->
        seen = idle;
        count = settled;
        if
        :: count == submitted -> break
        :: else -> count = 0; idle != seen
        fi
    od;
    count = 0; seen = 0;
    waiters--
}

inline close_server()
{
    for (team : 0 .. SCHEDULERS - 1) {
        queue_closed[team] = true; /* the lock of the queue is held until it is empty */
        do
        :: queue[team]?j -> settle(j)
        :: empty(queue[team]) -> break
        od
    };
    tell_waiters();
    wait_for_all();
    for (team : 0 .. TEAMS - 1) {
        stopping[team] = true;
        TAKE_LOCK;
        do
        :: true ->
            unpark(team);
            if
            :: called
            :: else -> break
            fi
        od;
        GIVE_LOCK;
        wake_standby(team);
        wake_dispatcher(team)
    }
}

#if SCHEDULERS > 1
#define QUEUES_EMPTY (len(queue[0]) == 0 && len(queue[1]) == 0)
#else
#define QUEUES_EMPTY (len(queue[0]) == 0)
#endif

init
{
    LOOKS;
    byte team, j, seen;
    atomic {
        for (team : 0 .. TEAMS - 1) {
#ifdef AT_REST
            active_members[team] = WORKERS;
            workers[team] = WORKERS;
            standby[team] = team * MEMBERS + 1;
            dispatcher_asleep[team] = true;
            inside[team] = 1 + MEMBERS - WORKERS;
            for (j : WORKERS .. MEMBERS - 1) {
                parked[team * MEMBERS + j] = true
            };
#else
            active_members[team] = MEMBERS;
#endif
            run dispatcher(team);
            for (j : 0 .. MEMBERS - 1) {
                run member(team, team * MEMBERS + j)
            }
        };
        j = 0
    };
#ifndef AT_REST
    for (team : 0 .. TEAMS - 1) {
        ready[team]
    };
    set_workers(WORKERS);
#endif
    atomic {
        for (j : 0 .. SUBMITTERS - 1) {
            run submitter(j)
        };
        j = 0;
#ifdef RESIZE_1
        resized = true;
        run resizer()
#else
        submitters_done++
#endif
    };
    if
    :: submitters_done == SUBMITTERS + 1 ->
        wait_for_all();
        assert(settled == submitted && QUEUES_EMPTY)
#ifdef CLOSE_EARLY
    :: true
#endif
    fi;
#ifndef STAY_OPEN
    close_server();
    _nr_pr == 1;
    assert(settled == submitted && QUEUES_EMPTY);
    for (team : 0 .. TEAMS - 1) {
        assert(permits[team] == pending[team] && active_members[team] == MEMBERS)
    };
#if TEAMS == SCHEDULERS
    for (team : 0 .. TEAMS - 1) {
        assert(searching[team] == pending[team])
    }
#else
    assert(searching[0] == pending[0] + pending[1])
#endif
#endif
}
