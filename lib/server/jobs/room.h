/* The room in the queues of a server with a capacity. */
#ifndef SERVER_ROOM_H
#define SERVER_ROOM_H

#include <stdatomic.h>
#include <stddef.h>

#include "yoke/server.h"

struct room {
    size_t capacity;     /* 0: no limit; the rest is not used then */
    atomic_size_t taken; /* by queued jobs, and by jobs about to be */
    atomic_uint waiters;
    atomic_uint given; /* a futex, counted up when waiters should look again */
};

enum room_patience { ROOM_WAIT, ROOM_TRY, ROOM_EXCEED };

/* Room for a job; YOKE_WOULD_BLOCK or YOKE_CLOSED when there is none. */
yoke_status room_take(yoke_server *server, enum room_patience patience);

/* A job with room is not queued any more. */
void room_give(struct room *room);

/* The server is closing: nobody waits any more. */
void room_wake_all(struct room *room);

#endif
