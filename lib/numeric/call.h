/* What the calls over arrays have in common: arrays are looked at, inner loops chosen, and leaves
 * shared over the workers. */
#ifndef NUMERIC_CALL_H
#define NUMERIC_CALL_H

#include "array.h"
#include "isa/kernels.h"
#include "yoke/loop.h"

/* How many numbers a leaf has. What a tree computes depends on it, so it stays: at 512 KiB of
 * doubles a leaf costs a hundred times as much as handing it out, and 16 MB already make 32. */
enum { LEAF_NUMBERS = 65536 };

struct call {
    const struct kernels *kernels;
    yoke_server *server;
    const yoke_array *x;
    const yoke_array *y; /* of products, else NULL */
};

/* Looks at x and, unless that is NULL, at y, which is to be as long and of the same type, and at
 * the place for the result. */
yoke_status call_begin(struct call *call, yoke_server *server, const yoke_array *x,
                       const yoke_array *y, const void *result);

/* A loop over x in leaves. */
yoke_loop call_loop(const struct call *call, yoke_loop_body body, void *argument);

/* Has `body` called for each leaf, with the call as its argument, and combines their accumulators.
 * A single leaf is done at once by the calling thread. */
yoke_status call_reduce(struct call *call, yoke_loop_body body,
                        void (*combine)(void *into, const void *from, void *argument), size_t size,
                        void *result);

/* Where nothing depends on leaves: has `body` called for pieces of any length, with a state for
 * each worker; `argument` begins with a struct call. A single leaf goes to one state. */
struct call_state {
    yoke_status (*open)(unsigned worker, void *argument, void **state);
    void (*close)(void *state, void *argument);
};
yoke_status call_each(struct call *call, yoke_loop_body body, const struct call_state *state);

#endif
