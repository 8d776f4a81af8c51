/* A plan: what a walk will do, drawn from a seed before anything runs.
 *
 * It is a list of steps. Each belongs to a script: that of an outside thread, or that of a job's
 * kernel, of its OpenMP tasks, of the pieces of its loop and of what it forks, or of its callback.
 * A job's properties are steps too, in the script of its task. So whatever a plan does can be taken
 * away step by step, until only that is left which makes it fail. */
#ifndef WALK_PLAN_H
#define WALK_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "yoke/server.h"

enum {
    THREADS_MAX = 4,
    SERVERS_MAX = 3,
    GROUPS = 2, /* of each server */
    JOBS_MAX = 200,
    STEPS_MAX = 2000,
    OTHERS_MAX = 4, /* jobs of a step */
    AFTER_MAX = 6,
    UNITS_MAX = 5000 /* of 16 bytes: more than the 64 KiB from which memory is placed */
};

#define NO_JOB 0xffffu

/* Whose script a step belongs to. */
enum where { THREAD, KERNEL, TASK, PIECE, CALLBACK, TRAIT, WHERES };

/* What a step does: its words, and in which scripts it is drawn, how often (of THREAD, KERNEL,
 * TASK, PIECE, CALLBACK). */
#define VERBS(V)                                                                                   \
    V(SUBMIT, "submit", 0, 0, 0, 0, 0)                                                             \
    V(MISUSE, "misuse", 1, 1, 0, 0, 1)                                                             \
    V(WAIT, "yoke_job_wait", 6, 10, 8, 6, 6)                                                       \
    V(WAIT_ANY, "yoke_wait_any", 4, 8, 4, 3, 3)                                                    \
    V(WAIT_ALL, "yoke_wait_all", 3, 5, 3, 2, 2)                                                    \
    V(RESULT_OF, "yoke_job_result", 4, 5, 3, 2, 3)                                                 \
    V(WAIT_GROUP, "yoke_group_wait", 3, 3, 1, 1, 1)                                                \
    V(WAIT_SERVER, "yoke_server_wait", 2, 1, 0, 0, 1)                                              \
    V(LOOK, "look at", 4, 2, 2, 2, 2)                                                              \
    V(RELEASE, "yoke_job_release", 5, 3, 1, 1, 2)                                                  \
    V(CANCEL, "yoke_job_cancel", 5, 3, 2, 1, 3)                                                    \
    V(CANCEL_GROUP, "yoke_group_cancel", 2, 1, 0, 1, 1)                                            \
    V(RESIZE, "yoke_server_resize", 3, 1, 0, 1, 1)                                                 \
    V(STATISTICS, "statistics of", 3, 1, 1, 0, 1)                                                  \
    V(TRACE_WRITE, "yoke_server_write_trace", 1, 0, 0, 0, 0)                                       \
    V(OPEN, "yoke_server_open", 1, 0, 0, 0, 0)                                                     \
    V(CLOSE, "yoke_server_close", 1, 0, 0, 0, 0)                                                   \
    V(BRIEF, "a server's short life", 1, 0, 0, 0, 0)                                               \
    V(FORK, "fork, and ask in the child", 1, 0, 0, 0, 0)                                           \
    V(LINGER, "linger", 6, 5, 3, 1, 2)                                                             \
    V(FOLLOW, "linger until it has started:", 2, 4, 2, 0, 0)                                       \
    V(TELL, "yoke_context_progress", 0, 2, 0, 0, 0)                                                \
    V(PRINT, "yoke_context_print", 0, 2, 0, 0, 0)                                                  \
    V(CONTEXT, "ask the context", 0, 2, 0, 0, 0)                                                   \
    V(LOOP, "yoke_for_each", 0, 2, 0, 0, 0)                                                        \
    V(PARALLEL, "yoke_parallel_...", 0, 2, 0, 0, 0)                                                \
    V(DIVIDE, "forks and joins", 1, 3, 1, 1, 1)                                                    \
    V(MAP, "a map, pipeline or iterator", 1, 1, 0, 0, 0)                                           \
    V(TASKS, "OpenMP tasks", 0, 3, 0, 0, 0)                                                        \
    V(REFUSED, "what a job may not do", 0, 2, 0, 0, 1)                                             \
    V(SUM, "sums of primes", 1, 1, 0, 0, 0)                                                        \
    V(PRIMES, "a walk over primes", 1, 1, 1, 0, 0)                                                 \
    V(ARRAYS, "calls over arrays", 1, 1, 1, 1, 1)                                                  \
    V(TOPOLOGY, "a topology", 1, 0, 0, 0, 0)                                                       \
    V(TEXTS, "texts and errors", 2, 1, 1, 1, 1)                                                    \
    V(LOG, "yoke_log", 1, 1, 0, 0, 1)                                                              \
    V(AFTER, "comes after", 0, 0, 0, 0, 0)                                                         \
    V(AFTER_POLICY, "if they are not done", 0, 0, 0, 0, 0)                                         \
    V(CALLED_BACK, "has a callback", 0, 0, 0, 0, 0)                                                \
    V(CALLBACK_FAILS, "its callback fails", 0, 0, 0, 0, 0)                                         \
    V(IN_GROUP, "is in group", 0, 0, 0, 0, 0)                                                      \
    V(PRIORITY, "has priority", 0, 0, 0, 0, 0)                                                     \
    V(PLACE, "has a place", 0, 0, 0, 0, 0)                                                         \
    V(TIME_LIMIT, "may run for us:", 0, 0, 0, 0, 0)                                                \
    V(DEADLINE, "must end within us:", 0, 0, 0, 0, 0)                                              \
    V(TRIES, "tries:", 0, 0, 0, 0, 0)                                                              \
    V(FAILS, "its kernel fails so often:", 0, 0, 0, 0, 0)                                          \
    V(HEEDS, "leaves early when told", 0, 0, 0, 0, 0)                                              \
    V(RESULT_SIZE, "result of 16-byte units:", 0, 0, 0, 0, 0)                                      \
    V(ARGUMENT_SIZE, "more argument of 16-byte units:", 0, 0, 0, 0, 0)                             \
    V(NO_HANDLE, "without a handle", 0, 0, 0, 0, 0)                                                \
    V(TRY_SUBMIT, "by yoke_try_submit", 0, 0, 0, 0, 0)                                             \
    V(ELSEWHERE, "may run elsewhere", 0, 0, 0, 0, 0)                                               \
    V(KEYED, "has a key, if it may run elsewhere", 0, 0, 0, 0, 0)

