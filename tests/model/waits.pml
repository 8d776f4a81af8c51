/* Jobs and those who wait for them, for the checker spin: what the modules {wait,watch,path,blocked,
 * after,group,settle,proxy}.c do for jobs that are dependent, cancelled or out of time while queued,
 * called back by whoever comes by, waited for inside jobs and outside, in groups, on two servers.
 *
 * Every step is one access to a shared word of the code, or a critical section of which others see
 * one word. The wake-up protocol of a scheduler, which wakeups.pml is about, is taken to do what it
 * promises: where a server has jobs queued, permits left and nobody searching, its dispatcher writes a
 * pending permit, and a member that idles redeems it; where none idles the dispatcher tells those who watch
 * (WATCH_STUCK). Queues give any of their jobs, not the first: that is more than can happen. Left
 * out: nested tasks, resizing, closing.
 *
 * What is checked. There is no state in which nobody can go on while a job has not settled or a
 * waiter has not returned: that ends the search with an "invalid end state". And the assertions: a
 * job ends once and is called back once; none is taken out of a queue in which it does not lie; no
 * wait is refused, since every job waits for jobs with lower numbers alone.
 *
 * SCENE chooses the jobs, see scene() at the end; MEMBERS is how many threads each server has, for
 * workers and stand-ins together. A defect is planted with -D: see run.sh. */
#ifndef MEMBERS
#define MEMBERS 1
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef SERVERS
#define SERVERS 1
#endif
#include "jobs.pml"
#include "waiting.pml"

/* ---- threads --------------------------------------------------------------------------------- */

#define LIES(j, s) (j < jobs && lies[j] && server_of[j] == s && !(state[j] == QUEUED && dependent[j]))
#define ANY_LIES(s) (LIES(0, s) || LIES(1, s) || LIES(2, s) || LIES(3, s))

/* The job on top has been claimed: its kernel goes on, or it is called back. */
inline go_on_with_top()
{
    if
    :: state[top] == RUNNING && waits[top] -> wait_once(waits_for[top], or_for[top])
    :: else ->
        if
        :: state[top] == RUNNING ->
            !gated[top] || stop[top];
            d_step { done[top] = !stop[top]; state[top] = ENDED }
        :: else
        fi;
        call_back(top);
        settle(top);
        d_step {
            cur = top;
            top = beneath[top];
            beneath[cur] = NONE;
            found = by_proxy[cur];
            by_proxy[cur] = false
        };
        if
        :: found -> mine[server_of[cur]] = false; permits[server_of[cur]]--
        :: else
        fi;
        d_step { cur = NONE; found = false }
    fi
}

proctype member(byte me)
{
    STEPS;
    byte top = NONE, end1 = NONE, end2 = NONE, word1, word2;
    bool alone, permit, watching[JOBS], mine[2];
    idle[SERVER_HERE]++;
end:
    do
    :: atomic { top == NONE && !permit && pending[SERVER_HERE] > 0 ->
            pending[SERVER_HERE]--; idle[SERVER_HERE]--; permit = true }
    :: top == NONE && permit ->
        if
        :: permits[SERVER_HERE] > WORKERS -> found = true /* surplus */
        :: else ->
            found = false;
            if
            :: LIES(0, SERVER_HERE) -> claim(0)
            :: LIES(1, SERVER_HERE) -> claim(1)
            :: LIES(2, SERVER_HERE) -> claim(2)
            :: LIES(3, SERVER_HERE) -> claim(3)
            :: !ANY_LIES(SERVER_HERE) -> found = true
            fi
        fi;
        if
        :: top == NONE && found -> atomic { permit = false; permits[SERVER_HERE]--; idle[SERVER_HERE]++ }
        :: else
        fi;
        found = false
    :: top != NONE -> go_on_with_top()
    od
}

proctype dispatcher(byte s)
{
    byte there;
end:
    do
    :: atomic { pending[s] == 0 && permits[s] < WORKERS && ANY_LIES(s) -> permits[s]++; pending[s]++;
            told[s] = false }
    :: pending[s] > 0 && !ANY_LIES(s) && idle[s] == 0 ->
        atomic { /* redeemed by who comes off work: nothing is left to be done */
            if
            :: pending[s] > 0 && !ANY_LIES(s) -> pending[s]--; permits[s]--
            :: else
            fi
        }
    :: atomic { pending[s] > 0 && ANY_LIES(s) && idle[s] == 0 && !told[s] -> told[s] = true };
#ifndef NO_STUCK
        NOTE(stuck);
#ifdef WATCH_WITHOUT_FENCE
        there = watchers;
#endif
        watch_tell()
#endif
    od
}

proctype submitter()
{
    byte me = SUBMITTER, j;
    STEPS;
    do
    :: j == jobs -> break
    :: else -> submit(j); j++; submitted = j
    od
}

