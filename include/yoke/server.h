/* The job server: submit kernels, wait for their results.
 *
 *     yoke_server *server;
 *     yoke_server_open(NULL, &server);                       // a worker on every usable core
 *
 *     yoke_task task = YOKE_TASK(sum_primes, n, sum);        // your function; n is copied
 *     yoke_job *job;
 *     yoke_submit(server, &task, &job);                      // returns at once
 *
 *     yoke_job_result(job, &sum, sizeof sum);                // waits for the job
 *     yoke_job_release(job);
 *     yoke_server_print_statistics(server, stdout);          // statistics.h
 *     yoke_server_release(server);
 *
 * Every job ends in exactly one state, and stays in it: done, failed, cancelled or timed out.
 * Waiting on a job that has ended answers at once, as often as one likes, even after the server is
 * gone.
 *
 * Unless a function says otherwise it may be called from any thread, a job's kernel and callback
 * included, and by several threads at a time. After fork() a server belongs to the parent alone:
 * in the child every call on it or on its jobs answers YOKE_FORKED at once, except the two
 * release functions, which do nothing; the child may open a server of its own. (A kernel that
 * forks must end the child by exec or _exit().) */
#ifndef YOKE_SERVER_H
#define YOKE_SERVER_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "status.h"
#include "topology.h" /* YOKE_WORKERS_MAX */

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_server yoke_server;
typedef struct yoke_job yoke_job;
typedef struct yoke_context yoke_context;
struct yoke_cluster; /* see cluster.h */

/* A span of time in nanoseconds. Timeouts are 0 (look, do not wait) and up; the negative
 * YOKE_FOREVER waits without limit. */
typedef int64_t yoke_duration;
#define YOKE_FOREVER            ((yoke_duration)-1)
#define YOKE_MILLISECONDS(time) ((yoke_duration)((time)*1e6))
#define YOKE_SECONDS(time)      ((yoke_duration)((time)*1e9))

/* ---- kernels and tasks ------------------------------------------------------------------- */

/* What a job runs. `argument` is the server's own copy of the task's argument and `result` a
 * zeroed buffer of the task's result size, both aligned for any type and NULL when their size is
 * 0; both end with the call. (Where the task brings a buffer for its result, it is that, as it is:
 * see below.) On which NUMA node they lie: see below, about places. Returns YOKE_OK for done,
 * anything else for failed. Why it failed is the job's message: what yoke_context_fail() was told;
 * else, if the latest yoke call that failed in the kernel, on its own thread, answered the status
 * that it returns, yoke_last_error() of that call, so that `return yoke_sum_primes(...)` says it
 * all; else the status in words. A kernel may use OpenMP tasks (idle workers help with them, but
 * where the job runs in a callback outside of its server), submit jobs and wait for them; it must
 * not use OpenMP worksharing or barriers outside a parallel region of its own, and must not leave
 * by longjmp or by ending its thread. It starts in the rounding mode of the thread that opened the
 * server, also inside another kernel that waits, and on the cores of its worker: what it changes of
 * these ends with it. A kernel that changes its cores in some of its runs alone may leave them to
 * the next one. */
typedef yoke_status (*yoke_kernel)(yoke_context *context, const void *argument, void *result);

/* Called once when a job has ended, in whatever state, before waiters wake up: by the thread that
 * ended it, or, if the server ended it before it started, by a worker or a thread that waits for
 * the job; `job` is valid during the call even if its handle is released already. A callback may
 * submit, wait (on its own job this answers at once) and read the job's result. Any status but
 * YOKE_OK is logged, with why as for a kernel, and counted; it does not change the job. */
typedef yoke_status (*yoke_callback)(yoke_job *job, void *context);

enum { YOKE_PRIORITY_MIN = -32, YOKE_PRIORITY_MAX = 31 };

/* What becomes of a job when one that it comes after did not end as done. */
typedef enum yoke_after_policy {
    YOKE_AFTER_CANCEL, /* it ends as cancelled; its message names the other                      */
    YOKE_AFTER_FAIL,   /* it ends as failed, with the status of the other                        */
    YOKE_AFTER_RUN     /* it runs anyway                                                         */
} yoke_after_policy;

