/* A node: its threads, and the jobs that the hub has given it. */
#ifndef CLUSTER_NODE_H
#define CLUSTER_NODE_H

#include <pthread.h>

#include "connection.h"
#include "kernels.h"
#include "listener.h"
#include "outbox.h"
#include "wire.h"

/* A job here. */
struct errand {
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
    struct delivery *next, **place; /* in the node's list */
    struct yoke_node *node;
    natsMsg *message; /* NULL once the hub has the results, or the jobs back */
    char client[WIRE_CLIENT_SIZE];
    unsigned count;
    unsigned running; /* errands */
    unsigned held;    /* by results on their way, and whoever looks at it */
    unsigned missing; /* results that the hub does not have */
    struct errand errands[];
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
    uint64_t cancelled[CANCELLED_MOST]; /* their digests, see cancel.c */
    unsigned cancels;
    yoke_node_statistics counts;
    struct fetcher *fetchers;
    unsigned fetching; /* threads */
    pthread_t heart;
    bool beating;
};

/* With the lock: whether another job may be taken. */
bool node_has_room(const struct yoke_node *node);

/* Takes what the hub has sent: runs it, or answers why not. Without a kernel the message tells
 * which. Owns the message. */
void mail_accept(struct yoke_node *node, const struct kernel *kernel, natsMsg *message);

/* Takes the word that a job is cancelled, or all of a program that has left. */
void cancel_accept(void *node, natsMsg *message);

/* With the lock: whether that has come already. */
bool cancel_came_before(const struct yoke_node *node, const char *client, uint64_t sequence);

/* All that follows is called with the lock, but for what the outbox calls.
 *
 * A delivery with so many errands, of which none runs yet. NULL without memory. */
struct delivery *delivery_open(struct yoke_node *node, natsMsg *message, const char *client,
                               size_t count);

void delivery_run(struct errand *errand, const struct kernel *kernel, const struct wire_job *wire);

/* Reports that the job ended so, for that reason. */
void delivery_report_failure(struct errand *errand, yoke_state state, yoke_status status,
                             const char *message);

/* The last call of whoever is done with the delivery. */
void delivery_close_if_over(struct delivery *delivery);

/* What the hub is told of a job, in JetStream's own words. natsMsg_Ack() and its like are not used:
 * they look at the subscription that the message came by, which may be gone by then. */
#define HUB_DONE    "+ACK"
#define HUB_AT_WORK "+WPI"
#define HUB_RETURN  "-NAK"
#define HUB_FORGET  "+TERM"
void delivery_tell_hub(struct yoke_node *node, const natsMsg *message, const char *what);

/* Tells the program which jobs begin here, so that it knows who had those that are lost; and what
 * jobs have told of their progress since the last time. */
void delivery_tell_started(const struct delivery *delivery, uint64_t number);
void delivery_tell_progress(struct delivery *delivery);

/* Sends what their kernels do not, for jobs that are over time by far. The delivery may be gone
 * afterwards, in this and the next two. */
void delivery_give_up_late(struct delivery *delivery, int64_t now);

/* Hands the jobs back to the hub, for another node to take, unless their results are on their
 * way. */
void delivery_return(struct delivery *delivery);

/* What the outbox calls. */
void delivery_address(void *node, const char *lane, const struct outbox_part *first,
                      struct outbox_address *address);
void delivery_note_reported(void *node, const struct outbox_part *part);

#endif
