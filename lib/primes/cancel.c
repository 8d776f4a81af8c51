/* Each thread has a chain of scopes, from the innermost out; a look goes through all of them. */
#include "cancel.h"

#include "base/error.h"
#include "server/lifecycle/run.h"

static _Thread_local const struct cancel_scope *innermost;

const struct cancel_scope *cancel_scope(void)
{
    return innermost;
}

void cancel_enter(const struct cancel_scope *scope)
{
    innermost = scope;
}

void cancel_enter_options(struct cancel_scope *scope, const yoke_primes_options *options)
{
    const atomic_bool *stop = options ? (const atomic_bool *)options->cancel : NULL;
    *scope = (struct cancel_scope){.stop = stop, .outer = innermost};
    innermost = scope;
}

static bool should_leave(void)
{
    const yoke_job *job = run_current_job();
    if (job && run_should_leave(job))
        return true;
    for (const struct cancel_scope *scope = innermost; scope; scope = scope->outer)
        if ((scope->job && run_should_leave(scope->job)) ||
            (scope->stop && atomic_load_explicit(scope->stop, memory_order_relaxed)))
            return true;
    return false;
}

yoke_status cancel_look(void)
{
    return should_leave() ? error_set(YOKE_CANCELLED, "the work on the primes was cancelled, "
                                                      "or its job is out of time")
                          : YOKE_OK;
}
