/* The cluster: the jobs of a server running on other machines, too.
 *
 *     yoke_cluster_options where = YOKE_CLUSTER_OPTIONS_INIT;
 *     where.credentials = "yoke-hub/credentials";             // written by `yoke hub`
 *     yoke_cluster *cluster;
 *     yoke_cluster_open(&where, &cluster);
 *
 *     yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
 *     options.cluster = cluster;                              // and no workers here: all jobs go
 *     yoke_server *server;                                    // to the nodes
 *     yoke_server_open(&options, &server);
 *
 *     unsigned char argument[16], result[16];                 // bytes, in the cluster's order
 *     yoke_pack_u64(yoke_pack_u64(argument, 0), 100000);
 *     yoke_task task = YOKE_TASK_INIT;
 *     task.kernel_name = "sum_primes", task.kernel_version = 1; // by name: no code travels
 *     task.argument = argument, task.argument_size = sizeof argument;
 *     task.result_size = sizeof result;
 *     yoke_job *job;
 *     yoke_submit(server, &task, &job);                       // all the rest is as in server.h
 *
 *     yoke_job_result(job, result, sizeof result);
 *     yoke_job_release(job);
 *     yoke_server_release(server);
 *     yoke_cluster_release(cluster);
 *
 * Jobs wait at a hub (`yoke hub`, which starts a NATS server with JetStream) until a node with a
 * free worker takes them. A node may die, hang, be cut off or come late, the hub may be killed and
 * restarted: a job whose node falls silent is given to another one. So a kernel may run more than
 * once, but the first result alone counts, and each job ends in exactly one state. When the program
 * that submits dies, its jobs' results are thrown away: unless it is durable.
 *
 * A durable program has a name, and keys for jobs. Killed at any time, and started again under its
 * name, it submits the same tasks under the same keys: those that the hub has got before are not
 * stored, or run, again, and their results are delivered, whenever they came.
 *
 *     where.name = "my-survey", where.durable = true;
 *     ...
 *     task.key = "part.17";                                   // chosen by the program
 *     yoke_submit(server, &task, &job);                       // the same job in each life
 *     yoke_job_result(job, result, sizeof result);
 *     ...                                                     // put it into a safe place
 *     yoke_job_release(job);                                  // the hub forgets it, the key is
 * free
 *
 * Needs libyoke_cluster (pkg-config yoke_cluster). Any thread may call unless a function says
 * otherwise; nothing here may be used in a child after fork(). */
#ifndef YOKE_CLUSTER_H
#define YOKE_CLUSTER_H

#include "integer.h"
#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_cluster yoke_cluster;
typedef struct yoke_node yoke_node;

/* ---- bytes ----------------------------------------------------------------------------------- */

/* Writes `value` at `bytes`, least significant byte first, and returns where the next one goes. */
static inline unsigned char *yoke_pack_u64(unsigned char *bytes, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    return bytes + 8;
}

/* Reads back what yoke_pack_u64() wrote, and returns where the next one stands. */
static inline const unsigned char *yoke_unpack_u64(const unsigned char *bytes, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < 8; i++)
        *value |= (uint64_t)bytes[i] << (8 * i);
    return bytes + 8;
}

static inline unsigned char *yoke_pack_u128(unsigned char *bytes, yoke_uint128 value)
{
    return yoke_pack_u64(yoke_pack_u64(bytes, value.lo), value.hi);
}

static inline const unsigned char *yoke_unpack_u128(const unsigned char *bytes, yoke_uint128 *value)
{
    return yoke_unpack_u64(yoke_unpack_u64(bytes, &value->lo), &value->hi);
}

/* ---- kernels --------------------------------------------------------------------------------- */

/* Names of kernels, nodes and programs: letters, digits, _ and -, at most this many. */
#define YOKE_CLUSTER_NAME_MAX 32
/* Keys of jobs: such names with dots between them, at most this many in all. */
#define YOKE_CLUSTER_KEY_MAX 64

/* Makes `kernel` known in this process under a name and a version from 1 up: for the nodes that it
 * opens afterwards, and for the servers with a cluster, whose jobs with that kernel run on nodes
 * that know the name and version. `name` is copied. The kernel is given the argument's bytes as
 * they were submitted, at most what the hub lets through (8 MiB with `yoke hub`): it must look at
 * yoke_context_argument_size() and _result_size() before it believes them. It may run several times
 * for one job, on several nodes at a time even.
 * Errors: YOKE_INVALID (the name, version 0, no kernel, or another kernel has that name and
 * version), YOKE_NO_MEMORY. */
yoke_status yoke_kernel_register(const char *name, unsigned version, yoke_kernel kernel);

/* Registers yoke's own: "sum_primes" and "count_primes", version 1. Their argument is `lo` and `hi`
 * of the half-open interval, then a yoke_algorithm where one is wanted, each packed as 64 bits;
 * their result is packed as 128 bits. Errors: YOKE_NO_MEMORY. */
yoke_status yoke_kernel_register_primes(void);

/* ---- blobs: large runs of bytes -------------------------------------------------------------- */