/* What to run and how. Start from YOKE_TASK_INIT or, in C, from YOKE_TASK(); whatever stays zero
 * takes its default. */
typedef struct yoke_task {
    size_t size;            /* sizeof(yoke_task), set by YOKE_TASK_INIT                          */
    yoke_kernel kernel;     /* the function to run; this or a kernel_name is required            */
    const char *name;       /* what messages call the job; copied; NULL: "job"                   */
    const void *argument;   /* what the kernel is given: copied by yoke_submit()                 */
    size_t argument_size;   /* in bytes; 0: the kernel gets NULL                                 */
    size_t result_size;     /* in bytes, of the buffer that the kernel fills                     */
    yoke_callback callback; /* called when the job has ended, or NULL                            */
    void *callback_context; /* handed to the callback; not copied, must live until then          */
    int priority;           /* YOKE_PRIORITY_MIN ... _MAX: higher ones leave the queue first,    */
                            /* equal ones first come, first served; running jobs run on, but     */
                            /* loops give way to higher ones: see yoke_for_each()                */
    const char *place;      /* where it must run here, or NULL for anywhere; copied; see below   */
    yoke_duration time_limit; /* longest time the kernel may run; 0: none                        */
    yoke_duration deadline;   /* longest time from the submission to the end; 0: none            */
    yoke_job *const *after;   /* the job starts when these have ended, callbacks included; NULL  */
    size_t after_count;       /* when there are none. Their handles may be released after that;  */
                              /* its kernel has them all the same: yoke_context_after()          */
    yoke_after_policy after_failed; /* what if one of them did not end as done                   */
    unsigned tries; /* how often a kernel that fails is run in all; 0: once                      */
    void *result;   /* where the kernel writes its result, or NULL: a buffer of the job's own    */
    const char *kernel_name; /* instead of `kernel`: what nodes of the server's cluster know the  */
    unsigned kernel_version; /* kernel by, name and version, see yoke_kernel_register()           */
    unsigned deliveries; /* to how many nodes the job is given before it is lost; 0: 8            */
    const char *node;    /* the node that must run it, for which it waits when that is away, for  */
                         /* ever if there never is one; NULL: any; copied, as the next            */
    const char *key;     /* of a durable program: its own name for the job; see below             */
    const void *const *reads; /* addresses of what its kernel reads, and of what it writes: the   */
    size_t read_count;        /* job comes after earlier ones that write or read there, as        */
    const void *const *writes; /* task.h tells                                                    */
    size_t write_count;
} yoke_task;

/* About `result`: large results need not be copied. With a buffer of the caller's, of result_size
 * bytes and aligned for what the kernel writes there, the kernel is given that very buffer, and
 * nobody else writes to it: it is not zeroed, so the kernel finds there what the caller has left
 * there, and at a further try what the try before has. It stays the caller's, who leaves it alone
 * and keeps it until the job has ended, in whatever state, and as long as anybody asks for the
 * result after that. A job that never ran has not touched it; what one that ran and is not done has
 * left there is its kernel's affair. yoke_job_result() with the same buffer only waits. A job that
 * runs elsewhere, on a node of a cluster, fills a zeroed buffer there, which is copied to this one
 * when the job is done. Without a buffer of the caller's, yoke_job_result_view() shows the job's
 * own: that costs no copy either, but fresh memory, with a page fault for every 4 KiB. */

/* A place is an hwloc location, with the logical indexes of lstopo: "numa:1", "package:0",
 * "core:0-3", "pu:5", "package:0.core:1" for the second core of the first package, "core:0,2",
 * "core:all", "all", or several with spaces between. The job goes to the workers of a NUMA node
 * that has cores there, is not moved to another node, and runs on a worker that is bound inside the
 * place: on one that has its core there if one is free, else on one that moves in for that long
 * and shares the cores. Idle workers of the node help with its OpenMP tasks where they are. Where
 * OpenMP binds the threads (OMP_PROC_BIND, OMP_PLACES) a place chooses the node alone.
 * Memory: argument and result of a job with a place lie on the NUMA nodes of that place, as long as
 * these have room, when the two together have 64 KiB or more; that costs some microseconds, and a
 * page fault (0.5 to 2 microseconds) for every 4 KiB that is written. A buffer of the caller's lies
 * where it is. The argument of a job without a place lies where it was submitted. Its result lies
 * on the node of its worker where the kernel is the first to touch it, which is so for memory new
 * from the system; what the process has used before, for jobs that have ended, stays where it was.
 * A small job is a few lines of cache. */

