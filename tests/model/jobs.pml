/* Of waits.pml: the jobs, and what is done to them by who submits, tells, ends and settles them. */
#define JOBS    4
#define NONE    15
/* Threads: the members of server 0 and 1, then the submitter, the one who ends jobs, the one outside
 * who waits. */
#define SUBMITTER (SERVERS * MEMBERS)
#define ENDER     (SUBMITTER + 1)
#define WAITER    (SUBMITTER + 2)
#define THREADS   (SUBMITTER + 3)

/* ---- the jobs -------------------------------------------------------------------------------- */

/* What they are: see scene(). */
byte jobs, submitted;
byte server_of[JOBS], after[JOBS], waits_for[JOBS], or_for[JOBS];
bool has_callback[JOBS], grouped[JOBS], gated[JOBS]; /* gated: its kernel runs until it is told */

/* The state word. */
mtype = { NEW, QUEUED, RUNNING, ENDED };
mtype state[JOBS] = NEW;
bool done[JOBS]; /* how it ended */
bool dependent[JOBS], returned[JOBS], settled[JOBS], waited[JOBS], watched[JOBS];
#define WORD(j) (state[j] * 8 + dependent[j] * 4 + returned[j] * 2 + settled[j])

bool lies[JOBS];      /* in a queue: of dependent ones while it is dependent, else a scheduler's */
bool stop[JOBS];      /* the flag for its kernel */
bool linked[JOBS];     /* the dependency to it */
byte missing[JOBS];   /* predecessors, and one until all dependencies are linked */
byte runner[JOBS] = NONE;
byte beneath[JOBS] = NONE; /* the job in whose kernel it runs, on the same thread */
bool by_proxy[JOBS];
bool waits[JOBS]; /* its kernel does */
byte called[JOBS]; /* back */

/* ---- servers, threads, the group ------------------------------------------------------------- */

byte permits[SERVERS], pending[SERVERS];
byte idle[SERVERS]; /* members that idle */
bool told[SERVERS]; /* that the pending permits there are have no one to redeem them */

byte watchers;
bool changed[THREADS]; /* the word of watch.c has, since the thread looked */
bool dependent_ended[THREADS], stuck[THREADS]; /* likewise its counts */
byte asleep_on[THREADS] = NONE; /* the word of that job */
byte blocked_on[THREADS] = NONE, or_on[THREADS] = NONE;

bool joined[JOBS]; /* is in the group's list */
byte cancels, cancelled_by[JOBS], arriving;
bool announced[JOBS];
byte group_waiters;
bool group_asleep;

byte k, round; /* of steps that nobody sees into */
bool goes_on[THREADS];

/* ---- telling --------------------------------------------------------------------------------- */

#define NOTE(array) \
    d_step { \
        for (k : 0 .. THREADS - 1) { \
            array[k] = true \
        }; \
        k = 0 \
    }

/* In two steps: a look for watchers, the word. */
inline watch_tell()
{
#ifndef WATCH_WITHOUT_FENCE
    there = watchers;
#endif
    if
    :: there > 0 -> NOTE(changed)
    :: else
    fi;
    there = 0
}

#ifdef WATCH_WITHOUT_FENCE
#define LOOK_AHEAD there = watchers
#else
#define LOOK_AHEAD skip
#endif

/* `was_...` is the word of before. */
inline tell_waiters(j)
{
    if
    :: was_waited ->
        d_step {
            for (k : 0 .. THREADS - 1) {
                if
                :: asleep_on[k] == j -> asleep_on[k] = NONE
                :: else
                fi
            };
            k = 0
        }
    :: else
    fi;
    if
    :: was_dependent -> NOTE(dependent_ended)
    :: else
    fi;
    if
    :: was_dependent || was_watched -> watch_tell()
    :: else
    fi;
    d_step { was_waited = false; was_watched = false; was_dependent = false; there = 0 }
}

/* ---- ending ---------------------------------------------------------------------------------- */

/* queue_end(): answers in `found`. */
inline queue_end(j)
{
    d_step {
        found = state[j] == QUEUED;
        if
        :: found -> assert(lies[j]); lies[j] = false; state[j] = ENDED
        :: else
        fi
    }
}

/* queue_return(), and the same for the last part of a dependent job's way: the queue is locked. */
inline queue_return(j)
{
    LOOK_AHEAD;
    d_step {
        assert(!lies[j] && state[j] == ENDED && !settled[j]);
        lies[j] = true;
        returned[j] = true;
        was_waited = waited[j];
        was_watched = watched[j];
        was_dependent = dependent[j];
        told[server_of[j]] = false
    };
#ifdef RETURN_WITHOUT_TELLING
    d_step { was_waited = false; was_watched = false; was_dependent = false; there = 0 }
#else
    tell_waiters(j)
#endif
}

