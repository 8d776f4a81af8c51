/* Shares the chunks of a piece of work over the workers of a server. */
#ifndef PRIMES_PARALLEL_LOOP_H
#define PRIMES_PARALLEL_LOOP_H

#include <stdint.h>

#include "progress.h"
#include "totals.h"
#include "yoke/server.h"

/* Work cut into numbered chunks that may be done in any order, by any number of workers, each of
 * which opens a state of its own first. */
struct work {
    const char *name; /* of the jobs, in messages                                                */
    uint64_t chunks;
    const void *plan; /* handed to `open`                                                        */
    yoke_status (*open)(const void *plan, void **state);
    yoke_status (*chunk)(void *state, uint64_t chunk, struct totals *totals);
    void (*close)(void *state);
    void (*stop)(const void *plan, yoke_status status); /* NULL where no chunk waits for others: */
    /* a worker leaves early, so that some chunks are never done      */
    struct progress *progress; /* begun by the caller, told what each chunk takes; or NULL       */
    uint64_t (*cost)(const void *plan, uint64_t chunk); /* which is this; NULL: 1                */
};

/* Does all the chunks, in the calling thread when `server` is NULL, else as one job for each
 * worker; the jobs draw chunks until none is left, so that the fast ones do more. Blocks until
 * every job has ended. Writes `totals` only when every chunk was done exactly once; else returns
 * why not. */
yoke_status parallel_loop(yoke_server *server, const struct work *work, struct totals *totals);

#endif
