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

/* Of each table at first. */
#define LEDGER_BUCKETS 4096

/* Why jobs end that have not when their program leaves. */
#define LEDGER_LEFT "the program has left the cluster"

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
    uint64_t next;             /* sequence number */
    uint64_t last;             /* place in the stream of jobs that one of ours had */
    struct yoke_remote **jobs; /* by sequence number */
    size_t buckets;            /* of them: a power of two, and at least one for each job */
    struct yoke_remote *keyed[LEDGER_BUCKETS]; /* those with a key, until they are let go */
    struct ledger_node *nodes;
    struct pace *paces;
    yoke_cluster_statistics counts; /* `latency`: the sum of so many */
    uint64_t latencies;
    int64_t opened;
    /* Tells nodes and hub that a job is cancelled, and the hub that it need not keep one with a key
     * any longer; called without the lock, NULL once parted. */
    void (*withdraw)(void *context, const struct yoke_remote *job, uint64_t stored);
    void (*let_go)(void *context, const struct yoke_remote *job);
    void *context;
    unsigned calls; /* of these, under way */
    /* Jobs with an owner: those that have ended, oldest first, until they are taken; those that no
     * node has told of yet; and how their owner learns of either, called with the lock. */
    struct yoke_remote *finished, **last_finished;
    unsigned unstarted;
    int64_t heard;         /* when a node told of one the last time */
    bool answered;         /* a node has told of any job */
    atomic_bool explained; /* why none has (unanswered.h) */
    void (*tell)(void *context);
    void (*progressed)(void *context, struct yoke_remote *job); /* likewise */
    void *tell_context;
};

/* A job with a key: it has its place at the hub until it is let go, which it is when the user has
 * seen its end and given back all handles. */
struct keyed {
    struct yoke_remote *next;
    char key[YOKE_CLUSTER_KEY_MAX + 1];
    uint64_t digest; /* of the task */
    bool known;      /* the task itself is; else it is an earlier program's */
    unsigned handles;
    bool seen, gone;        /* its end was, and it is let go */
    uint64_t entry, result; /* their places in the stream of what is kept; 0: not there yet */
};

struct yoke_remote {
    struct yoke_remote *next;
    struct ledger *ledger;
    unsigned references; /* handles, the tables, and whoever looks at it */
    struct pace *pace;
    bool awaited;         /* somebody may wait for it */
    struct wire_job wire; /* kept in case that the hub loses it; the argument is ours */
    int64_t submitted;    /* when                                                               */
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
    char *output;        /* NULL: nothing, or for want of memory */
    struct keyed *keyed; /* NULL: it has no key */
    void *owner;         /* NULL: the user */
    bool started; /* a node told so, or it has ended, or it is for one node; of a job with an owner
                   */
    struct yoke_remote *next_finished;
    char node[YOKE_CLUSTER_NAME_MAX + 1]; /* where it ended; "": nowhere */
    uint64_t busy;
};

struct ledger *ledger_open(void); /* NULL without memory */

/* Returns when the last one of its calls has; there are no more. */
void ledger_part(struct ledger *ledger);
void ledger_close(struct ledger *ledger);

/* A job with its sequence number, in the table; the caller has a handle. With `keyed`, which is
 * copied, it may be found there, under its key; and one that is not known keeps the number that it
 * has. NULL without memory. */
struct yoke_remote *ledger_add(struct ledger *ledger, const char *lane, const struct wire_job *job,
                               void *owner, const struct keyed *keyed, bool *found);

/* The job is the user's from now on, or whoever has its handle. */
void ledger_disown(struct yoke_remote *job);

/* The next job with an owner that has ended, with its handle; NULL: none. */
struct yoke_remote *ledger_take_finished(struct ledger *ledger);

/* ---- what hub and nodes tell (news.c) -------------------------------------------------------- */

/* The hub has the job, or never takes it. False: nobody needs it there, since it has ended: it was
 * cancelled while it was on its way. */
bool ledger_stored(struct yoke_remote *job, const struct outbox_part *part);

/* What is known of the job of that number from now on. Nothing when it has ended. */
void ledger_started(struct ledger *ledger, const struct wire_started *started);

void ledger_progress(struct ledger *ledger, const struct wire_progress *progress);

/* Ends the job, and counts, unless it has ended before. `place` is where the hub keeps the result,
 * 0 if it does not. False: nobody needs it there. */
bool ledger_end(struct ledger *ledger, const char *node, const struct wire_result *result,
                uint64_t place);

/* Counts a message that could not be read. */
void ledger_malformed(struct ledger *ledger);

/* ---- for news.c, with the lock --------------------------------------------------------------- */

/* Where the job of that number is in the table, or would be, and then there is NULL. */
struct yoke_remote **ledger_find(struct ledger *ledger, uint64_t sequence);

/* Tells the job's owner that a node has told of it. */
void ledger_note_started(struct ledger *ledger, struct yoke_remote *job);

/* Takes the job at `place` out of the table in its last state, which is set already. */
void ledger_take_out(struct ledger *ledger, struct yoke_remote **place);

/* ---- ends and references --------------------------------------------------------------------- */

/* Ends the job, which is the caller's, as cancelled; false: it had ended before. With the lock. */
bool ledger_cancel(struct yoke_remote *job, const char *why);

/* Takes another reference. */
void ledger_hold(struct yoke_remote *job);

/* Gives up a reference; with the lock, where the caller has one to the ledger by other means. */
void ledger_drop(struct yoke_remote *job);
void ledger_unhold(struct ledger *ledger, struct yoke_remote *job);

/* As if the job, which has a key and has not ended, had never been. With the lock. */
void ledger_forget(struct yoke_remote *job);

/* Blocks until no job is left. */
yoke_status ledger_wait(struct ledger *ledger, yoke_duration timeout);

/* What nodes tell of jobs that begin or go on. */
void ledger_take_news(struct ledger *ledger, const natsMsg *message);

#endif
