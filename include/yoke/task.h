/* Jobs that feed jobs: by results, by the memory that they share, or one by one.
 *
 *     double *tiles[] = {c, a, b};                           // c -= a * b
 *     yoke_task task = YOKE_TASK_INIT;
 *     task.kernel = multiply;
 *     task.argument = tiles, task.argument_size = sizeof tiles;
 *     task.reads = (const void *[]){a, b}, task.read_count = 2;
 *     task.writes = (const void *[]){c}, task.write_count = 1;
 *     yoke_submit(server, &task, NULL);                      // and so on; then once
 *     yoke_server_wait(server, YOKE_FOREVER);
 *
 * A job comes after others in three ways, which may be mixed:
 *
 *   - `after` names them. It starts when they have ended, and its kernel has their results by
 *     yoke_context_input(), whoever has released their handles meanwhile: a pipeline or a tree of
 *     jobs needs no handle but that of its last one.
 *   - `reads` and `writes` are addresses. It starts when the last earlier job that writes to what
 *     it reads has ended, and, of what it writes, also all that have come to read it since: as with
 *     `depend` of OpenMP, so that jobs which are submitted in the order of a plain program have the
 *     results of that program. No handle is needed at all.
 *   - yoke_run() waits for it: then the next line of the program comes after it. */
#ifndef YOKE_TASK_H
#define YOKE_TASK_H

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* About addresses: each stands for a piece of memory that the jobs agree on, a tile of a matrix by
 * its first number for instance. They are compared, not looked at; overlapping pieces with
 * different addresses count as different, so choose one address for each. What a job both reads and
 * writes needs to be among `writes` alone. NULL stands for none; the same address may be named
 * twice.
 * Earlier are those jobs that were submitted before, by calls that have returned or are entered
 * before in another thread, and belong to the same group; jobs without a group know those of the
 * server without a group. So a library that opens a group of its own is not held up by addresses of
 * others, and must not share memory with them. In particular a kernel that divides its work on what
 * it writes among further jobs submits these to a group and waits for it; without a group they
 * would come after the kernel itself, and a wait for them would be refused (YOKE_DEADLOCK).
 * Addresses keep the order alone: a job also runs when the ones before it have failed or were
 * cancelled, unlike with `after` and its policies. One that is cancelled while it waits for its
 * turn ends at once, and those after it still wait for the ones before it. A callback that cancels
 * the group stops all that is left when one fails. Cost: one to two microseconds more
 * for a job with three addresses, and some 150 bytes for each address until its jobs have ended. */

/* Inside a kernel: the result of the job task.after[index] that this one comes after, to be read
 * where it lies; `*size` is how many bytes (`size` may be NULL). It is lent until the kernel
 * returns, as the job is, see yoke_context_after(). NULL when that has no result: it is not done,
 * which YOKE_AFTER_RUN allows for (the error has its status and message), its result has no bytes,
 * or there is none with that index (YOKE_INVALID); the last also on a node of a cluster, which
 * knows the job alone. Never blocks. */
const void *yoke_context_input(const yoke_context *context, size_t index, size_t *size);

/* Inside a kernel: memory to work in, `size` bytes at a multiple of 64, which the kernel alone uses
 * until it returns. Its worker keeps it for the kernels that come next, so they need not allocate:
 * what it holds at first is whatever the last one has left there. Asked again, also in a further
 * try, it is the same memory; for more bytes it may move, with what it holds, and the address of
 * before is not valid any more. A worker keeps as much as its kernels have asked for at most, until
 * the server is released (two pieces of it where kernels run inside others that wait).
 * Only the thread that runs the kernel may ask, not OpenMP tasks and pieces of loops on other
 * threads (YOKE_INVALID). NULL then, and without memory (YOKE_NO_MEMORY). Never blocks. */
void *yoke_context_scratch(yoke_context *context, size_t size);

/* Submits the task as yoke_submit() does, waits for the job as yoke_job_wait() does, without a
 * limit, and copies its result to `result`, which has room for the task's result_size bytes; NULL
 * when that is 0, when nobody wants it, or when task.result says where it goes:
 *
 *     yoke_run(server, &YOKE_TASK(sum_primes, n, sum), &sum);
 *
 * Inside a job the calling thread runs it itself, unless another worker is quicker. Errors: those
 * of yoke_submit() and yoke_job_result(); then `result` is untouched. When the wait is refused
 * (YOKE_DEADLOCK, YOKE_NO_MEMORY) the job is cancelled; if it had begun by then it ends later, and
 * uses task.result until then. */
yoke_status yoke_run(yoke_server *server, const yoke_task *task, void *result);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
