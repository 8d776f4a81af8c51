/* A thread that runs the items of a map in a loop: the loop's state for each worker is an item. */
#ifndef NUMERIC_MAP_WORKER_H
#define NUMERIC_MAP_WORKER_H

#include "server/lifecycle/item.h"
#include "yoke/loop.h"

/* For yoke_loop.open and close; `job` is around the map, or NULL. */
yoke_status map_worker_open(yoke_server *server, yoke_job *job, unsigned number, void **state);
void map_worker_close(void *state, void *argument);

/* The worker of a piece, whose kernels ask that whether to leave early. */
struct item *map_worker_of(const yoke_piece *piece);

#endif
