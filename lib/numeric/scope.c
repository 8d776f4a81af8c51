/* Each thread has a chain of scopes, from the innermost out: see scope.h. */
#include "scope.h"

#include "server/lifecycle/running.h"

static _Thread_local const struct scope *innermost;

void scope_enter(struct scope *scope, bool (*is_over)(const void *what), const void *what,
                 const yoke_job *part_of)
{
    *scope = (struct scope){is_over, what, part_of, running_job(), innermost};
    innermost = scope;
}

void scope_leave(const struct scope *scope)
{
    innermost = scope->before;
}

/* A job that runs inside a piece that waits for it has nothing to do with that piece's loop. */
const struct scope *scope_here(void)
{
    return innermost && innermost->job == running_job() ? innermost : NULL;
}

const yoke_job *scope_job(void)
{
    const struct scope *scope = scope_here();
    return scope ? scope->part_of : running_job();
}
