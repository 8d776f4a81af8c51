#include "forked.h"

#include <pthread.h>

#include "after.h"
#include "base/stopwatch.h"
#include "blocked.h"
#include "fork.h"
#include "host.h"
#include "job_memory.h"
#include "keys.h"
#include "topology/topology.h"
#include "watch.h"
#include "worker.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool watching;

static void after_fork_in_child(void)
{
    fork_begin_generation();
    self = (struct self){0}; /* whatever it was in the parent, this thread is no worker here */
    blocked_reset();
    watch_reset();
    after_reset();
    host_reset();
    keys_reset();
    job_memory_reset();
    stopwatch_reset();
    topology_reset_held();
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
