/* The ledger of a program: its jobs until they end, and what has become of them. A job leaves the
 * table with its first result, so that no second one can count. */
#ifndef CLUSTER_LEDGER_H
#define CLUSTER_LEDGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "outbox.h"
#include "pace.h"
#include "wire.h"

#define LEDGER_BUCKETS 4096

struct ledger_node {
    struct ledger_node *next;
    char name[YOKE_CLUSTER_NAME_MAX + 1];
    uint64_t jobs, busy; /* jobs that ended there, and the nanoseconds they ran */
};

/* Lives until its cluster and all handles of jobs are released. Everything is guarded by the lock;
 * what a job has become no longer changes once it has ended. */
struct ledger {
    pthread_mutex_t lock;
    pthread_cond_t ended; /* a job that somebody waits for has, or the last one */
    unsigned references;
    bool closed;
    uint64_t next; /* sequence number */
    uint64_t last; /* place in the stream of jobs that one of ours had */
    struct yoke_remote *jobs[LEDGER_BUCKETS];
    struct ledger_node *nodes;
    struct pace *paces;
    yoke_cluster_statistics counts;
    int64_t opened;
    /* Tells nodes and hub that a job is cancelled; called without the lock, NULL once closed. */
    void (*withdraw)(void *context, uint64_t sequence, uint64_t stored);
    void *withdraw_context;
    unsigned withdrawing; /* calls under way */
    /* Jobs with an owner: those that have ended, oldest first, until they are taken; those that no
     * node has told of yet; and how their owner learns of either, called with the lock. */
    struct yoke_remote *finished, **last_finished;
    unsigned unstarted;
    int64_t heard; /* when a node told of one the last time */
    void (*tell)(void *context);
    void (*progressed)(void *context, struct yoke_remote *job); /* likewise */
    void *tell_context;
};

struct yoke_remote {
    struct yoke_remote *next;
    struct ledger *ledger;
    unsigned references; /* the user's handle, and the table */
    struct pace *pace;
    bool awaited;         /* somebody may wait for it */
    struct wire_job wire; /* kept in case that the hub loses it; the argument is ours */
    uint64_t sequence;
    uint64_t place;  /* of its message in the stream of jobs; 0: not stored yet */
    uint64_t stored; /* the place of its message in the stream of jobs; 0: not known, or shared */
    yoke_state state;
    yoke_status status;
    uint64_t deliveries;
    char history[WIRE_MESSAGE_SIZE]; /* the nodes that had it */
    char message[WIRE_MESSAGE_SIZE];
    void *result;
    size_t result_size;
    uint64_t progress, total;
    char *output; /* NULL: nothing, or for want of memory */
    void *owner;  /* NULL: the user */
    bool started; /* a node told so, or it has ended, or it is for one node; of a job with an owner
                   */
    struct yoke_remote *next_finished;
    char node[YOKE_CLUSTER_NAME_MAX + 1]; /* where it ended; "": nowhere */
    uint64_t busy;
};

struct ledger *ledger_open(void); /* NULL without memory */
void ledger_close(struct ledger *ledger);

/* A job with its sequence number, in the table; the caller has a handle. NULL without memory. */
struct yoke_remote *ledger_add(struct ledger *ledger, const char *lane, const struct wire_job *job,
                               void *owner);

/* The job is the user's from now on, or whoever has its handle. */
void ledger_disown(struct yoke_remote *job);

/* The next job with an owner that has ended, with its handle; NULL: none. */
struct yoke_remote *ledger_take_finished(struct ledger *ledger);

/* What is known of the job of that number from now on. Nothing when it has ended. */
void ledger_stored(struct ledger *ledger, const struct outbox_part *part);
void ledger_started(struct ledger *ledger, const struct wire_started *started);

void ledger_progress(struct ledger *ledger, const struct wire_progress *progress);

/* Calls `send` for every job that lies, as far as we know, behind `last` in the stream of jobs, and
 * has not ended: the hub has lost it. Without memory some are left out, and the answer is false. */
bool ledger_send_again(struct ledger *ledger, uint64_t last,
                       bool (*send)(void *context, const struct pace *pace,
                                    const struct wire_job *job),
                       void *context);

/* The last place in the stream of jobs that one of ours has, or had. */
uint64_t ledger_last_place(struct ledger *ledger);

/* Ends the job, and counts, unless it has ended before. */
void ledger_end(struct ledger *ledger, const char *node, const struct wire_result *result);

/* Counts a message that could not be read. */
void ledger_malformed(struct ledger *ledger);

/* Blocks until no job is left. */
yoke_status ledger_wait(struct ledger *ledger, yoke_duration timeout);

int64_t ledger_now(void); /* nanoseconds on the monotonic clock */

#endif