inline queue_transfer(j)
{
    LOOK_AHEAD;
    d_step {
        found = state[j] == QUEUED;
        if
        :: found ->
            assert(lies[j] && dependent[j]);
            dependent[j] = false;
            was_waited = waited[j];
            was_watched = watched[j];
            told[server_of[j]] = false
        :: else
        fi
    };
#ifdef ARRIVE_WITHOUT_TELLING
    d_step { was_waited = false; was_watched = false; there = 0 }
#else
    if
    :: found -> tell_waiters(j)
    :: else -> there = 0
    fi
#endif
}

inline call_back(j)
{
    if
    :: has_callback[j] -> called[j]++; assert(called[j] == 1)
    :: else
    fi
}

inline count_down(j)
{
    d_step { missing[j]--; found = missing[j] == 0 };
    if
    :: found -> queue_transfer(j)
    :: else
    fi
}

/* The job after `from`, which has settled; answers in `next` the job itself if it is to settle. */
inline pass_on(j, from)
{
    next = NONE;
    if
    :: done[from]
    :: else ->
        queue_end(j);
        if
        :: found && has_callback[j] -> queue_return(j)
        :: found && !has_callback[j] -> next = j
        :: else
        fi
    fi
}

/* The rest of a job that has ended and been called back; and of those that end for its sake. */
inline settle(first)
{
    cur = first;
    do
    :: cur == NONE -> break
    :: else ->
        LOOK_AHEAD;
        d_step {
            assert(!settled[cur] && !returned[cur] && !lies[cur]);
            settled[cur] = true;
            was_waited = waited[cur];
            was_watched = watched[cur];
            was_dependent = dependent[cur]
        };
        tell_waiters(cur);
        joined[cur] = false;
        d_step {
            next = NONE;
            for (k : 0 .. JOBS - 1) {
                if
                :: k < jobs && after[k] == cur && linked[k] -> linked[k] = false; next = k
                :: else
                fi
            };
            k = 0;
            follower = next
        };
        if
        :: follower == NONE
        :: else ->
            pass_on(follower, cur);
            if
            :: next == NONE -> count_down(follower)
            :: else
            fi
        fi;
        cur = next;
        d_step { next = NONE; follower = NONE; found = false }
    od;
    skip /* no jump into a d_step that follows */
}

/* never_started_finish() */
inline finish(j)
{
    runner[j] = me;
    call_back(j);
    settle(j)
}

inline cancel(j)
{
    stop[j] = true;
    queue_end(j);
    if
    :: found -> finish(j)
    :: else
    fi;
    found = false
}

#define STEPS byte cur = NONE, next = NONE, follower = NONE, there; \
              bool found, was_waited, was_watched, was_dependent

/* ---- submitting ------------------------------------------------------------------------------ */

inline end_arrival()
{
    arriving--;
    if
    :: group_waiters > 0 -> group_asleep = false
    :: else
    fi
}

/* yoke_submit() and yoke_group_submit() */
inline submit(j)
{
    if
    :: grouped[j] ->
        arriving++;
        cancelled_by[j] = cancels;
#ifdef JOIN_BEFORE_PUSH
        joined[j] = true;
        end_arrival();
#endif
        announced[j] = true
    :: else
    fi;
    d_step { state[j] = QUEUED; dependent[j] = after[j] != NONE };
    d_step { lies[j] = true; told[server_of[j]] = false };
    if
    :: after[j] == NONE
    :: else ->
        d_step {
            missing[j] = 2;
            linked[j] = !settled[after[j]];
            found = linked[j]
        };
        if
        :: found
        :: else ->
            pass_on(j, after[j]);
            if
            :: next != NONE -> cur = next; next = NONE; finish(cur)
            :: else
            fi;
            count_down(j)
        fi;
        count_down(j)
    fi;
#ifndef JOIN_BEFORE_PUSH
    if
    :: grouped[j] ->
        d_step {
            found = cancelled_by[j] < cancels;
            cancelled_by[j] = cancels;
            joined[j] = !settled[j]
        };
        end_arrival();
#ifndef NO_COMPARE
        if
        :: found -> cancel(j)
        :: else
        fi
#endif
    :: else
    fi;
#endif
    found = false
}
