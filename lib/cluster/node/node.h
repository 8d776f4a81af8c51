/* A node: its threads, and the jobs that the hub has given it. */
#ifndef CLUSTER_NODE_H
#define CLUSTER_NODE_H

#include <pthread.h>

#include "cluster/transport/connection.h"
#include "cluster/transport/kernels.h"
#include "cluster/transport/listener.h"
#include "cluster/transport/outbox.h"
#include "cluster/transport/wire.h"

/* A job here. */
struct item {
    struct delivery *delivery;
    yoke_job *job; /* NULL: not one that can be run */
    uint64_t sequence;
    size_t result_size;
    uint64_t progress, total; /* that the program has been told */
    int64_t deadline; /* when its time limit is over by far, and its kernel given up; 0: never */
    bool running;     /* its kernel, or it waits for a worker */
    bool reported;    /* the one result that this delivery sends of it is on its way */
};

/* A message with jobs, from the moment it comes until the hub has all their results. So long the
 * node tells the hub that it is at work. */
struct delivery {
    struct delivery *next, **link; /* in the node's list */
    struct yoke_node *node;
    natsMsg *message; /* NULL once the hub has the results, or the jobs back */
    char client[WIRE_CLIENT_SIZE];
    unsigned count;
    unsigned running; /* items */
    unsigned held;    /* by results on their way, and whoever looks at it */
    unsigned missing; /* results that the hub does not have */
    struct item items[];
};

/* Takes the jobs of one kernel from the hub, or those that are for this node alone. */
struct fetcher {
    struct yoke_node *node;
    const struct kernel *kernel; /* NULL: whatever is for this node */
    uint64_t reconnects;         /* of the connection, when the subscription was made */
    pthread_t thread;
};

/* So many cancelled jobs are remembered: they, or the word of it, may be on their way for
 * milliseconds. */
enum { CANCELLED_MOST = 64 };

struct yoke_node {
    struct connection connection;
    yoke_server *server;
    struct outbox *outbox;
    struct cache *cache;
    struct listener cancellations, questions;
    int64_t silence; /* nanoseconds */
    /* Recursive, as cancelling a job may end it, which ends up in delivery.c, in the same thread.
     */
    pthread_mutex_t lock;
    pthread_cond_t room; /* for another job, or the node drains */
    pthread_cond_t over; /* a delivery is while it drains, or the node is to leave */
    struct delivery *deliveries;
    unsigned running;                   /* deliveries with kernels that have not returned */
    bool draining;                      /* takes no further jobs */
    bool leaving;                       /* reports nothing any more */
    uint64_t cancelled[CANCELLED_MOST]; /* their digests, see cancellations.c */
    unsigned cancels;
    yoke_node_statistics counts;
    struct fetcher *fetchers;
    unsigned fetching; /* threads */
    pthread_t heart;
    bool beating;
};

#endif
