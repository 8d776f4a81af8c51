/* Makes what a thread needs to run items, once for each loop. */
#include "map_worker.h"

#include <stdlib.h>

#include "base/error.h"

yoke_status map_worker_open(yoke_server *server, yoke_job *job, unsigned number, void **state)
{
    struct item *item = aligned_alloc(alignof(struct item), sizeof *item);
    if (!item)
        return error_set(YOKE_NO_MEMORY, "no memory for a worker of a map");
    item_open(item, server, job, number);
    *state = item;
    return YOKE_OK;
}

void map_worker_close(void *state, void *argument)
{
    (void)argument;
    item_close(state);
    free(state);
}

static bool is_over(const void *piece)
{
    return yoke_piece_cancelled(piece);
}

struct item *map_worker_of(const yoke_piece *piece)
{
    struct item *item = piece->state;
    item->is_over = is_over;
    item->over = piece;
    return item;
}
