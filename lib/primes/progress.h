/* How far a piece of work has come, told to the user now and then by whichever worker finishes a
 * chunk. */
#ifndef PRIMES_PROGRESS_H
#define PRIMES_PROGRESS_H

#include <stdatomic.h>

#include "base/lock.h"
#include "base/uint128.h"
#include "yoke/primes.h"

struct progress {
    yoke_progress_callback callback; /* or NULL: nobody wants to know                            */
    void *context;
    double lo, hi;           /* the whole interval                                               */
    double piece, piece_end; /* what is being done of it, ...                                    */
    double pass, passes;     /* ... in which of how many passes                                  */
    double from, to;         /* what share of the pass the work at hand is, 0 to 1               */
    bool steep;              /* a number costs as much as its root                               */
    _Atomic uint64_t done;   /* of the work at hand, ...                                         */
    uint64_t all;            /* ... as much as it takes, in any unit                             */
    struct lock lock;        /* one call at a time                                               */
    _Atomic int64_t next;    /* when to call next                                                */
};

/* Starts with the piece [lo, hi), to be done in so many passes. */
void progress_start(struct progress *progress, uint128 lo, uint128 hi, unsigned passes);

/* The work to come goes from one share of the pass to another; before, it is the whole pass. */
void progress_share(struct progress *progress, double from, double to);

/* Begins with the work at hand, of which some may have been done. */
void progress_begin(struct progress *progress, uint64_t done, uint64_t all);

/* So much more of it is done: tells it when the time has come, and no other worker is telling it
 * already. */
void progress_add(struct progress *progress, uint64_t done);

/* Tells that all the work below `position` is done, whatever the time. */
void progress_tell(struct progress *progress, uint128 position);

#endif