/* Bytes that many jobs need, a table or a matrix, are put at the hub once. Their blob id, which
 * is packed into the arguments of jobs as any other bytes, means the same on every machine; the
 * kernel opens the blob that it names, and each node fetches it from the hub once and keeps it.
 *
 *     yoke_blob_id table;                                   // the program:
 *     yoke_cluster_put(cluster, bytes, size, &table);
 *     task.argument = &table, task.argument_size = sizeof table;
 *
 *     yoke_blob_id table;                                   // the kernel:
 *     memcpy(&table, argument, sizeof table);
 *     const yoke_blob *blob;
 *     yoke_status status = yoke_blob_open(context, &table, &blob);
 *     if (status != YOKE_OK)
 *         return yoke_context_fail(context, status, "%s", yoke_last_error());
 *     ...                                                     // blob->bytes, blob->size
 *     yoke_blob_release(blob); */
#define YOKE_BLOB_ID_SIZE 40
typedef struct yoke_blob_id {
    unsigned char bytes[YOKE_BLOB_ID_SIZE]; /* the SHA-256 of the blob, and its size */
} yoke_blob_id;

/* Puts a blob at the hub, in chunks, and blocks until all of it is there: some seconds for a
 * gigabyte. A blob that is there already is not sent again. The hub keeps it for 24 hours, or 12
 * if it was there, also when the program ends; beyond that it must be put there again, as after the
 * hub has lost its disk. A hub that dies in between makes the call fail: call it again. The
 * id is the same for the same bytes, and written even then. Cost: a SHA-256 of the blob,
 * and a round trip to the hub for every 512 KiB of it. Errors: YOKE_INVALID (no bytes, no
 * id), YOKE_SYSTEM (the hub is away, or refuses). */
yoke_status yoke_cluster_put(yoke_cluster *cluster, const void *bytes, size_t size,
                             yoke_blob_id *id);

/* Has the hub forget a blob; nodes that have it may keep it. Jobs whose node does not have it fail
 * from now on. A blob that is not there is forgotten already. Errors: YOKE_INVALID (no id),
 * YOKE_SYSTEM (the hub is away). */
yoke_status yoke_cluster_forget(yoke_cluster *cluster, const yoke_blob_id *id);

/* A blob that a kernel has open; it is aligned for any type. */
typedef struct yoke_blob {
    const void *bytes;
    size_t size;
} yoke_blob;

/* Inside a kernel, on a node or on a worker of a server with a cluster: the blob of that
 * id. If this process does not have it, it is fetched and compared with the id, and
 * the worker waits meanwhile; so it does when another job fetches it just now. Blobs that are open
 * stay, of others those that were used last, as far as the cache of this process holds them
 * (yoke_cluster_options). A job that has none open waits for room, one that has fails. Every blob
 * is released, before the kernel returns, by yoke_blob_release().
 * Errors: YOKE_SYSTEM (not at the hub, or damaged there), YOKE_INVALID (no id of a blob,
 * one that is larger than the cache, a server that belongs to no cluster), YOKE_NO_MEMORY (also:
 * the cache is full of blobs in use), YOKE_CANCELLED (the job is to leave). */
yoke_status yoke_blob_open(yoke_context *context, const yoke_blob_id *id, const yoke_blob **blob);
void yoke_blob_release(const yoke_blob *blob); /* NULL is allowed */

/* ---- connecting ------------------------------------------------------------------------------ */

/* How to reach the hub. Strings and files are read by the call alone. Beyond the loopback
 * (127.0.0.0/8, ::1, localhost) all four files are required, and the hub must prove itself by a
 * certificate that `ca_file` vouches for. */
typedef struct yoke_cluster_options {
    size_t size;             /* sizeof(yoke_cluster_options), set by YOKE_CLUSTER_OPTIONS_INIT   */
    const char *servers;     /* "HOST:PORT", several with commas; NULL: 127.0.0.1:4222           */
    const char *credentials; /* a file with USER:PASSWORD in its first line; NULL: none          */
    const char *ca_file;     /* PEM: who vouches for the hub; NULL: no TLS                       */
    const char *certificate_file; /* PEM: our own certificate, and its chain                     */
    const char *key_file;         /* PEM: its key                                                */
    const char *name;      /* what statistics and messages call us; NULL: the host and process   */
    yoke_duration timeout; /* longest time until the hub has answered; 0: 5 seconds              */
    unsigned workers;      /* of a node: as in yoke_server_options                               */
    yoke_duration silence; /* of a node: its jobs go to others when the hub has not heard of it  */
                           /* for so long, however long they run; the same on all nodes; 0: 10 s */
    size_t cache; /* bytes of blobs that this process keeps  for its kernels; 0: 256 MiB          */
    bool durable; /* of a program: jobs with a key outlive it. Takes a `name`, of which no        */
                  /* other durable program runs                                                   */
} yoke_cluster_options;

#define YOKE_CLUSTER_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(yoke_cluster_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                              \
    }

