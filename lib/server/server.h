/* The server's insides. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <pthread.h>

#include "base/floating.h"
#include "server/jobs/addresses.h"
#include "server/jobs/capacity.h"
#include "server/scheduler/scheduler.h"
#include "server/scheduler/timer.h"
#include "worker.h"
#include "yoke/topology.h"

enum { SERVER_OPEN, SERVER_CLOSING, SERVER_CLOSED };

/* Worker numbers: room for every worker and as many that stand in or come back from blocked. */
enum { NUMBERS = 2 * YOKE_WORKERS_MAX };

struct yoke_server {
    unsigned generation; /* see fork.h */
    unsigned nodes;
    bool remote_only;           /* it has no workers, but one for callbacks */
    atomic_bool executor_wants; /* see executor.h, as the next */
    struct yoke_executor *_Atomic executor;
    struct scheduler *schedulers; /* one per node of the topology */
    yoke_topology *topology;
    struct os_affinity *affinity; /* of the thread that opened the server, as the next */
    struct floating floating;
    atomic_uint workers;
    atomic_uint phase;              /* SERVER_OPEN ...; a futex for those who wait for the close */
    struct place *_Atomic places;   /* only ever grows; see place.h */
    struct target *_Atomic targets; /* likewise; see target.h */
    pthread_mutex_t places_lock;    /* of these two */
    struct keys *keys;              /* see keys.h */
    pthread_mutex_t control;        /* one resize at a time, and none while a close begins */
    int64_t opened;
    _Atomic int64_t closed;
    struct trace trace;

    struct lock lock;                           /* parking and core slots */
    uint64_t slots[NUMBERS / 64];               /* bit set: taken */
    atomic_uint_fast64_t numbers[NUMBERS / 64]; /* likewise */
    struct lock numbering;                      /* of who takes one of them */

    struct timer timer;
    struct capacity capacity;
    struct queue dependent; /* see after.h */
    struct address_table addresses;

    atomic_uint waiters; /* threads in yoke_server_wait() or closing */
    atomic_uint idle;    /* a futex, counted up when it may be that all jobs are settled */

    /* Of jobs that ended without having run; see settle.h. */
    atomic_uint_fast64_t never_started[YOKE_STATES], never_started_settled;
    atomic_uint_fast64_t callbacks_failed;

    atomic_uint proxies_at_work; /* see proxy.h, like the next */
    atomic_uint helpers_blocked; /* workers that wait in OpenMP tasks of jobs */
};

/* The machine as the server saw it when it was opened; lives as long as the server. */
static inline const yoke_topology *server_topology(const yoke_server *server)
{
    return server->topology;
}

#endif
