/* Resets, in a child process, all state of the library that threads of the parent had. */
#include "forked.h"

#include <pthread.h>

#include "base/stopwatch.h"
#include "host.h"
#include "server/jobs/after.h"
#include "server/jobs/fork.h"
#include "server/jobs/job_memory.h"
#include "server/jobs/watch.h"
#include "server/lifecycle/blocked.h"
#include "server/scheduler/keys.h"
#include "server/worker.h"
#include "topology/claims.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watching;

static void after_fork_in_child(void)
{
    /* Locks too are reset: a thread that held one is not there to give it. */
    fork_begin_generation();
    self = (struct self){0}; /* whatever it was in the parent, this thread is no worker here */
    blocked_reset();
    watch_reset();
    after_reset();
    host_reset();
    keys_reset();
    job_memory_reset();
    stopwatch_reset();
    claims_reset();
}

static void watch(void)
{
    watching = pthread_atfork(NULL, NULL, after_fork_in_child) == 0;
}

bool forked_watch(void)
{
    pthread_once(&once, watch);
    return watching;
}