/* About jobs on nodes of a cluster: a server that was opened with a `cluster` has some of its jobs
 * run there. A job with a kernel_name, a node or a key, and any job of a server without workers,
 * goes to the hub at once, for the nodes alone, and can have no place. Another one may, if its
 * kernel is a function that has a name (yoke_kernel_register()) and it has no place: when all
 * workers of the server are at work, a node with a free worker gets the next one, for as long as
 * there is such a node. When the last one dies, the few of these that are on their way wait at the
 * hub for another.
 * Such a job is one as any other: groups, callbacks, `after`, priorities, cancelling, limits and
 * all waits are the same. Its argument and result are bytes that mean the same on every machine. On
 * a node its kernel knows nothing of this server. It is queued until a node has said that it
 * begins; what it prints comes with its end, bounded also by what the hub lets through beside the
 * result; what it tells of its progress comes some tenths of a second late, and begins anew on
 * another node. A time limit counts from the start of the kernel, there as here; a kernel that does
 * not heed it is given up a little later. A job that is cancelled, or misses its deadline, while it
 * is on a node ends at once, and what waits at the hub is not run any more, unless it is on its way
 * together with other small jobs: then its result does not count. The nodes are told once, and not
 * again should the hub be away. A kernel that no node knows keeps its jobs waiting until such a
 * node comes; of a job for one node that does not know it that node says so, and the job fails.
 * When no node has told of any job for two seconds, a warning in the log (yoke_log_set()) says why,
 * once. */

/* About keys: a program that is opened as durable (yoke_cluster_options) may have its jobs outlive
 * it. A job with a key is handed to the cluster at once when its turn has come, whatever workers
 * are free, and from then on it goes on there when the program dies, or closes the server, where it
 * ends as cancelled. While there is a job of that key, of this program or an earlier one of its
 * name, yoke_submit() submits no other: it gives one more handle of the same job, which may have
 * ended. What the further task says besides kernel, node, argument and size of the result, which
 * must be the same, counts for nothing: the job has the callback, group and limits that it had, and
 * one that an earlier program has left has none.
 * The key stands for the job until its end was seen (by a wait for it, the result, the state or the
 * status) and its callback has returned, or it was cancelled, and all of its handles are given
 * back; at the hub for seven days at most. A program that dies between the result and the release
 * gets that result again, one that dies later never. Jobs with a key travel alone, and cost three
 * more round trips in the background. */

#define YOKE_TASK_INIT                                                                             \
    {                                                                                              \
        sizeof(yoke_task), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, YOKE_AFTER_CANCEL, 0, 0, 0, 0,   \
            0, 0, 0, 0, 0, 0, 0                                                                    \
    }

/* In C, the task that most are: `function` for a copy of the variable `value`, with a result as
 * large as `result`, a type or a variable; its name is that of the function. Further fields may be
 * set, or it goes right into the call:
 *
 *     yoke_submit(server, &YOKE_TASK(sum_primes, n, yoke_uint128), &job); */
#ifndef __cplusplus
#define YOKE_TASK(function, value, result)                                                         \
    ((yoke_task){.size = sizeof(yoke_task),                                                        \
                 .kernel = (function),                                                             \
                 .name = #function,                                                                \
                 .argument = &(value),                                                             \
                 .argument_size = sizeof(value),                                                   \
                 .result_size = sizeof(result)})
#endif

