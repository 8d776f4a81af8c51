/* For which job's kernel a thread runs an OpenMP task.
 *
 * A thread without a job helps with the tasks of kernels that other threads of its team run, and so
 * does one whose kernel waits for tasks: these may run further kernels, which make tasks. OpenMP
 * does not tell which kernel made a task. But tasks inherit the settings of the kernel that makes
 * them, and one of these means nothing on a machine without devices to offload to: the default
 * device. There a kernel leaves its *mark*: its thread, and its depth on that. Only the outermost
 * KERNELS_MARKED kernels of a thread have marks; tasks of deeper ones count as made by the deepest
 * that has one. */
#ifndef SERVER_HELPING_H
#define SERVER_HELPING_H

#include "server/worker.h"

/* Before the first kernel of a process: asks OpenMP whether there are devices. Any thread. */
void helping_open(void);

/* The mark of the kernel whose code or task the calling thread runs. Where there are devices, or a
 * kernel has set a device itself, it mostly is no kernel's mark. */
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

/* Marks the tasks that the calling kernel will make, and notes the mark as the thread's own. In an
 * OpenMP task of its own. */
void helping_mark(struct worker *thread);

/* The calling task is one of that mark's kernel from now on, if it is a mark. */
void helping_take_mark(int mark);

/* Marks for so many threads of a team: the number of the first. */
unsigned helping_reserve_marks(unsigned threads);

/* Whether the kernel of a job that runs on `thread` can only end after what another thread of the
 * team is blocked in. */
bool helping_holds_up(const struct worker *blocked, const struct worker *thread,
                      const yoke_job *job);

/* Writes the servers of those kernels, on other threads, that can only end after what the calling
 * thread runs, each server once; answers how many. A member that is not at
 * work can only be in a task: then its own server is one of them. */
enum { HELPING_SERVERS = 8 };
unsigned helping_servers(const struct worker *thread, yoke_server *servers[HELPING_SERVERS]);

/* Whether the server is one of those that helping_servers() writes. */
bool helping_in(const struct worker *thread, const yoke_server *server);

#endif
