/* Whose OpenMP tasks a thread runs.
 *
 * An idle worker helps with the tasks of kernels that other threads of its team run, and OpenMP
 * does not tell it whose. But tasks inherit the settings of the kernel that makes them, and one of
 * these means nothing on a machine that has no devices to offload to: the default device. There a
 * kernel marks itself, with its thread and its depth on that, in its own default device. Tasks of
 * kernels nested deeper than marks go count as those of the deepest that has one. */
#ifndef SERVER_HELPING_H
#define SERVER_HELPING_H

#include "worker.h"

/* Before the first kernel of a process: asks OpenMP whether there are devices. Any thread. */
void helping_open(void);

/* Around a kernel, on its thread. */
static inline void helping_enter(struct worker *thread, const yoke_job *job)
{
    if (thread->depth < KERNELS_MARKED)
        atomic_store_explicit(&thread->kernels[thread->depth], job, memory_order_relaxed);
    thread->depth++;
}

static inline void helping_leave(struct worker *thread)
{
    if (--thread->depth < KERNELS_MARKED)
        atomic_store_explicit(&thread->kernels[thread->depth], NULL, memory_order_relaxed);
}

/* Marks the tasks that the calling kernel will make. In an OpenMP task of its own. */
void helping_mark(const struct worker *thread);

/* Notes in `helps` and `helps_depth` whose task the calling thread runs, which helping_is(); NULL
 * when that is not known. */
void helping_note(struct worker *thread);

/* Whether the calling thread runs an OpenMP task of a kernel that another thread runs, known or
 * not. */
static inline bool helping_is(const struct worker *thread)
{
    return thread->team && !thread->at_work;
}

/* Whether the job's kernel, which runs on `thread`, can only end after what the helper runs. */
bool helping_holds_up(const struct worker *helper, const struct worker *thread,
                      const yoke_job *job);

/* Writes the servers of the kernels that can only end after what the calling thread runs, which
 * helping_is(), each of them once; answers how many. It is the thread's own where nothing is known.
 */
enum { HELPING_SERVERS = 8 };
unsigned helping_servers(struct worker *thread, yoke_server *servers[HELPING_SERVERS]);

/* Whether that is one of them. */
bool helping_in(struct worker *thread, const yoke_server *server);

#endif