/* Inside a kernel: the server that runs it, the number of the worker it runs on, where that may run
 * as an hwloc location string (a core or a NUMA node; what OpenMP has bound it to, where it does;
 * "all" where nobody binds), and the sizes of its argument and result.
 * Worker numbers count from 0. Kernels that run at the same time on different threads have
 * different ones, all below the number of workers, with two exceptions: after a wait for a job that
 * ran elsewhere, or a loop that gave way to a job (see yoke_for_each()), a kernel, its further
 * tries, and those that it runs while it waits, may have another number, even one above if a
 * stand-in of its worker was still at work; and so may a job that is run by an OpenMP task of a
 * kernel, which waits for it. */
yoke_server *yoke_context_server(const yoke_context *context);
unsigned yoke_context_worker(const yoke_context *context);
const char *yoke_context_place(const yoke_context *context);
size_t yoke_context_argument_size(const yoke_context *context);
size_t yoke_context_result_size(const yoke_context *context);

/* Inside a kernel: whether it should leave early, because the job was cancelled, its time is over
 * or the server is closing. A kernel that runs for long asks between pieces of its work, as often
 * as it likes: two loads from memory. It then frees what it holds and returns YOKE_CANCELLED. */
bool yoke_context_cancelled(const yoke_context *context);

/* Inside a kernel: which of the task's tries this is, from 1. A kernel that fails is run again at
 * once by the same worker, with its result zeroed (but not a buffer of the caller's), until it
 * returns YOKE_OK, all tries are used up or it should leave early; the time limit is for all tries
 * together, and only the last one decides how the job ends. */
unsigned yoke_context_try(const yoke_context *context);

/* Inside a kernel: the job task.after[index] that this one comes after, which has ended. Its
 * result, state and message are to be asked for as ever, also of one that is not done, for
 * YOKE_AFTER_RUN:
 *
 *     yoke_job_result(yoke_context_after(context, 0), &part, sizeof part);
 *
 * It is lent: the job itself has it until its end, whoever has released his handle, and the kernel
 * must not release it. NULL when there is none with that index (YOKE_INVALID); so on a node of a
 * cluster, which knows the job alone. Never blocks. */
yoke_job *yoke_context_after(const yoke_context *context, size_t index);

/* Inside a kernel: tells whoever asks yoke_job_progress() that `done` of `total` are done, in any
 * unit the kernel likes. Costs two stores to memory; the first call allocates, and where there is
 * no memory for that nothing is told. */
void yoke_context_progress(yoke_context *context, uint64_t done, uint64_t total);

/* Inside a kernel: appends to the job's output, as printf would write it. Several OpenMP tasks of
 * the kernel may print: each call's text stays in one piece. The output is kept when a kernel is
 * tried again. Beyond 1 MiB the rest is dropped, and the output ends in a line that says so.
 * Errors: YOKE_NO_MEMORY (nothing is appended), YOKE_OVERFLOW (the output is full), YOKE_INVALID
 * (a format that cannot be written). */
