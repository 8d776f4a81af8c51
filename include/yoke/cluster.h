/* The cluster: the same submit and wait, with the jobs running on other machines.
 *
 *     yoke_cluster_options options = YOKE_CLUSTER_OPTIONS_INIT;
 *     options.credentials = "yoke-hub/credentials";           // written by `yoke hub`
 *     yoke_cluster *cluster;
 *     yoke_cluster_open(&options, &cluster);
 *
 *     unsigned char argument[16], result[16];                 // bytes, in the cluster's order
 *     yoke_pack_u64(yoke_pack_u64(argument, 0), 100000);
 *     yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
 *     task.kernel = "sum_primes", task.version = 1;           // by name: no code travels
 *     task.argument = argument, task.argument_size = sizeof argument;
 *     task.result_size = sizeof result;
 *     yoke_remote *job;
 *     yoke_cluster_submit(cluster, &task, &job);              // returns at once
 *
 *     yoke_remote_result(job, result, sizeof result);         // waits for the job
 *     yoke_remote_release(job);
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
 *     options.name = "my-survey", options.durable = true;
 *     ...
 *     task.key = "part.17";                                   // chosen by the program
 *     yoke_cluster_submit(cluster, &task, &job);              // the same job in each life
 *     yoke_remote_result(job, result, sizeof result);
 *     ...                                                     // put it into a safe place
 *     yoke_remote_release(job);                               // the hub forgets it, the key is
 * free
 *
 * A program that dies between the result and its release gets that result again; one that dies
 * later, never.
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
typedef struct yoke_remote yoke_remote; /* a job of a cluster */
typedef struct yoke_node yoke_node;

/* ---- bytes --------------------------------------------------------------------------------- */

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

/* ---- kernels ------------------------------------------------------------------------------- */

/* Names of kernels, nodes and programs: letters, digits, _ and -, at most this many. */
#define YOKE_CLUSTER_NAME_MAX 32
/* Keys of jobs: such names with dots between them, at most this many in all. */
#define YOKE_CLUSTER_KEY_MAX 64

/* Makes `kernel` known in this process under a name and a version from 1 up, for the nodes that it
 * opens afterwards. `name` is copied. The kernel is given the argument's bytes as they were
 * submitted, at most what the hub lets through (8 MiB with `yoke hub`): it must look at
 * yoke_context_argument_size() and _result_size() before it believes them. It may run several times
 * for one job, on several nodes at a time even.
 * Errors: YOKE_INVALID (the name, version 0, no kernel, or another kernel has that name and
 * version), YOKE_NO_MEMORY. */
yoke_status yoke_kernel_register(const char *name, unsigned version, yoke_kernel kernel);

/* Registers yoke's own: "sum_primes" and "count_primes", version 1. Their argument is `lo` and `hi`
 * of the half-open interval, then a yoke_algorithm where one is wanted, each packed as 64 bits;
 * their result is packed as 128 bits. Errors: YOKE_NO_MEMORY. */
yoke_status yoke_kernel_register_primes(void);

/* ---- large blocks of bytes ----------------------------------------------------------------- */

/* Bytes that many jobs need, a table or a matrix, are put at the hub once. Their reference, which
 * is packed into the arguments of jobs as any other bytes, means the same on every machine; the
 * kernel opens the block that it names, and each node fetches it from the hub once and keeps it.
 *
 *     yoke_reference table;                                   // the program:
 *     yoke_cluster_put(cluster, bytes, size, &table);
 *     task.argument = &table, task.argument_size = sizeof table;
 *
 *     yoke_reference table;                                   // the kernel:
 *     memcpy(&table, argument, sizeof table);
 *     const yoke_block *block;
 *     yoke_status status = yoke_block_open(context, &table, &block);
 *     if (status != YOKE_OK)
 *         return yoke_context_fail(context, status, "%s", yoke_last_error());
 *     ...                                                     // block->bytes, block->size
 *     yoke_block_release(block); */
#define YOKE_REFERENCE_SIZE 40
typedef struct yoke_reference {
    unsigned char bytes[YOKE_REFERENCE_SIZE]; /* the SHA-256 of the block, and its size */
} yoke_reference;