enum verb {
#define VERB_NUMBER(name, ...) VERB_##name,
    VERBS(VERB_NUMBER)
#undef VERB_NUMBER
        VERB_COUNT
};

struct step {
    uint8_t where, verb;
    uint16_t owner; /* thread or job */
    uint16_t count; /* of others */
    uint16_t jobs[OTHERS_MAX];
    uint32_t value;
    uint16_t next; /* of the same script, or STEPS_MAX */
    bool gone;     /* taken away by the shrinker */
};

/* A job's properties, put together from the steps that are there. */
struct traits {
    unsigned server, after_count, after[AFTER_MAX], policy;
    bool callback, callback_fails, heeds, no_handle, try_submit, elsewhere, keyed;
    int group, priority; /* group: -1 for none */
    unsigned place, time_limit, deadline, tries, fails, result_units, argument_units;
};

enum { STAYS_HERE, GOES_ELSEWHERE, ALONE_ELSEWHERE };

struct server_plan {
    unsigned workers, capacity, executor;
    bool trace, late; /* late: a step opens it */
};

struct plan {
    uint64_t seed;
    unsigned threads, servers, jobs, steps;
    bool cycles;       /* jobs may wait for each other in rings, and are refused */
    bool groups_first; /* closed before the servers are released */
    bool leave_early;  /* servers are closed without a wait for the rest */
    struct server_plan server[SERVERS_MAX];
    uint8_t job_server[JOBS_MAX];
    struct traits traits[JOBS_MAX];
    struct step step[STEPS_MAX];
    uint16_t first[WHERES][JOBS_MAX]; /* step of a script, or STEPS_MAX */
};

void plan_draw(struct plan *plan, uint64_t seed);

/* Puts scripts and traits together, without the steps that are gone. */
void plan_settle(struct plan *plan);

/* The step in words. */
void plan_tell_step(const struct plan *plan, const struct step *step, FILE *stream);
void plan_tell(const struct plan *plan, FILE *stream);

/* A timeout, drawn by a step's value. */
yoke_duration plan_timeout(const struct step *step);

#endif
