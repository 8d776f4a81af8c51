/* A worker: one member of a team, and what the calling thread is doing. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <pthread.h>

#include "job.h"
#include "trace.h"

struct binding;
struct place;
struct team;

#define NUMBER_NONE 0xffffffffu

/* How many kernels that run inside each other, from the outermost, are known to those who help. */
enum { KERNELS_MARKED = 8 };

struct worker {
    alignas(64) struct team *team; /* NULL: a guest, see guest.h, or a proxy, see proxy.h */
    struct engine *engine;
    yoke_server *server;
    struct queue *hand; /* see queue.h; NULL: of a guest or proxy */
    atomic_uint home;   /* see parking.h; NUMBER_NONE unless active; under the server's lock */
    atomic_uint number; /* see parking.h; NUMBER_NONE unless running jobs */
    atomic_uint bound;  /* the number to whose place the thread is bound, or NUMBER_NONE */
    pthread_t thread;
    int thread_id;             /* see os.h */
    const struct place *place; /* of the job it runs, or NULL; see place.h */
    int omp_place;             /* the place OpenMP gave the thread; -1 where it binds none */
    char *place_here;          /* where others than yoke let it run; NULL: nobody says */
    bool token;                /* has one */
    bool at_work;              /* in worker_visit(): else it idles, or helps with OpenMP tasks */
    unsigned called_to;        /* the number to whose place who called the sentry has bound it */
    struct worker *next_parked;

    struct worker *thread_worker; /* the first that its thread was: itself but for a proxy */
    struct worker *outer;         /* what else its thread is: see proxy.h */
    struct team *lender;          /* of a proxy: whose token it has */
    bool numbered;                /* blocked, and had a number before */
    bool is_away;                 /* an executor's: see outside.h */

    /* The rest, up to the bell, is for the thread, and kept by the first worker that it was. */
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

    struct binding *binding; /* see binding.h; NULL: of a guest or proxy */
    yoke_kernel trusted;     /* likewise: the latest kernel, if it is one of these; */
    bool suspect;            /* and whether one that is not has run since the last look */

    atomic_uint bell; /* 1: the sentry is called, the parked one may leave */

    /* Counters, written by this worker alone. */
    atomic_uint_fast64_t ended[JOB_STATES], callbacks_failed, retried, settled;
    atomic_int_fast64_t busy;
    struct trace_list trace;
};

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
    bool called;    /* the sentry, and has neither submitted nor waited since */
    bool hands_off; /* waited the last time after calling it: see wake_at_core() */
};

/* Initial-exec: one instruction instead of a call; so few bytes fit any loader's reserve. */
extern _Thread_local struct self self __attribute__((tls_model("initial-exec")));

/* The body of a visit: redeems a ticket if there is one, and lets the worker go on, from place to
 * place, until there is nothing to do but to idle in the barrier. */
void worker_visit(struct worker *worker);

/* Gives the worker's token back; who does so then looks whether the engine still wants. */
void worker_give_token(struct worker *worker);

#endif
