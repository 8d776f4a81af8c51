/* Asks the job that the thread is in, and the loops and calls. */
#include "cancel.h"

#include "base/error.h"
#include "server/lifecycle/running.h"

static bool is_over(const void *what)
{
    const struct cancel_call *call = what;
    return (call->stop && atomic_load_explicit(call->stop, memory_order_relaxed)) ||
           scope_is_over(call->around);
}

void cancel_enter(struct cancel_call *call, const yoke_primes_options *options)
{
    call->stop = options ? (const atomic_bool *)options->cancel : NULL;
    call->around = scope_here();
    scope_enter(&call->scope, is_over, call, scope_job());
}

void cancel_leave(const struct cancel_call *call)
{
    scope_leave(&call->scope);
}

static yoke_status say(void)
{
    return error_set(YOKE_CANCELLED,
                     "the work on the primes was cancelled, or its job is out of time");
}

yoke_status cancel_look(void)
{
    const yoke_job *job = running_job();
    return (job && running_should_leave(job)) || scope_is_over(scope_here()) ? say() : YOKE_OK;
}

yoke_status cancel_name(yoke_status loop)
{
    return loop == YOKE_CLOSED || loop == YOKE_CANCELLED ? say() : loop;
}
