/* Calls the callback of a job, in a frame of its own as kernels have one: see callback.h. */
#include "callback.h"

#include "base/error.h"
#include "base/log.h"
#include "forks.h"
#include "helping.h"
#include "server/worker.h"

bool callback_run(yoke_job *job)
{
    if (!job->callback)
        return true;
    struct frame frame = {.job = job, .outer = self.frame, .callback = true};
    struct worker *thread = self.worker->thread_worker;
    struct forks_outer forks;
    self.frame = &frame;
    helping_enter(thread, job);
    forks_enter(thread, &forks);
    bool outer = error_enter();
    yoke_status status = job->callback(job, job->callback_context);
    const char *error = error_leave(outer, status);
    if (!forks_leave(thread, &forks)) {
        status = YOKE_INVALID;
        error = forks_not_joined;
    }
    helping_leave(thread);
    self.frame = frame.outer;
    if (status == YOKE_OK)
        return true;
    log_write(YOKE_LOG_WARNING, "the callback of job \"%s\" returned \"%s\"%s%s", job_name(job),
              yoke_status_text(status), error ? ": " : "", error ? error : "");
    return false;
}
