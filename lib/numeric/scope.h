/* What a thread is in: a loop that it takes part in, or a call that may be told to end early. Loops
 * that it begins there are to end with it. */
#ifndef NUMERIC_SCOPE_H
#define NUMERIC_SCOPE_H

#include <stdbool.h>

#include "yoke/server.h"

struct scope {
    bool (*is_over)(const void *what); /* asked by any thread; asks what is around it, too */
    const void *what;
    const yoke_job *part_of;    /* what loops in there are part of, or NULL */
    const yoke_job *job;        /* whose kernel runs on the thread there, or NULL */
    const struct scope *before; /* of that thread */
};

/* From now on the calling thread is in `scope`, until scope_leave(), on the same thread. */
void scope_enter(struct scope *scope, bool (*is_over)(const void *what), const void *what,
                 const yoke_job *part_of);
void scope_leave(const struct scope *scope);

/* The innermost one that the calling thread is in, or NULL. */
const struct scope *scope_here(void);

/* The job that a loop is part of which the calling thread begins now, or NULL. */
const yoke_job *scope_job(void);

static inline bool scope_is_over(const struct scope *scope)
{
    return scope && scope->is_over(scope->what);
}

#endif