/* Connects to the hub, and creates there what the cluster needs where it is missing. The connection
 * is the `cluster` of yoke_server_options, for one server at a time. Blocks until the hub has
 * answered, and until a durable program has all that an earlier one of its name has left. Once
 * connected, the connection comes back by itself whenever it breaks. `options` may be NULL. The
 * caller gives the handle back with yoke_cluster_release().
 * Errors: YOKE_INVALID (unknown size, servers that are not understood or not allowed, a file that
 * does not hold what it should, durable without a name), YOKE_SYSTEM (the hub is not reached or
 * refuses us, or another program runs under the name: the message says which), YOKE_NO_MEMORY. */
yoke_status yoke_cluster_open(const yoke_cluster_options *options, yoke_cluster **cluster);

/* Leaves the cluster, after its server has been closed or released: before that, it does nothing
 * but log a warning. Waits until the hub has all jobs with a key, for the next program of the name,
 * and has removed what was let go, or until it has done nothing for five seconds. A server that was
 * closed, and its jobs, may still be asked for all that they tell after that. NULL is allowed. No
 * other call may be using the cluster, nor submitting to the server. */
void yoke_cluster_release(yoke_cluster *cluster);

/* ---- statistics ------------------------------------------------------------------------------ */

/* What the connection alone knows, since it was opened; of jobs yoke/statistics.h tells, with a row
 * for each node. */
typedef struct yoke_cluster_statistics {
    size_t size;        /* sizeof(yoke_cluster_statistics), set by the caller             */
    uint64_t retried;   /* deliveries beyond the first of their job that a node told of          */
    uint64_t repeated;  /* results of jobs that had ended already: thrown away                   */
    uint64_t malformed; /* messages that could not be read: thrown away                          */
    uint64_t bytes_sent, bytes_received; /* arguments and results                                */
    /* From when a job was sent, or one of an earlier program found again, to its result, less the
     * time that its kernel ran: the mean of all that nodes have ended, and the least of one; 0 when
     * there is none. */
    yoke_duration latency, latency_least;
} yoke_cluster_statistics;

/* Errors: YOKE_INVALID (unknown size). */
yoke_status yoke_cluster_get_statistics(yoke_cluster *cluster, yoke_cluster_statistics *statistics);

/* What a node says of itself. */
typedef struct yoke_node_info {
    const char *name, *host;
    const char *version;     /* of yoke                                                           */
    const char *kernels;     /* "NAME.VERSION", several with spaces                               */
    unsigned workers, cores; /* its own; and those of its host that are online                    */
    double load;             /* of its host, in the last minute, as uptime(1) says it             */
    uint64_t active;         /* jobs that are there now                                           */
    uint64_t taken, reported; /* as in yoke_node_statistics */
    uint64_t malformed, lost;
    yoke_duration latency; /* from the question to its answer                                     */
} yoke_node_info;

typedef void (*yoke_node_visit)(const yoke_node_info *node, void *context);

/* Asks all nodes, and calls `visit` for each one that answers within `patience`, in the order they
 * answer; 0: half a second. What is handed to it stays until it returns. Blocks for all of the
 * time. Errors: YOKE_INVALID (no visit, a negative time), YOKE_SYSTEM (the hub is away). */
yoke_status yoke_cluster_nodes(yoke_cluster *cluster, yoke_duration patience, yoke_node_visit visit,
                               void *context);

/* ---- nodes ----------------------------------------------------------------------------------- */

/* Opens a server, connects to the hub as yoke_cluster_open() does, and runs jobs of all kernels
 * that are registered, in threads of its own, until it is released. A node that was cut off rejoins
 * by itself. Errors: as yoke_cluster_open() and yoke_server_open(); YOKE_INVALID when no kernel is
 * registered. */
yoke_status yoke_node_open(const yoke_cluster_options *options, yoke_node **node);

/* Takes no further jobs, ends those it has, and blocks until the hub has their results. `timeout`
 * bounds the wait. Errors: YOKE_TIMED_OUT. */
yoke_status yoke_node_drain(yoke_node *node, yoke_duration timeout);

/* Leaves the cluster. Running kernels are asked to leave and waited for; jobs whose results the hub
 * does not have yet go to other nodes at once. NULL is allowed. */
void yoke_node_release(yoke_node *node);

typedef struct yoke_node_statistics {
    size_t size; /* sizeof(yoke_node_statistics), set by the caller                              */
    uint64_t taken, reported; /* deliveries from the hub, and results that it has stored         */
    uint64_t active;          /* jobs that are here now                                          */
    uint64_t malformed; /* messages that could not be read; answered as failed where it can be   */
    uint64_t lost;      /* jobs given up because their deliveries were used up                   */
    unsigned workers;
    uint64_t blobs, blob_bytes; /* fetched from the hub; each once, as long as there is room */
    uint64_t cached;            /* bytes of blocks that are kept now                         */
} yoke_node_statistics;

/* Errors: YOKE_INVALID (unknown size). */
yoke_status yoke_node_get_statistics(yoke_node *node, yoke_node_statistics *statistics);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
