/* The ledger of a program: its jobs on their way to nodes and back. A job leaves the table with its
 * first result, so that no second one can count.
 *
 * What has become of it goes to the job of the server (yoke/executor.h) at once, from the message
 * that tells it. Only jobs with a key may be here without one: those of an earlier program, and of
 * a server that was closed. Their end waits for the next server, which takes them over. */
#ifndef CLUSTER_LEDGER_H
#define CLUSTER_LEDGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <yoke/executor.h>

#include "batch_estimate.h"
#include "cluster/transport/outbox.h"
#include "cluster/transport/wire.h"

/* Of each table at first. */
#define LEDGER_BUCKETS 4096

/* How many of the nodes that had a job are remembered. */
#define LEDGER_NODES_MOST 8

/* A name, which stays as long as the ledger. */
struct ledger_node {
    struct ledger_node *next;
    char name[YOKE_CLUSTER_NAME_MAX + 1];
};

/* Everything is guarded by the lock. */
struct ledger {
    pthread_mutex_t lock;
    uint64_t next;            /* sequence number */
    uint64_t last;            /* position in the stream of jobs that one of ours had */
    struct ledger_job **jobs; /* by sequence number */
    size_t buckets;           /* of them: a power of two, and at least one for each job */
    size_t active;            /* jobs there */
    struct ledger_job *key[LEDGER_BUCKETS]; /* those with a key, until they are let go */
    struct ledger_node *nodes;
    struct batch_estimate *estimates;
    yoke_cluster_statistics counts; /* `latency`: the sum of so many */
    uint64_t latencies;
    yoke_executor *executor; /* of the server; NULL: there is none */
    bool told;               /* it waits for room on nodes, and is woken when there may be some */
    unsigned unstarted;      /* jobs that no node has told of yet */
    int64_t heard;           /* when a node told of one the last time */
    bool answered;           /* a node has told of any job */
    atomic_bool explained;   /* why none has (unanswered.h) */
};

/* A job with a key: it has its position at the hub until it is let go. */
struct key {
    struct ledger_job *next;
    char text[YOKE_CLUSTER_KEY_MAX + 1];
    uint64_t digest;        /* of the task */
    bool known;             /* the task itself is; else it is an earlier program's */
    bool gone;              /* it is let go */
    uint64_t entry, result; /* their positions in the stream of what is kept; 0: not there yet */
    /* How it has ended, for a server that comes later: */
    natsMsg *message; /* with its result; NULL: there is none, but */
    yoke_outcome end; /* with a message that is static */
};

struct ledger_job {
    struct ledger_job *next;
    unsigned references; /* of the tables, and of whoever looks at it */
    yoke_job *job;       /* of the server, which has not ended; NULL: there is none */
    struct batch_estimate *estimate;
    struct wire_job wire; /* kept in case that the hub loses it; with a key the argument is ours, */
                          /* else the job's */
    int64_t submitted;    /* when */
    uint64_t position;    /* of its message in the stream of jobs; 0: not stored yet */
    bool shared;          /* with others, which have that position too */
    bool active;          /* it has not ended */
    bool lost;            /* by the hub, and not sent again yet: see recovery.c */
    bool unneeded;        /* it was ended here: the hub must not keep it */
    bool started;         /* a node told so, or it is for one node */
    struct key *key;      /* NULL: it has no key */
    unsigned deliveries;  /* that nodes have told of: to these, and more that are not remembered */
    const struct ledger_node *nodes[LEDGER_NODES_MOST];
};

struct ledger *ledger_open(void); /* NULL without memory */
void ledger_close(struct ledger *ledger);

/* A job that is not in the table yet, with a reference for the table and one for the caller; with a
 * key for that table, too. NULL without memory. */
struct ledger_job *ledger_create(const struct wire_job *wire, yoke_job *job, const struct key *key);
void ledger_discard(struct ledger_job *job);

/* The estimate of a channel; NULL without memory. */
struct batch_estimate *ledger_estimate(struct ledger *ledger, const char *channel);

/* Gives the jobs their numbers, but for one of an earlier program, and enters them into the tables.
 * A key must be free. */
void ledger_enter(struct ledger *ledger, struct ledger_job *const *jobs, size_t count);

/* Takes another reference; gives up one. */
void ledger_hold(struct ledger *ledger, struct ledger_job *job);
void ledger_drop(struct ledger *ledger, struct ledger_job *job);

/* Ends the job as told; false when it had ended before. The message is static. */
bool ledger_end_as(struct ledger *ledger, struct ledger_job *job, yoke_outcome how);

/* ---- with the lock --------------------------------------------------------------------------- */

/* Where the job of that number is in the table, or would be, and then there is NULL. */
struct ledger_job **ledger_find(struct ledger *ledger, uint64_t sequence);

/* Takes the job out of the table: it has ended. Its job of the server, if there is one, is the
 * caller's to end, once the lock is given back. */
yoke_job *ledger_take_out(struct ledger *ledger, struct ledger_job *job);

/* A node has told of the job. */
void ledger_note_started(struct ledger *ledger, struct ledger_job *job);

/* As ledger_drop(). */
void ledger_unhold(struct ledger_job *job);

/* As if the job, which has a key and has not ended, had never been. */
void ledger_forget(struct ledger *ledger, struct ledger_job *job);

#endif