/* What ends queued jobs. */
proctype ender()
{
    byte me = ENDER, cancel_number;
    STEPS;
#ifdef CANCELLED
    submitted > CANCELLED;
    cancel(CANCELLED)
#endif
#ifdef TIMED_OUT
    lies[TIMED_OUT] || state[TIMED_OUT] == RUNNING || state[TIMED_OUT] == ENDED;
    stop[TIMED_OUT] = true;
    queue_end(TIMED_OUT);
    if
    :: found && has_callback[TIMED_OUT] -> queue_return(TIMED_OUT)
    :: found && !has_callback[TIMED_OUT] -> finish(TIMED_OUT)
    :: else
    fi
#endif
#ifdef GROUP_CANCELLED
    announced[0];
    d_step { cancels++; cancel_number = cancels };
    do
    :: true ->
        d_step {
            next = NONE;
            for (k : 0 .. JOBS - 1) {
                if
                :: joined[k] && cancelled_by[k] < cancel_number && next == NONE -> next = k
                :: else
                fi
            };
            k = 0;
            if
            :: next != NONE -> cancelled_by[next] = cancel_number
            :: else
            fi
        };
        if
        :: next == NONE -> break
        :: else -> follower = next; next = NONE; cancel(follower)
        fi
    od
#endif
}

proctype waiter()
{
    byte me = WAITER, j, top = NONE, word1;
    STEPS;
#ifdef GROUP_WAITED
    announced[0];
    group_wait();
#endif
    j = jobs;
    do
    :: j == 0 -> break
    :: else -> j--; submitted > j; wait_outside(j)
    od
}

/* ---- scenes ---------------------------------------------------------------------------------- */

#define HAS_SETTLED(j) (j >= jobs || settled[j])
#define ALL_SETTLED (HAS_SETTLED(0) && HAS_SETTLED(1) && HAS_SETTLED(2) && HAS_SETTLED(3))

#define JOB(j, after_job, wait1, wait2) \
    after[j] = after_job; waits_for[j] = wait1; or_for[j] = wait2; waits[j] = wait1 != NONE; jobs = j + 1

inline scene()
{
#if SCENE == 1 /* a wait for a dependent job, by a thread that another waits for */
    JOB(0, NONE, NONE, NONE);
    JOB(1, 0, NONE, NONE);
    JOB(2, NONE, 1, NONE);
    JOB(3, NONE, 2, NONE);
#endif
#if SCENE == 2 /* a chain of jobs that end never_started and are called back, waited for inside a job */
    JOB(0, NONE, NONE, NONE);
    JOB(1, 0, NONE, NONE);
    JOB(2, NONE, 1, NONE);
    has_callback[0] = true;
    has_callback[1] = true;
#endif
#if SCENE == 3 /* waits to and fro between two servers */
    JOB(0, NONE, NONE, NONE);
    JOB(1, NONE, 0, NONE);
    JOB(2, NONE, 1, NONE);
    server_of[1] = 1;
#endif
#if SCENE == 4 /* the same for a dependent job of the other server */
    JOB(0, NONE, NONE, NONE);
    JOB(1, 0, NONE, NONE);
    JOB(2, NONE, 1, NONE);
    JOB(3, NONE, 2, NONE);
    server_of[0] = 1;
    server_of[1] = 1;
    server_of[3] = 1;
#endif
#if SCENE == 5 /* a group that is cancelled while a job joins it, the kernel of which runs until then */
    JOB(0, NONE, NONE, NONE);
    JOB(1, NONE, 0, NONE);
    grouped[0] = true;
    gated[0] = true;
    has_callback[0] = true;
#endif
#if SCENE == 6 /* any of two dependent jobs */
    JOB(0, NONE, NONE, NONE);
    JOB(1, 0, NONE, NONE);
    JOB(2, NONE, NONE, NONE);
    JOB(3, NONE, 1, 2);
    has_callback[1] = true;
#endif
}

/* With EARLY all jobs have been submitted when the threads start. */
inline submit_early()
{
    for (k : 0 .. jobs - 1) {
        state[k] = QUEUED;
        lies[k] = true;
        dependent[k] = after[k] != NONE;
        linked[k] = dependent[k];
        missing[k] = (dependent[k] -> 1 : 0)
    };
    submitted = jobs
}

init
{
    atomic {
        scene();
#ifdef EARLY
        submit_early();
#else
        run submitter();
#endif
#if defined(CANCELLED) || defined(TIMED_OUT) || defined(GROUP_CANCELLED)
        run ender();
#endif
#ifndef NOBODY_OUTSIDE
        run waiter();
#endif
        for (k : 0 .. SERVERS - 1) {
            run dispatcher(k)
        };
        for (k : 0 .. SERVERS * MEMBERS - 1) {
            run member(k)
        };
        k = 0
    };
    submitted == jobs && ALL_SETTLED
}