yoke_status yoke_context_print(yoke_context *context, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Inside a kernel: records why the job fails, as printf would write it, and returns `status`, or
 * YOKE_JOB_FAILED when that is YOKE_OK, for the kernel to return. The text becomes the job's
 * message; what is beyond 255 bytes is cut off. */
yoke_status yoke_context_fail(yoke_context *context, yoke_status status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* What yoke_for_each() calls for a piece [lo, hi) of its range. */
typedef yoke_status (*yoke_range_kernel)(uint64_t lo, uint64_t hi, void *argument);

/* Inside a kernel: calls `kernel` for pieces that together are [lo, hi), each once, on the calling
 * thread and on idle workers of its node at the same time, and returns when all have returned. A
 * piece has `grain` numbers, the last one may have less; with `grain` 0 pieces are as long as makes
 * them cheap to hand out, by what their numbers took so far. Pieces are handed out in
 * ascending order, short ones several at a time. `argument` is handed on, not copied. An empty
 * range (lo >= hi) is done at once. When a piece returns anything but YOKE_OK, or the job is to
 * leave early (yoke_context_cancelled()), no further ones are begun. While a job of higher priority
 * is queued and no worker is free for it, the calling worker stops between two pieces and lends
 * itself to that job; when that takes longer than a second, both go on side by side (the job may
 * need what the loop's kernel holds, a mutex for instance). Cost: about a microsecond for each
 * worker, and 20 ns for a piece. Errors: the status of the first piece that failed, and
 * yoke_last_error() is that piece's own if it returned the status of its latest yoke call that
 * failed; YOKE_CANCELLED (to leave early); YOKE_INVALID (no context, no kernel). */
yoke_status yoke_for_each(yoke_context *context, uint64_t lo, uint64_t hi, uint64_t grain,
                          yoke_range_kernel kernel, void *argument);

/* About pieces: a piece may do all that its kernel may: submit jobs, wait for them, cancel them,
 * and use yoke_for_each() with the context of its kernel. It is part of its job on whatever thread
 * it runs, so it cannot wait for that, nor for one that waits for that: YOKE_DEADLOCK, as in OpenMP
 * tasks of the kernel (see yoke_job_wait()). */

/* ---- the server --------------------------------------------------------------------------- */

typedef struct yoke_server_options {
    size_t size;      /* sizeof(yoke_server_options), set by YOKE_SERVER_OPTIONS_INIT            */
    unsigned workers; /* 1 ... YOKE_WORKERS_MAX, or YOKE_WORKERS_ALL; 0: the same, but with a    */
                      /* cluster none: see below                                                 */
    bool trace;       /* record every job for yoke_server_write_trace(): see trace.h             */
    size_t queue_capacity; /* how many jobs may be queued; 0: as many as memory holds            */
    const char *bind; /* what workers are bound to, NULL: "auto"; see topology.h                 */
    struct yoke_cluster *cluster; /* whose nodes run jobs, too, or NULL; see below               */
} yoke_server_options;

#define YOKE_SERVER_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(yoke_server_options), 0, 0, 0, 0, 0                                                 \
    }

/* As many workers as yoke_topology_open() decides. */
#define YOKE_WORKERS_ALL 0x7fffffffu

/* About `cluster`: a connection that yoke_cluster_open() made. It stays the caller's, serves one
 * server at a time, and is released after that. With 0 workers the server has none: no kernel runs
 * in this process, what no node can run is refused by yoke_submit(), and all jobs go to the hub at
 * once, in the order of the queue. Callbacks run all the same, on a thread that sleeps else.
 * Opening takes over what an earlier durable program of the name has left at the hub: its jobs are
 * jobs of the server, for yoke_server_collect(). Closing withdraws all jobs but those with a key
 * from the hub, unless that is away, and tells the nodes that run them. */

/* Opens a server whose workers are bound to cores or NUMA nodes as topology.h tells. `options` may
 * be NULL and is not kept. Blocks until the workers stand ready (a few ms). The caller owns the
 * handle and gives it back with yoke_server_release(). An idle server uses no processor time.
 * Errors: YOKE_INVALID, YOKE_NO_MEMORY, YOKE_SYSTEM as yoke_topology_open(); YOKE_INVALID when
 * another server has the cluster; YOKE_NO_THREADS when the process may not have that many threads;
 * YOKE_DEADLOCK inside an OpenMP parallel region. */
yoke_status yoke_server_open(const yoke_server_options *options, yoke_server **server);

/* About parallel regions of the program itself, beside an open server: gcc's OpenMP library counts
 * the threads of all teams, and those of a server, idle ones too, make them more than the
 * processors. Then a thread at the end of a region waits for the next one for a microsecond or two,
 * not for milliseconds, before it sleeps: 400 short loops in turn took 5 ms on 2 cores, and 17 ms
 * beside a server of one or two workers. With OMP_WAIT_POLICY=active GOMP_SPINCOUNT=300000 in the
 * environment when the program starts they take 5 ms in both cases. The second variable keeps the
 * first from letting threads without work spin for minutes; alone it does not help. */

/* About parallel regions inside a job, also those of libraries such as an FFT: they have one
 * thread, unless OMP_MAX_ACTIVE_LEVELS is 2 or more. Then their threads share the cores of the
 * worker: where it is bound to one core all of them are there, so have fewer workers than cores or
 * bind none. OMP_MAX_ACTIVE_LEVELS=2 OMP_NUM_THREADS=4,8 gives 4 workers and 8 threads to each
 * region in their jobs. gcc's library starts these threads anew for each region, which takes some
 * 25 microseconds. OpenBLAS keeps to one thread in a job where it is built on OpenMP, whatever is
 * set; where it is built on pthreads it brings its own, which crowd the workers: set
 * OPENBLAS_NUM_THREADS=1.
 * omp_get_thread_num() in a job, and in pieces and OpenMP tasks, may be as large as
 * omp_get_max_threads() and larger: it counts the threads that stand in for others, too. Memory for
 * each worker is found by yoke_context_worker(). A library that keeps memory for each OpenMP thread
 * must see it from within a region of its own, even of one thread. */

/* Ends the server: no job is taken any more, queued jobs end as cancelled, running jobs run to
 * their end, every waiter wakes up, and the workers leave. Blocks until then. Kernels that ask
 * yoke_context_cancelled() learn of it, and end as cancelled when they return YOKE_CANCELLED;
 * any other answer counts as usual. The handle stays valid: submitting answers YOKE_CLOSED,
 * statistics may still be read. Closing again answers YOKE_OK. Errors: YOKE_DEADLOCK from inside a
 * job of this server (nothing is changed). */
yoke_status yoke_server_close(yoke_server *server);

/* Closes the server if it is open and gives the handle back; NULL is allowed. No other call may be
 * using the server; its jobs' handles stay valid. Inside one of its own jobs it does nothing but
 * log a warning. */
void yoke_server_release(yoke_server *server);

/* Changes the number of workers, 1 ... YOKE_WORKERS_MAX, and returns at once: new workers take
 * queued jobs immediately, surplus workers leave after the job they run.
 * Errors: YOKE_INVALID (also for a server that was opened without workers), YOKE_CLOSED,
 * YOKE_NO_THREADS (beyond what the server can still start: the number stays as it was). */
yoke_status yoke_server_resize(yoke_server *server, unsigned workers);

/* The number of workers the server has, or is about to have after a resize; 0 once closed, and of
 * one that was opened without. */
unsigned yoke_server_workers(const yoke_server *server);

/* Blocks until no job of the server is queued or running and their callbacks have returned.
 * Errors: YOKE_TIMED_OUT, YOKE_DEADLOCK from inside a job of this server. */
yoke_status yoke_server_wait(yoke_server *server, yoke_duration timeout);

/* Calls `visit` for each job of the server that has a key, of this program or an earlier one of its
 * name, and has not been let go: whether it has ended or not, in any order. `visit` has a handle,
 * to be given back by yoke_job_release() some time; `key` lives as long as that.
 * Errors: YOKE_INVALID (no visit, or the server belongs to no cluster that is durable),
 * YOKE_NO_MEMORY, YOKE_CLOSED, YOKE_FORKED. */
typedef void (*yoke_job_visit)(const char *key, yoke_job *job, void *context);
yoke_status yoke_server_collect(yoke_server *server, yoke_job_visit visit, void *context);

/* ---- jobs --------------------------------------------------------------------------------- */

typedef enum yoke_state {
    YOKE_STATE_QUEUED,    /* not started yet                                                      */
    YOKE_STATE_RUNNING,   /* its kernel is running                                                */
    YOKE_STATE_DONE,      /* ended: the kernel returned YOKE_OK, the result is there              */
    YOKE_STATE_FAILED,    /* ended: the kernel failed; status and message say why                 */
    YOKE_STATE_CANCELLED, /* ended: cancelled before it ran, or its kernel left early for that    */
    YOKE_STATE_TIMED_OUT, /* ended: its time was over before its kernel returned                  */
    YOKE_STATE_LOST       /* ended, on a cluster alone: its nodes died more often than allowed;   */
                          /* the message says which had it                                        */
} yoke_state;

enum { YOKE_STATES = YOKE_STATE_LOST + 1 }; /* how many states there are, from 0 */

/* The state in words: "queued", "timed out" and so on; "unknown" for what is no state. A constant.
 */
const char *yoke_state_text(yoke_state state);

/* About time limits: when the time of a job is over while its kernel runs,
 * yoke_context_cancelled() turns true, and the job ends as timed out when the kernel returns,
 * whatever that returns. When its deadline passes before it has started it ends as timed out at
 * once; if it has a callback, then as soon as a worker is free to run that, or somebody waits for
 * the job. Kernels that do not ask are not interrupted. A limit may be noticed late by the time a
 * sleeping thread takes to wake up (0.1 ms on a quiet machine). Jobs without limits pay nothing for
 * it. */

/* About `after`: since it can only name jobs that have been submitted, jobs cannot come after each
 * other in a ring. A job that waits for its turn counts as queued; it can be cancelled and time out
 * as any queued job. One that ends because of another does so at once; if it has a callback,
 * then as soon as a worker is free to run that, or somebody waits for the job. Waiting inside a job
 * for a job that waits for its turn runs those before it first, at a step for each of them and in
 * constant space on the stack. */

/* Hands the task to the server and returns without waiting for it to run (only a full queue blocks,
 * where the options set a capacity). `job` receives a handle
 * that the caller gives back with yoke_job_release(); with `job` NULL the job runs as well, and
 * only statistics and the callback tell of it.
 * Cost: about 0.2 microseconds plus the copy of the argument.
 * Errors: YOKE_INVALID (not one kernel or kernel_name with its version, a size without an argument,
 * a priority out of range, a place that is not understood or not usable: the message says which
 * there are, unknown task size, a negative time, an unknown policy, a job in `after` that is NULL
 * or of another server; what only a cluster can do and there is none, or none that can: a name that
 * is not valid, a kernel that is not registered, more bytes than the hub lets through, a place, a
 * key without a durable program, or of a job with another kernel, node, argument or size of the
 * result), YOKE_DEADLOCK (`after` names a job whose kernel is calling), YOKE_NO_MEMORY (also for
 * sizes no memory can hold), YOKE_CANCELLED (a key, and another program has taken over the name, as
 * it may while this one is cut off from the hub: all its jobs with a key have ended as cancelled,
 * and go on for the other one), YOKE_CLOSED, YOKE_FORKED. */
yoke_status yoke_submit(yoke_server *server, const yoke_task *task, yoke_job **job);

/* About queue_capacity: while so many jobs are queued, yoke_submit() and yoke_group_submit() block
 * until one of them starts or ends, or the server is closed. Only inside a job or callback they
 * never block, as the room might have to come from that very job: they go beyond the capacity, and
 * others wait until the queue has shrunk below it again. Jobs that are with a cluster are not in
 * the queue, even before a node has begun them. */

/* As yoke_submit(), but never blocks: YOKE_WOULD_BLOCK when queue_capacity jobs are queued, inside
 * a job too. */
yoke_status yoke_try_submit(yoke_server *server, const yoke_task *task, yoke_job **job);

/* Blocks until the job has ended, and its callback has returned, or `timeout` has passed. Returns
 * YOKE_OK when it has ended, in whatever state. Inside a job or callback it keeps the thread
 * useful: a job not started yet is run right there, to its end even beyond `timeout` unless that is
 * 0; if its turn has not come, those before it are. While it is being run elsewhere another thread
 * stands in for the worker. So no wait of a job for another can tie up the server, at any depth. A
 * job of another server is run right there too, with a worker number of that server and in the
 * place of one of its workers, or is waited for while all of these are at work. Of an OpenMP
 * parallel region that a kernel opens itself, only the thread that opened it may wait. Jobs that
 * run each other in this way share one stack, of OMP_STACKSIZE or `ulimit -s`: with 8 MiB some ten
 * thousand levels. Errors: YOKE_TIMED_OUT (the job goes on), YOKE_DEADLOCK (a job waits for itself
 * or for a job that waits for it, also in an OpenMP task of its kernel, where OpenMP has no devices
 * to offload to and the kernel sets no default device; nothing is changed), YOKE_NO_MEMORY (the
 * stack is used up; likewise), YOKE_FORKED. */
yoke_status yoke_job_wait(yoke_job *job, yoke_duration timeout);

/* Blocks as yoke_job_wait() until one of the jobs has ended; `index` (which may be NULL) receives
 * which: the first in the array if several have. Inside a job, one that is not started yet is run
 * right there. The jobs may be of several servers, and the same one may be named twice.
 * Cost: two looks at every job, and while it waits for more than one job a look at each whenever a
 * job ends that anyone waits for in this way.
 * Errors: YOKE_TIMED_OUT, YOKE_DEADLOCK (not one of them can end before the caller's job does),
 * YOKE_NO_MEMORY (inside a job: for some words a job), YOKE_FORKED, YOKE_INVALID when `count` is 0.
 */
yoke_status yoke_wait_any(yoke_job *const *jobs, size_t count, yoke_duration timeout,
                          size_t *index);

/* Blocks as yoke_job_wait() until all of the jobs have ended; YOKE_OK at once when `count` is 0.
 * Inside a job they are run or waited for in the order of the array. Errors: as yoke_job_wait(),
 * for the first job that has one; the others are not waited for then. */
yoke_status yoke_wait_all(yoke_job *const *jobs, size_t count, yoke_duration timeout);

/* Waits for the job as yoke_job_wait(job, YOKE_FOREVER) does and copies its result, as often as
 * asked. `size` must be the task's result_size; `result` may be NULL when that is 0.
 * Errors: YOKE_SIZE_MISMATCH (answered before waiting), YOKE_JOB_FAILED, YOKE_CANCELLED,
 * YOKE_TIMED_OUT, YOKE_LOST: yoke_last_error() has the job's message then; YOKE_DEADLOCK,
 * YOKE_NO_MEMORY, YOKE_FORKED: as yoke_job_wait(). */
yoke_status yoke_job_result(yoke_job *job, void *result, size_t size);

/* Waits likewise and, instead of a copy, hands out where the result lies, to be read: `*result`,
 * NULL when `*size`, the task's result_size, is 0; `size` may be NULL. It stays until the handle is
 * released; where the task brought a buffer it is that, and stays as long as the caller keeps it.
 * Errors: YOKE_INVALID, and those of yoke_job_result() but YOKE_SIZE_MISMATCH; nothing is written
 * then. */
yoke_status yoke_job_result_view(yoke_job *job, const void **result, size_t *size);

/* Ends a job early. A queued job ends as cancelled at once; its callback runs in the calling
 * thread, before the call returns. For a running one yoke_context_cancelled() turns true; it ends
 * as done if its kernel still returns YOKE_OK, else as cancelled. One that has ended stays
 * what it is. Does not wait for running jobs: yoke_job_wait() does. Errors: YOKE_FORKED. */
yoke_status yoke_job_cancel(yoke_job *job);

/* The state at this moment; never blocks. Of NULL: YOKE_STATE_FAILED, and yoke_last_error() says
 * so. */
yoke_state yoke_job_state(const yoke_job *job);

/* What the kernel returned: YOKE_OK when done, the failure's status when failed (YOKE_JOB_FAILED
 * for YOKE_NOT_DONE), YOKE_CANCELLED when cancelled, YOKE_TIMED_OUT when timed out; YOKE_NOT_DONE
 * before the end. Never blocks. */
yoke_status yoke_job_status(const yoke_job *job);

/* Why the job did not end as done, in one line; "" for a job that is done or has not ended.
 * Lives as long as the handle. Never blocks. */
const char *yoke_job_message(const yoke_job *job);

/* What the kernel has told of its progress, 0 of 0 at first. Either pointer may be NULL. The two
 * numbers may be of different moments while the kernel runs. Never blocks. */
void yoke_job_progress(const yoke_job *job, uint64_t *done, uint64_t *total);

/* How long the job's kernel ran, in nanoseconds, all tries together, and without the jobs that it
 * ran while it waited for them; 0 before the end, and for one that never ran. A callback may ask
 * for its job. Never blocks. */
yoke_duration yoke_job_busy(const yoke_job *job);

/* All that the job has printed, "" when nothing or when it has not ended. Lives as long as the
 * handle. Never blocks. */
const char *yoke_job_output(const yoke_job *job);

/* Gives the handle back; NULL is allowed. No other call may be using it. A job that has not ended
 * runs on. */
void yoke_job_release(yoke_job *job);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
