/* Of waits.pml: what a thread does that waits, inside a job or outside. `me` is the thread, `top` the
 * job that it runs. */

/* ---- waiting --------------------------------------------------------------------------------- */

/* path_walk(): `end` is where the path from the job ends, `word` what it was then. */
inline path_walk(j, end, word)
{
    end = j;
    do
    :: true ->
        word = WORD(end);
        if
        :: settled[end] && end != j -> end = j /* back, and on from there */
        :: state[end] == QUEUED && dependent[end] ->
            d_step { found = linked[end]; next = (found -> after[end] : NONE) };
            if
            :: found -> end = next; watched[end] = true
            :: else -> break
            fi
        :: else -> break
        fi
    od;
    found = false;
    next = NONE
}

#define SERVER_HERE (me / MEMBERS)
#define FOREIGN(j) (server_of[j] != SERVER_HERE && !mine[server_of[j]])

/* Claims the job that is returned, or queued and not held: it comes on top. */
inline claim(j)
{
    d_step {
        found = lies[j] && (returned[j] || (state[j] == QUEUED && !dependent[j]));
        if
        :: found ->
            lies[j] = false;
            if
            :: returned[j] -> returned[j] = false
            :: else -> state[j] = RUNNING
            fi;
            runner[j] = me;
            beneath[j] = top;
            top = j;
            told[0] = false;
#if SERVERS > 1
            told[1] = false
#endif
        :: else
        fi
    }
}

inline run_as_proxy(j)
{
#ifndef NO_PROXIES
    atomic {
        found = false;
        if
#ifndef PROXY_LEAVES_PENDING
        :: pending[server_of[j]] > 0 -> pending[server_of[j]]--; found = true
#endif
        :: pending[server_of[j]] == 0 && permits[server_of[j]] < WORKERS ->
            permits[server_of[j]]++; found = true
        :: else
        fi
    };
    if
    :: found ->
        claim(j);
        if
        :: found -> by_proxy[j] = true; mine[server_of[j]] = true
        :: else -> permits[server_of[j]]--
        fi
    :: else
    fi
#else
    skip
#endif
}

/* Runs the job at the end of a path, or calls it back, if that can be done: in `found`. */
inline do_job(j)
{
    found = false;
    if
    :: returned[j] ->
#ifndef ONLY_WORKERS_CALL_BACK
        claim(j)
#else
        skip
#endif
    :: !returned[j] && state[j] == QUEUED && !dependent[j] ->
        if
        :: FOREIGN(j) -> run_as_proxy(j)
        :: else -> claim(j)
        fi
    :: else
    fi
}

#ifdef UNCLAIMED_CANNOT_END
#define UNCLAIMED false
#else
#define UNCLAIMED true
#endif
#define CAN_END(j) (j != NONE && (settled[j] || state[j] == QUEUED || \
                    (runner[j] == NONE -> UNCLAIMED : goes_on[runner[j]])))

/* The search for a thread that is not blocked: in `found`. */
inline blocked_enter(end1, end2)
{
    d_step {
        for (k : 0 .. THREADS - 1) {
            goes_on[k] = k != me && blocked_on[k] == NONE
        };
        for (round : 1 .. THREADS) {
            for (k : 0 .. THREADS - 1) {
                if
                :: k != me && !goes_on[k] -> goes_on[k] = CAN_END(blocked_on[k]) || CAN_END(or_on[k])
                :: else
                fi
            }
        };
        found = CAN_END(end1) || CAN_END(end2);
        blocked_on[me] = end1;
        or_on[me] = end2;
        for (k : 0 .. THREADS - 1) {
            goes_on[k] = false
        };
        k = 0;
        round = 0
    };
    assert(found); /* else the wait is refused */
    found = false
}

#define SETTLED(j) (j != NONE && settled[j])

/* On the word of the job itself. */
inline job_sleep(j)
{
    d_step {
        waited[j] = true;
        word1 = WORD(j);
        found = settled[j] || returned[j]
    };
    if
    :: found
    :: else ->
        d_step {
            if
            :: word1 == WORD(j) -> asleep_on[me] = j
            :: else
            fi
        };
        asleep_on[me] == NONE
    fi;
    d_step { found = false; word1 = 0 }
}

