/* What jobs for nodes of a cluster say of these: the kernel, by its function or its name, and the
 * node that must run it. Read once for every combination and kept as long as the server. */
#ifndef SERVER_TARGET_H
#define SERVER_TARGET_H

#include "server.h"

struct target {
    struct target *next;
    yoke_kernel kernel;      /* or, when that is NULL, */
    const char *kernel_name; /* and */
    unsigned kernel_version;
    const char *node; /* NULL: any */
    char text[];
};

/* The target of a task; NULL without memory. */
const struct target *target_find(yoke_server *server, const yoke_task *task);

void target_free_all(yoke_server *server);

#endif
