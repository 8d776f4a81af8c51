#include "interruption.h"

/* How long a signal may lie there: nobody notices, and it costs nothing to look so often. */
#define LOOK_WAIT YOKE_MILLISECONDS(20)

void interruption_begin(struct interruption *interruption)
{
    interruption->signal = 0;
    sigemptyset(&interruption->signals);
    sigaddset(&interruption->signals, SIGINT);
    sigaddset(&interruption->signals, SIGTERM);
    sigaddset(&interruption->signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &interruption->signals, &interruption->before);
}

void interruption_await(struct interruption *interruption, yoke_job *job)
{
    const struct timespec none = {0, 0};
    while (!interruption->signal && yoke_job_wait(job, LOOK_WAIT) == YOKE_TIMED_OUT) {
        int signal = sigtimedwait(&interruption->signals, NULL, &none);
        interruption->signal = signal > 0 ? signal : 0;
    }
    pthread_sigmask(SIG_SETMASK, &interruption->before, NULL);
    if (interruption->signal)
        yoke_job_cancel(job);
    yoke_job_wait(job, YOKE_FOREVER);
}
