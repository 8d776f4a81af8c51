/* What a kernel's context is made of. */
#ifndef SERVER_CONTEXT_H
#define SERVER_CONTEXT_H

#include "scratch.h"
#include "server/worker.h"

/* Bytes of a message, with its end. */
enum { MESSAGE_SIZE = 256 };

struct yoke_context {
    yoke_job *job; /* of an item, see item.h: around it, or nobody's */
    struct worker *worker;
    yoke_kernel kernel; /* what runs */
    const void *argument;
    void *result;
    size_t argument_size, result_size;
    const struct self *self; /* of its thread */
    yoke_status status;      /* what the kernel returned */
    unsigned try;            /* from 1 */
    struct scratch *scratch; /* see scratch.h; NULL: it has asked for none */
    struct scratch **spare;  /* where that comes from */
    const struct item *item; /* NULL: it runs the job's kernel */
    atomic_bool failing;
    char message[MESSAGE_SIZE];
};

#endif