/* Puts a block at the hub, in chunks, and blocks until all of it is there: some seconds for a
 * gigabyte. A block that is there already is not sent again. The hub keeps it for 24 hours, or 12
 * if it was there, also when the program ends; beyond that it must be put there again, as after the
 * hub has lost its disk. A hub that dies in between makes the call fail: call it again. The
 * reference is the same for the same bytes, and written even then. Cost: a SHA-256 of the block,
 * and a round trip to the hub for every 512 KiB of it. Errors: YOKE_INVALID (no bytes, no
 * reference), YOKE_SYSTEM (the hub is away, or refuses). */
yoke_status yoke_cluster_put(yoke_cluster *cluster, const void *bytes, size_t size,
                             yoke_reference *reference);

/* Has the hub forget a block; nodes that have it may keep it. Jobs whose node does not have it fail
 * from now on. A block that is not there is forgotten already. Errors: YOKE_INVALID (no reference),
 * YOKE_SYSTEM (the hub is away). */
yoke_status yoke_cluster_forget(yoke_cluster *cluster, const yoke_reference *reference);

/* A block that a kernel has open; it is aligned for any type. */
typedef struct yoke_block {
    const void *bytes;
    size_t size;
} yoke_block;

/* Inside a kernel, on a node or on a worker of yoke_cluster_server_open(): the block of that
 * reference. If this process does not have it, it is fetched and compared with the reference, and
 * the worker waits meanwhile; so it does when another job fetches it just now. Blocks that are open
 * stay, of others those that were used last, as far as the cache of this process holds them
 * (yoke_cluster_options). A job that has none open waits for room, one that has fails. Every block
 * is released, before the kernel returns, by yoke_block_release().
 * Errors: YOKE_SYSTEM (not at the hub, or damaged there), YOKE_INVALID (no reference of a block,
 * one that is larger than the cache, a server that belongs to no cluster), YOKE_NO_MEMORY (also:
 * the cache is full of blocks in use), YOKE_CANCELLED (the job is to leave). */
yoke_status yoke_block_open(yoke_context *context, const yoke_reference *reference,
                            const yoke_block **block);
void yoke_block_release(const yoke_block *block); /* NULL is allowed */

/* ---- connecting ---------------------------------------------------------------------------- */

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
    size_t cache; /* bytes of blocks that this process keeps for its kernels; 0: 256 MiB          */
    bool durable; /* of a program: jobs with a key outlive it. Takes a `name`, of which no    */
                  /* other durable program runs                                               */
    bool remote_only; /* of yoke_cluster_server_open(): jobs with a registered kernel wait for a  */
                      /* node, and the server's own workers leave them alone                      */
} yoke_cluster_options;

#define YOKE_CLUSTER_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(yoke_cluster_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                           \
    }

/* Connects to the hub, and creates there what the cluster needs where it is missing. Blocks until
 * then, and until a durable program has all that an earlier one of its name has left. Once
 * connected, the connection comes back by itself whenever it breaks. `options` may be NULL. The
 * caller gives the handle back with yoke_cluster_release().
 * Errors: YOKE_INVALID (unknown size, servers that are not understood or not allowed, a file that
 * does not hold what it should, durable without a name), YOKE_SYSTEM (the hub is not reached or
 * refuses us, or another program runs under the name: the message says which), YOKE_NO_MEMORY. */
yoke_status yoke_cluster_open(const yoke_cluster_options *options, yoke_cluster **cluster);

/* Leaves the cluster: jobs that have not ended end as cancelled, waiters wake up; what waits at the
 * hub is withdrawn, and what runs is told, unless the hub is away. But jobs with a key go on there,
 * for the next program of the name; for that one waits until the hub has them all, and what was let
 * go is removed, or until the hub has done nothing for five seconds. NULL is allowed. No other call
 * may be using the cluster; its jobs' handles stay valid. */
void yoke_cluster_release(yoke_cluster *cluster);

/* ---- jobs ---------------------------------------------------------------------------------- */

