/* The server's insides. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <pthread.h>

#include "base/floating.h"
#include "engine.h"
#include "room.h"
#include "timer.h"
#include "topology/topology.h"
#include "worker.h"

enum { SERVER_OPEN, SERVER_CLOSING, SERVER_CLOSED };

/* Worker numbers: room for every worker and as many that stand in or come back from blocked. */
enum { NUMBERS = 2 * YOKE_WORKERS_MAX };

struct yoke_server {
    unsigned generation; /* see fork.h */
    unsigned nodes;
    bool remote_only;          /* it has no workers, but one for callbacks */
    atomic_bool outside_wants; /* see outside.h, as the next */
    struct yoke_executor *_Atomic outside;
    struct engine *engines; /* one per node of the topology */
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

    struct lock lock;                           /* parking and homes */
    uint64_t homes[NUMBERS / 64];               /* bit set: taken */
    atomic_uint_fast64_t numbers[NUMBERS / 64]; /* likewise */
    struct lock numbering;                      /* of who takes one of them */

    struct timer timer;
    struct room room;
    struct queue held; /* see after.h */

    atomic_uint waiters; /* threads in yoke_server_wait() or closing */
    atomic_uint idle;    /* a futex, counted up when it may be that all jobs are settled */

    /* Of jobs that ended without having run; see settle.h. */
    atomic_uint_fast64_t unrun[JOB_STATES], unrun_settled;
    atomic_uint_fast64_t callbacks_failed;

    atomic_uint proxies_at_work; /* see proxy.h, like the next */
    atomic_uint helpers_blocked; /* workers that wait in OpenMP tasks of jobs */
};

/* The machine as the server saw it when it was opened; lives as long as the server. */
const yoke_topology *server_topology(const yoke_server *server);

/* Whether the calling thread is running a job of this server, or a nested task in its teams. */
bool server_is_inside(const yoke_server *server);

#endif
