/* The capacity of a server's queues: how many jobs may be queued. */
#ifndef SERVER_CAPACITY_H
#define SERVER_CAPACITY_H

#include <stdatomic.h>
#include <stddef.h>

#include "yoke/server.h"

struct capacity {
    size_t jobs;         /* at most; 0: no limit; the rest is not used then */
    atomic_size_t taken; /* by queued jobs, and by jobs about to be */
    atomic_uint waiters;
    atomic_uint given; /* a futex, counted up when waiters should look again */
};

/* Without room: wait for it, refuse, or go beyond the limit. */
enum capacity_patience { CAPACITY_WAIT, CAPACITY_TRY, CAPACITY_EXCEED };

/* Takes the capacity for a job; YOKE_WOULD_BLOCK or YOKE_CLOSED when there is none left. */
yoke_status capacity_take(yoke_server *server, enum capacity_patience patience);

/* A job that has taken some is not queued any more. */
void capacity_give(struct capacity *capacity);

/* The server is closing: wakes all waiters, which then find it closed. */
void capacity_wake_all(struct capacity *capacity);

#endif