typedef struct yoke_cluster_task {
    size_t size;          /* sizeof(yoke_cluster_task), set by YOKE_CLUSTER_TASK_INIT          */
    const char *kernel;   /* the registered name; required                                     */
    unsigned version;     /* and version; required                                             */
    const void *argument; /* bytes that mean the same on every machine; copied                 */
    size_t argument_size; /* in bytes; 0: the kernel gets NULL                                 */
    size_t result_size;   /* in bytes                                                          */
    yoke_duration time_limit; /* longest time the kernel may run, as in yoke_task; a kernel that  */
                              /* does not heed it is given up `silence` later; 0: none           */
    unsigned deliveries; /* to how many nodes the job is given before it is lost; 0: 8           */
    const char
        *node; /* the name of the one that must run it, for which it waits when that is away, */
               /* for ever if there never is one; NULL: any                                 */
    const char *key; /* of a durable program: its own name for the job, copied; NULL: none, and */
                     /* the job goes with the program                                           */
} yoke_cluster_task;

#define YOKE_CLUSTER_TASK_INIT                                                                     \
    {                                                                                              \
        sizeof(yoke_cluster_task), 0, 0, 0, 0, 0, 0, 0, 0, 0                                       \
    }

/* Hands the task to the cluster and returns without waiting for the hub: the job is kept here and
 * sent again until the hub has stored it. A kernel that no node knows keeps its jobs waiting until
 * such a node comes; of a job for one node that does not know it, that node says so, and the job
 * fails. When no node has told of any job for two seconds, a warning in the log (yoke_log_set) says
 * why, once. `job` receives a handle that the caller gives back with yoke_remote_release(); it may
 * be NULL. Cost: some microseconds, and a round trip to the hub in the background.
 *
 * With a key, while there is a job of that key, of this program or an earlier one of its name, no
 * further one is submitted: `job` receives one more handle of it, which may have ended. The key
 * stands for it until its end was seen (by the wait, the result, the state or the status, or it was
 * cancelled) and then all of its handles are given back; at the hub for seven days at most. Jobs
 * with a key travel alone, and cost three more round trips in the background.
 *
 * Errors: YOKE_INVALID (unknown size, the kernel's or the node's name, version 0, a size without an
 * argument, a negative time, more bytes than the hub lets through; no valid key, or the program is
 * not durable, or there is a job of that key with another kernel, node, argument or size of the
 * result), YOKE_NO_MEMORY, YOKE_CANCELLED (another program has taken over the name, as it may while
 * this one is cut off from the hub: all jobs with a key have ended as cancelled, and go on for the
 * other one). */
yoke_status yoke_cluster_submit(yoke_cluster *cluster, const yoke_cluster_task *task,
                                yoke_remote **job);

/* Calls `visit` for each job with a key that this program, or an earlier one of its name, has
 * submitted, and that has not been let go: whether it has ended or not, in any order. Its handle is
 * as one of yoke_cluster_submit(), and `visit` has it given back some time; `key` lives as long.
 * Errors: YOKE_INVALID (no visit, or the program is not durable), YOKE_NO_MEMORY. */
typedef void (*yoke_remote_visit)(const char *key, yoke_remote *job, void *context);
yoke_status yoke_cluster_collect(yoke_cluster *cluster, yoke_remote_visit visit, void *context);

/* Blocks until all jobs of the cluster have ended, those too that an earlier durable program of its
 * name has left. Errors: YOKE_TIMED_OUT. */
yoke_status yoke_cluster_wait(yoke_cluster *cluster, yoke_duration timeout);

/* These are as their namesakes in server.h, without the waiting inside jobs: inside a job of a
 * yoke_server they block its worker. */
yoke_status yoke_remote_wait(yoke_remote *job, yoke_duration timeout);
yoke_status yoke_remote_result(yoke_remote *job, void *result, size_t size); /* or YOKE_LOST */
yoke_state yoke_remote_state(yoke_remote *job);
yoke_status yoke_remote_status(yoke_remote *job);
const char *yoke_remote_message(yoke_remote *job); /* of a lost job: which nodes had it */
void yoke_remote_release(yoke_remote *job);

