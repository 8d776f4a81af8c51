/* How long anything in the cluster waits, lives or is believed, each in nanoseconds and with its
 * reason. Times for users to choose are in yoke/cluster.h. */
#ifndef CLUSTER_LIMITS_H
#define CLUSTER_LIMITS_H

#include <yoke/server.h>

/* NATS takes milliseconds in most calls. */
#define LIMIT_MILLISECONDS(limit) ((limit) / YOKE_MILLISECONDS(1))

/* ---- the connection -------------------------------------------------------------------------- */

/* A connection that answers none of two pings is dead: a cut is noticed within two seconds, and two
 * pings a second are nothing. */
#define PING_INTERVAL YOKE_MILLISECONDS(500)

/* Between two tries to reach a hub: short beside the time that a hub takes to start, and not so
 * short that many programs drown one that does. */
#define RECONNECT_WAIT YOKE_MILLISECONDS(100)

/* A question that a hub has not answered is asked once more: one that starts drops some. */
#define QUESTION_WAIT YOKE_MILLISECONDS(500)

/* Until yoke_cluster_open() gives up on a hub, unless the caller says otherwise. */
#define CONNECT_WAIT YOKE_SECONDS(5)

/* Any time does for a listener: its wait ends with the connection. */
#define LISTENER_WAIT YOKE_SECONDS(3600)

/* ---- what the hub keeps ---------------------------------------------------------------------- */

/* A result that no program comes for; and what a durable program keeps there for its next run. */
#define RESULTS_AGE YOKE_SECONDS(24 * 3600)
#define SESSION_AGE (7 * RESULTS_AGE)

/* The clock of the hub, which drops these, and ours may differ by so much. */
#define EXPIRY_MARGIN YOKE_SECONDS(3600)

#define BLOBS_AGE YOKE_SECONDS(24 * 3600)

/* How long the hub remembers the name of a message, to drop its copies. Copies come from nodes that
 * slept; the ledger drops those that come later. */
#define COPIES_WINDOW YOKE_SECONDS(120)

/* When the hub sends again what was not acknowledged: above any pause of a program that is
 * alive. */
#define ACKNOWLEDGE_WAIT YOKE_SECONDS(10)

/* When the hub forgets a program that is gone. */
#define PROGRAM_SILENCE YOKE_SECONDS(3600)

/* When the hub forgets how far a node has come with the jobs for it alone: nodes that never come
 * back must not fill it. The jobs stay. A node whose workers are all in one job for longer is given
 * what it has a second time. */
#define NODE_SILENCE YOKE_SECONDS(24 * 3600)

/* ---- sending --------------------------------------------------------------------------------- */

/* A message is sent again when the hub has not answered it for so long, or could not take it. */
#define RESEND_WAIT  YOKE_SECONDS(1)
#define REFUSED_WAIT YOKE_MILLISECONDS(50)

/* Between two looks for such messages, while there are any and else. */
#define OUTBOX_LOOK_WAIT YOKE_MILLISECONDS(50)
#define OUTBOX_IDLE_WAIT YOKE_SECONDS(1)

/* An outbox that is closed waits so long for answers: a hub that is there gives them within
 * milliseconds. */
#define OUTBOX_CLOSE_WAIT YOKE_SECONDS(1)

/* Jobs that go to a node together end up to so much later than they might. */
#define TOGETHER_TIME YOKE_MILLISECONDS(1)

/* ---- programs -------------------------------------------------------------------------------- */

/* Between two looks at whether the connection was lost: a job that the hub has lost waits as long
 * again. Looking costs less than a microsecond. */
#define RECOVERY_LOOK_WAIT YOKE_MILLISECONDS(500)

/* When no node has told of any job for so long, the log says why. A hub hands a job to a node that
 * waits for one within milliseconds. */
#define UNANSWERED_WAIT YOKE_SECONDS(2)

/* How long nodes are believed to be there after the last sign of one; and between two looks. */
#define NODES_BELIEF    YOKE_SECONDS(10)
#define NODES_LOOK_WAIT YOKE_MILLISECONDS(100)

/* Leaving: until the hub has heard it; and, for a durable program, while the hub does nothing. */
#define LEAVE_WAIT         YOKE_SECONDS(1)
#define SESSION_LEAVE_WAIT YOKE_SECONDS(5)

/* ---- durable programs ------------------------------------------------------------------------ */

/* The owner of a name answers within this. One that is stopped, or was cut off, does not; the hub
 * drops it within three seconds, so a lease is waited for a little longer. */
#define OWNER_WAIT YOKE_MILLISECONDS(500)
#define LEASE_WAIT YOKE_SECONDS(5)

/* A message that was there when it was asked for comes within this, and so does the list of the
 * jobs that wait, which takes the hub half a second for 64,000 of them. */
#define READ_WAIT YOKE_SECONDS(20)
#define LIST_WAIT YOKE_SECONDS(20)

/* ---- nodes ----------------------------------------------------------------------------------- */

/* A node's wait for a job; the hub ends it a little earlier. */
#define FETCH_WAIT YOKE_SECONDS(1)

/* After the hub's own death nothing is taken for so long. */
#define FETCH_RETRY_WAIT YOKE_MILLISECONDS(100)

/* A node's jobs go to others when the hub has not heard of it for so long, unless the caller says
 * otherwise. */
#define SILENCE_DEFAULT YOKE_SECONDS(10)

/* Between two looks at the progress of jobs: no eye sees more, and five looks a second cost an idle
 * node nothing that can be measured. */
#define PROGRESS_WAIT YOKE_MILLISECONDS(200)

/* ---- blobs ----------------------------------------------------------------------------------- */

/* Between two tries to fetch a chunk while the hub is away. */
#define CHUNK_RETRY_WAIT YOKE_MILLISECONDS(100)

/* How long it takes until a job that waits for another to fetch a blob, or for space in the cache,
 * sees that it is to leave. */
#define CACHE_LOOK_WAIT YOKE_MILLISECONDS(100)

#endif
