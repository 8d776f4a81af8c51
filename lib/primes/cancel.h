/* Leaving a sum early: because its job was cancelled or is out of time, its options say so, the
 * server closes, or another worker has failed.
 *
 * All that takes longer than some milliseconds looks now and then, whatever it is part of. No two
 * looks of a thread are further apart than 20 ms on a core of today: tests/cancellation/looks.c
 * measures it. */
#ifndef PRIMES_CANCEL_H
#define PRIMES_CANCEL_H

#include <stdatomic.h>

#include "yoke/primes.h"
#include "yoke/status.h"

/* Work within other work, of one thread or shared by many. */
struct cancel_scope {
    const yoke_job *job;     /* that wants to know, or NULL                                      */
    const atomic_bool *stop; /* a worker has failed, or the caller says so; or NULL              */
    const struct cancel_scope *outer;
};

/* The scope that the calling thread is in, or NULL. */
const struct cancel_scope *cancel_scope(void);

/* Until the next call the thread is in this one. */
void cancel_enter(const struct cancel_scope *scope);

/* The same for the scope of a call with these options, which it fills; `options` may be NULL. */
void cancel_enter_options(struct cancel_scope *scope, const yoke_primes_options *options);

/* YOKE_OK, or YOKE_CANCELLED for whoever should leave: also when the job that runs on the calling
 * thread was cancelled. Takes a few nanoseconds. */
yoke_status cancel_look(void);

#endif