/* What the kernel tells of its progress where it runs: as yoke_job_progress(), some tenths of a
 * second late, and not at all while the hub is away; once the job has ended, what its kernel told
 * last. It begins anew on another node. Never blocks. */
void yoke_remote_progress(yoke_remote *job, uint64_t *done, uint64_t *total);

/* What the job has printed where it ended: as yoke_job_output(), which is bounded; beside a result
 * near the longest that the hub lets through it is cut further, and ends in a line that says so. ""
 * of a job that was cancelled or given up, or where there was no memory for it. Never blocks. */
const char *yoke_remote_output(yoke_remote *job);

/* Ends the job as cancelled at once; one that has ended stays what it is. Where it runs,
 * yoke_context_cancelled() turns true; where it waits for a node, it is not run any more, unless it
 * is on its way together with other small jobs, and then its result does not count. Both are
 * told once and not again should the hub be away. */
yoke_status yoke_remote_cancel(yoke_remote *job);

/* ---- one server out of local and remote workers ---------------------------------------------- */

/* Opens a server as yoke_server_open() does, whose jobs run on the nodes of the cluster too: those
 * whose kernel is a function that yoke_kernel_register() has given a name, before or later, on
 * nodes that know that name and version. Everything else of server.h is as ever: groups, callbacks,
 * `after`, priorities, cancelling, limits, waiting for any; the statistics have a row for each
 * node. The server's own workers take jobs first. When they are all at work, a node with a free
 * worker gets the next one, for as long as there is such a node: when the last one dies, the few
 * jobs that are on their way wait at the hub for another. Jobs with a `place` stay here, except
 * that "@NAME" is the node of that name: only that one runs them, as `node` of yoke_cluster_task
 * says, and yoke_submit() refuses what no node can run. With
 * `remote_only` in the cluster's options nothing is run here that a node can run. On a node a
 * kernel knows nothing of this server. What it prints there comes with its end, and what it tells
 * of its progress some tenths of a second late, as for yoke_remote_output() and _progress(). A time
 * limit counts from the start of the kernel, there as here; a job that is cancelled, or misses its
 * deadline, while it is on a node ends at once. It may end as lost. Closing the server leaves the
 * cluster. Errors: as yoke_server_open() and yoke_cluster_open(). */
yoke_status yoke_cluster_server_open(const yoke_cluster_options *cluster,
                                     const yoke_server_options *options, yoke_server **server);

/* ---- statistics ---------------------------------------------------------------------------- */

/* Counts since the cluster was opened: submitted = active + the five that follow. */
typedef struct yoke_cluster_statistics {
    size_t size; /* sizeof(yoke_cluster_statistics), set by the caller                           */
    uint64_t submitted, active, done, failed, cancelled, timed_out, lost;
    uint64_t retried;   /* deliveries beyond the first of their job that a node told of          */
    uint64_t repeated;  /* results of jobs that had ended already: thrown away                   */
    uint64_t malformed; /* messages that could not be read: thrown away                          */
    uint64_t bytes_sent, bytes_received; /* arguments and results                                */
    /* From when a job was submitted, or one of an earlier program found again, to its result, less
     * the time that its kernel ran: the mean of all that nodes have ended, and the least of one; 0
     * when there is none. */
    yoke_duration latency, latency_least;
} yoke_cluster_statistics;

/* Errors: YOKE_INVALID (unknown size). */
yoke_status yoke_cluster_get_statistics(yoke_cluster *cluster, yoke_cluster_statistics *statistics);

/* Writes Parallel Python's table with a row for each node that ended jobs.
 * Errors: YOKE_SYSTEM when the stream refuses, YOKE_INVALID. */
yoke_status yoke_cluster_print_statistics(yoke_cluster *cluster, FILE *stream);

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

/* ---- nodes --------------------------------------------------------------------------------- */

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
    uint64_t blocks, block_bytes; /* fetched from the hub; each once, as long as there is room */
    uint64_t cached;              /* bytes of blocks that are kept now                         */
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
