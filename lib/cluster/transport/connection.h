/* The way to the hub, and the streams that it keeps for us. */
#ifndef CLUSTER_CONNECTION_H
#define CLUSTER_CONNECTION_H

#include <nats/nats.h>
#include <stdatomic.h>
#include <yoke/cluster.h>

#include "wire.h"

/* Jobs go to yoke.jobs.3:KERNEL.VERSION.any, where 3 is the version of their messages and of the
 * results that their program reads: nodes of another one never see them. Those for one node go to
 * yoke.jobs.3@NODE.KERNEL:VERSION.any; and those that are kept, of either kind, to a subject of
 * their own below that, CLIENT.SEQUENCE. A job is deleted once a node has acknowledged it. Results
 * go to yoke.results.CLIENT.SEQUENCE, and are deleted once the client has. What session.h tells of
 * goes to yoke.session.CLIENT, and is deleted when the client says so. */
#define JOBS_STREAM     "YOKE_JOBS"
#define JOBS_SUBJECT    "yoke.jobs."
#define JOBS_VERSION    "3"
#define KERNELS_SUBJECT JOBS_SUBJECT JOBS_VERSION ":"
#define PLACED_SUBJECT  JOBS_SUBJECT JOBS_VERSION "@"
#define RESULTS_STREAM  "YOKE_RESULTS"
#define JOBS_ANY        ".any"
#define RESULTS_SUBJECT "yoke.results."
#define SESSION_STREAM  "YOKE_KEPT"
#define SESSION_SUBJECT "yoke.session."
/* Blobs of bytes, in chunks that are yoke.blobs.DIGEST.NUMBER; each is kept for BLOBS_AGE, in
 * nanoseconds. */
#define BLOBS_STREAM  "YOKE_BLOBS"
#define BLOBS_SUBJECT "yoke.blobs."
/* Not kept by the hub: what a node tells while a job runs, and jobs to be cancelled. */
#define STARTED_SUBJECT "yoke.started."
#define CANCEL_SUBJECT  "yoke.cancel"
/* Whoever asks there is answered by every node. */
#define NODES_SUBJECT "yoke.nodes"

#define SUBJECT_SIZE 192

struct connection {
    natsConnection *nats;
    jsCtx *stream;
    char name[YOKE_CLUSTER_NAME_MAX + 1];
    yoke_duration timeout; /* of each answer of the hub */
    /* When the stream of jobs was created: at another time, and the hub has lost its disk since.
     * And the last position in it that was taken, when we looked. */
    _Atomic int64_t created;
    _Atomic uint64_t last;
};

/* Checks the options and connects; as yoke_cluster_open() says. */
yoke_status connection_open(struct connection *connection, const yoke_cluster_options *options);

/* Closes what is open; no callback runs afterwards. */
void connection_close(struct connection *connection);

/* Creates the streams where they are missing, as on a hub that has lost its disk, and looks at the
 * one of jobs. */
natsStatus connection_prepare(struct connection *connection);

/* Creates the stream of blobs likewise: most programs need none. */
natsStatus connection_prepare_blobs(struct connection *connection);

/* Has the hub send what is in the stream under these subjects, from its beginning, until it is
 * acknowledged, to one that has such a name. */
natsStatus connection_subscribe(struct connection *connection, natsSubscription **subscription,
                                const char *stream, const char *subjects, const char *name);

/* How the hub knows who has subscribed; the caller destroys that. */
natsStatus connection_describe(struct connection *connection, natsSubscription *subscription,
                               jsConsumerInfo **description);

/* Tells the nodes that a job is cancelled, or all of a client's; and removes the message that is at
 * `position` in the stream of jobs, if that is not 0. None waits for an answer, and all are lost
 * while the hub is away: the job then runs in vain. */
void connection_cancel(struct connection *connection, const char *client, uint64_t sequence);
void connection_cancel_all(struct connection *connection, const char *client);
void connection_remove_job(struct connection *connection, uint64_t position);

/* How often it was lost and found again. */
uint64_t connection_reconnects(struct connection *connection);

/* The longest message that the hub lets through. */
uint64_t connection_room(struct connection *connection);

/* Records what NATS said of `what`, and returns YOKE_NO_MEMORY or YOKE_SYSTEM. */
yoke_status connection_failed(natsStatus status, const char *what);

#endif
