/* Where jobs must run.
 *
 * A job with a place goes to an engine whose node has cores there and is never moved to another.
 * The worker that runs it sits inside the place meanwhile: it has a number whose cores lie inside,
 * changes to such a number when one is free, or else moves itself in and shares the cores with
 * whoever has them. It never waits for one to become free: a worker that is busy there may itself
 * be waiting for this job, and a place whose workers left with a resize must not strand its jobs.
 *
 * Places are read once for every text and kept as long as the server. */
#ifndef SERVER_PLACE_H
#define SERVER_PLACE_H

#include "worker.h"

struct place {
    struct topology_location *location;
    struct place *next;
    char text[];
};

/* Finds or reads the place; errors as topology_locate(). */
yoke_status place_find(yoke_server *server, const char *text, const struct place **place);

void place_free_all(yoke_server *server);

/* Whether the place has cores on the node. */
bool place_has_node(const yoke_server *server, const struct place *place, unsigned node);

/* Whether the number's cores lie inside. */
bool place_has_number(const yoke_server *server, const struct place *place, unsigned number);

#endif
