/* Leaving a sum early: because its job was cancelled or is out of time, its options say so, the
 * server closes, or another worker has failed.
 *
 * All that takes longer than some milliseconds looks now and then, whatever it is part of. No two
 * looks of a thread are further apart than 20 ms on a core of today: tests/cancellation/looks.c
 * measures it. */
#ifndef PRIMES_CANCEL_H
#define PRIMES_CANCEL_H

#include <stdatomic.h>

#include "numeric/scope.h"
#include "yoke/primes.h"

/* A call whose options may say that it is to end early. */
struct cancel_call {
    struct scope scope;
    const atomic_bool *stop;    /* or NULL                                                       */
    const struct scope *around; /* or NULL                                                       */
};

/* The calling thread is in a call with these options, which may be NULL, until it leaves it. */
void cancel_enter(struct cancel_call *call, const yoke_primes_options *options);
void cancel_leave(const struct cancel_call *call);

/* YOKE_OK, or YOKE_CANCELLED for whoever should leave: also when the job that runs on the calling
 * thread was cancelled. Takes some nanoseconds. */
yoke_status cancel_look(void);

/* What a loop has answered, in the words of the primes: a server that was open when the work began,
 * and closes, cancels it. */
yoke_status cancel_name(yoke_status loop);

#endif
