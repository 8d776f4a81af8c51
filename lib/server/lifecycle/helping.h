/* Whose OpenMP tasks a thread runs.
 *
 * A thread without a job helps with the tasks of kernels that other threads of its team run, and so
 * does one whose kernel waits for tasks: these may run further kernels, which make tasks. OpenMP
 * does not tell whose a task is. But tasks inherit the settings of the kernel that makes them, and
 * one of these means nothing on a machine that has no devices to offload to: the default device.
 * There a kernel leaves its *mark*: its thread, and its depth on that. Tasks of kernels nested
 * deeper than marks go count as those of the deepest that has one. */
#ifndef SERVER_HELPING_H
#define SERVER_HELPING_H

#include "server/worker.h"

/* Before the first kernel of a process: asks OpenMP whether there are devices. Any thread. */
void helping_open(void);

/* The mark of the kernel whose code or task the calling thread runs; of no kernel as a rule where
 * there are devices, or a kernel has set its own. */
int helping_mark_here(void);

/* Around a kernel or a callback, on its thread. */
static inline void helping_enter(struct worker *thread, const yoke_job *job)
{
    if (thread->depth < KERNELS_MARKED) {
        thread->began_in[thread->depth] = helping_mark_here();
        atomic_store_explicit(&thread->kernels[thread->depth], job, memory_order_relaxed);
    }
    thread->depth++;
}

static inline void helping_leave(struct worker *thread)
{
    if (--thread->depth < KERNELS_MARKED)
        atomic_store_explicit(&thread->kernels[thread->depth], NULL, memory_order_relaxed);
}

/* Whether the calling thread runs something that the kernel or callback of the job, on another
 * thread, waits for. */
bool helping_is_inside(const struct worker *thread, const yoke_job *job);

/* Marks the tasks that the calling kernel will make. In an OpenMP task of its own. */
void helping_mark(const struct worker *thread);

/* Whether the kernel of a job that runs on `thread` can only end after what another thread of the
 * team is blocked in. */
bool helping_holds_up(const struct worker *blocked, const struct worker *thread,
                      const yoke_job *job);

/* Writes the servers of the kernels of other threads that can only end after what the calling
 * thread runs, each of them once; answers how many. The thread's own is taken for one of them where
 * nothing is known. */
enum { HELPING_SERVERS = 8 };
unsigned helping_servers(const struct worker *thread, yoke_server *servers[HELPING_SERVERS]);

/* Whether that is one of them. */
bool helping_in(const struct worker *thread, const yoke_server *server);

#endif