/* Between leaving work and coming back: permits of the server here, and of the other as a proxy. */
inline give_permits()
{
    permits[SERVER_HERE]--;
#if SERVERS > 1
    if
    :: mine[1 - SERVER_HERE] -> permits[1 - SERVER_HERE]--
    :: else
    fi
#endif
}

inline take_permits()
{
    permits[SERVER_HERE]++;
#if SERVERS > 1
    if
    :: mine[1 - SERVER_HERE] -> permits[1 - SERVER_HERE]++
    :: else
    fi
#endif
}

/* has_changed() */
#define HAS_CHANGED(j1, j2) (SETTLED(j1) || SETTLED(j2) || dependent_ended[me] || stuck[me] || \
                             WORD(end1) != word1 || (end2 != NONE && WORD(end2) != word2))

inline sleep_until_changed(j1, j2)
{
    do
    :: true ->
        changed[me];
        changed[me] = false;
        if
        :: HAS_CHANGED(j1, j2) -> break
        :: else
        fi
    od
}

/* One turn of wait_long(): ends with another job on top, after a sleep, or with the wait. */
inline wait_once(j1, j2)
{
#ifndef LOOK_LATE
    changed[me] = false;
#endif
    if
    :: SETTLED(j1) || SETTLED(j2) ->
        waits[top] = false;
        if
        :: watching[top] -> watchers--; watching[top] = false
        :: else
        fi
    :: else ->
        d_step { stuck[me] = false; dependent_ended[me] = false };
        path_walk(j1, end1, word1);
        do_job(end1);
        if
        :: !found && j2 != NONE ->
            path_walk(j2, end2, word2);
            do_job(end2)
        :: else
        fi;
#ifdef ALONE_THOUGH_DEPENDENT
        alone = j2 == NONE;
#else
        alone = j2 == NONE && end1 == j1 && word1 / 8 != QUEUED;
#endif
        if
        :: found
        :: !found && !watching[top] && !alone ->
            watching[top] = true;
            watchers++;
            watched[j1] = true;
            if
            :: j2 != NONE -> watched[j2] = true
            :: else
            fi
        :: else ->
#ifdef LOOK_LATE
            changed[me] = false;
#endif
            blocked_enter(end1, end2);
            give_permits();
            if
            :: watching[top] -> sleep_until_changed(j1, j2)
            :: else -> job_sleep(j1)
            fi;
            take_permits();
            d_step { blocked_on[me] = NONE; or_on[me] = NONE }
        fi
    fi;
    d_step { found = false; alone = false; end1 = NONE; end2 = NONE; word1 = 0; word2 = 0 }
}

/* Outside: until the job has settled. */
inline wait_outside(j)
{
    do
    :: settled[j] -> break
    :: else ->
        if
#ifndef ONLY_WORKERS_CALL_BACK
        :: returned[j] ->
            claim(j);
            top = NONE;
            if
            :: found -> finish(j)
            :: else
            fi
#endif
        :: else -> job_sleep(j)
        fi
    od
}

/* yoke_group_wait(), begun when job 0 has been announced */
inline group_wait()
{
#ifndef NO_ARRIVALS
    group_waiters++;
    do
    :: true ->
        word1 = arriving;
        if
        :: word1 == 0 -> break
        :: else
        fi;
        d_step { group_asleep = word1 == arriving };
        !group_asleep
    od;
    group_waiters--;
#endif
    do
    :: true ->
        d_step {
            follower = NONE;
            for (k : 0 .. JOBS - 1) {
                if
                :: joined[k] && follower == NONE -> follower = k
                :: else
                fi
            };
            k = 0;
            j = follower;
            follower = NONE
        };
        if
        :: j == NONE -> break
        :: else -> wait_outside(j); joined[j] = false
        fi
    od;
    assert(settled[0])
}
