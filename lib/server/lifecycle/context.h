/* What a kernel's context is made of. */
#ifndef SERVER_CONTEXT_H
#define SERVER_CONTEXT_H

#include "scratch.h"
#include "server/worker.h"

/* Bytes of a message, with its end. */
enum { MESSAGE_SIZE = 256 };

struct yoke_context {
    yoke_job *job;
    struct worker *worker;
    yoke_status status;      /* what the kernel returned */
    unsigned try;            /* from 1 */
    struct scratch *scratch; /* see scratch.h; NULL: it has asked for none */
    atomic_bool failing;
    char message[MESSAGE_SIZE];
};

#endif
