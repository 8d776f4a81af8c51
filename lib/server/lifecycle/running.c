/* Looks at what runs on the calling thread: see running.h. */
#include "running.h"

#include "server/server.h"

const yoke_job *running_job(void)
{
    const struct frame *frame = self.frame;
    return frame && !frame->callback ? frame->job : NULL;
}

bool running_should_leave(const yoke_job *job)
{
    return (atomic_load_explicit(&job->flags, memory_order_relaxed) & JOB_STOP) ||
           (job->server &&
            atomic_load_explicit(&job->server->phase, memory_order_relaxed) != SERVER_OPEN);
}
