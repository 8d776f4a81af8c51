/* What the hub keeps of a durable program: its jobs that have a key, and their results, so that the
 * next program of its name knows them.
 *
 * All of it is one stream, where a program NAME has, with CLIENT = NAME-kept:
 *
 *     yoke.session.CLIENT.owner      the latest program of that name, by a number of its own
 *     yoke.session.CLIENT.key.KEY    a job: its sequence number, and a digest of its task
 *     yoke.session.CLIENT.SEQUENCE   the result of the job of that number
 *
 * and a job that has not ended waits among all others as
 * yoke.jobs.KERNEL.VERSION.any.CLIENT.SEQUENCE. What is done with a job, in this order:
 *
 *   1. The program has the hub keep an entry, which the hub takes only where the key has none.
 *   2. Once it has that, the job goes to the nodes, and the hub takes it only once.
 *   3. A node has the hub keep the result, and only then tells it that the job is done.
 *   4. Once the user has seen the end and given back the handles (server/keys.h), the entry is
 *      removed, then the result.
 *
 * A program may die anywhere in this. The next one first lists the jobs that wait or run, says that
 * it owns the name, and reads everything up to its own word. What it finds:
 *
 *   - an entry and a result: the job has ended, and nobody has seen that to the end;
 *   - an entry whose job waits or runs: its result is still to come (by 3 it cannot be missed: a
 * job that is not in the list has ended before, and then its result was there to be read);
 *   - an entry with neither: the program died between 1 and 2. Nothing has run; it is removed, and
 *     the key is free;
 *   - a result without an entry: the program died within 4, or a node that was cut off came late
 *     with a second one, maybe of a job of the same key that was let go long since. It is removed.
 *
 * So a job is stored once, its result is there until it has been seen, and never counts again: what
 * counts is a number that no other job has, not the key. Only between seeing a result and telling
 * the hub nobody can know whether the dead program had it, and it is handed out again.
 *
 * One program at a time owns a name. A second one asks before it starts and is refused if the first
 * answers. Should both start at once, or the first be cut off from the hub at that time, the one
 * whose word comes later in the stream owns the name: the other one reads that, there or when it
 * looks after it was cut off, ends its jobs that have a key as cancelled, and removes nothing any
 * more. Nor is its own word there any more, which the other one removes, though that may have left
 * by then. But where the hub has lost the word with its disk, or it is so old that the hub has
 * dropped it (SESSION_AGE), nobody has replaced us, and we say it again. */
#ifndef CLUSTER_SESSION_H
#define CLUSTER_SESSION_H

#include "cluster/ledger/ledger.h"
#include "cluster/transport/listener.h"

struct session {
    struct connection *connection;
    struct ledger *ledger;
    struct outbox *outbox;
    struct listener messages, started;
    char client[WIRE_CLIENT_SIZE];
    char life[WIRE_CLIENT_SIZE]; /* who we are, among all programs that ever had the name */
    atomic_bool replaced;        /* another program owns the name now */
    _Atomic uint64_t owner;      /* the position of our word that we own it, */
    _Atomic int64_t said;        /* and the date */
    int64_t created;             /* the stream: at another time, and the hub has lost its disk */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned pending; /* things that the hub has not done yet */
};

/* Takes the name of the connection, and enters all jobs that an earlier program of it has left into
 * the ledger. `life` is a name that no other program has. Waits so long for one that does not
 * answer; 0: 5 seconds. */
yoke_status session_open(struct session **session, struct connection *connection,
                         struct ledger *ledger, const char *life, yoke_duration timeout);

/* Takes in what comes from now on. */
yoke_status session_listen(struct session *session);

/* After the connection was lost: whether we still own the name. False: to be done once more. */
bool session_look(struct session *session);

/* Waits for the hub to have what it is to keep, and to have removed what it need not, or until that
 * is hopeless. */
void session_leave(struct session *session);

/* The connection is closed. NULL is allowed. */
void session_close(struct session *session);

#endif
