/* A worker: one member of a team, and what the calling thread is doing. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <pthread.h>

#include "server/jobs/job.h"
#include "server/jobs/trace.h"

struct binding;
struct deque;
struct place;
struct scratch;
struct team;

#define NUMBER_NONE 0xffffffffu

/* How many kernels that run inside each other, from the outermost, are known to those who help. */
enum { KERNELS_MARKED = 8 };

struct worker {
    alignas(64) struct team
        *team; /* NULL: an external thread, see external.h, or a proxy, see proxy.h */
    struct scheduler *scheduler;
    yoke_server *server;
    struct queue *batch; /* see queue.h; NULL: of an external thread or proxy */
    atomic_uint slot;    /* see parking.h; NUMBER_NONE unless active; under the server's lock */
    atomic_uint number;  /* see parking.h; NUMBER_NONE unless running jobs */
    atomic_uint bound;   /* the number to whose place the thread is bound, or NUMBER_NONE */
    pthread_t thread;
    int thread_id;             /* see os.h */
    const struct place *place; /* of the job it runs, or NULL; see place.h */
    int omp_place;             /* the place OpenMP gave the thread; -1 where it binds none */
    char *place_here;          /* where others than yoke let it run; NULL: nobody says */
    bool permit;               /* has one */
    bool at_work;              /* in activation_run(): else it idles, or helps with OpenMP tasks */
    unsigned called_to;        /* the number to whose place who called the standby has bound it */
    struct worker *next_parked;

    struct worker *thread_worker; /* the first that its thread was: itself but for a proxy */
    struct worker *outer;         /* what else its thread is: see proxy.h */
    struct team *lender;          /* of a proxy: whose permit it has */
    bool numbered;                /* blocked, and had a number before */
    bool is_away;                 /* an executor's: see executor.h */

    /* The rest, up to the wake event, is for the thread, and kept by the first worker that it
     * was. */
    int64_t inner;  /* ns that the running kernel waited or ran other jobs */
    unsigned depth; /* how many kernels run on it, and the jobs of the outermost: see helping.h */
    const yoke_job *_Atomic kernels[KERNELS_MARKED];
    int began_in[KERNELS_MARKED]; /* the marks of the tasks that these began in */
    /* Under the lock in blocked.c: it waits for any of these jobs, */
    yoke_job *const *blocked_on;
    size_t blocked_count;
    int blocked_in;   /* the mark of the task that waits */
    uint64_t visited; /* the latest search that came by, */
    bool goes_on;     /* and what it found */

    struct scratch *scratch;     /* see scratch.h */
    struct deque *_Atomic deque; /* where what runs forks, or NULL: see forks.h */
    struct deque *spare;         /* deques that nothing uses */
    int own_mark;                /* of what runs, and not of tasks that the thread helps with */
    struct binding *binding;     /* see binding.h; NULL: of an external thread or proxy */
    yoke_kernel trusted;         /* likewise: the latest kernel, if it is one of these; */
    bool suspect;                /* and whether one that is not has run since the last look */

    atomic_uint wake_event; /* 1: the standby is called, the parked one may leave */

    /* Counters, written by this worker alone. */
    atomic_uint_fast64_t ended[YOKE_STATES], callbacks_failed, retried, settled, forked, stolen;
    atomic_int_fast64_t busy;
    struct trace_list trace;
};

/* A counter that its worker alone writes: a load and a store are enough. */
static inline void worker_count(atomic_uint_fast64_t *counter, uint64_t more)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + more, memory_order_relaxed);
}

/* A job whose kernel or callback is running on the calling thread, innermost first. */
struct frame {
    yoke_job *job;
    struct frame *outer;
    bool callback;
};

struct self {
    struct worker *worker; /* NULL: not one of ours */
    struct worker *latest; /* all that the thread is, by `outer`; NULL likewise */
    struct frame *frame;
    bool called;    /* the standby, and has neither submitted nor waited since */
    bool hands_off; /* waited the last time after calling it: see wake_at_core() */
};

/* Initial-exec: one instruction instead of a call; so few bytes fit any loader's reserve. */
extern _Thread_local struct self self __attribute__((tls_model("initial-exec")));

#endif
