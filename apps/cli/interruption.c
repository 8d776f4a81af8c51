/* Waits for a signal and a job at once: the signals are blocked and fetched here, so that no
 * handler runs in the middle of something. See interruption.h. */
#include "interruption.h"

/* How long a signal may lie there: nobody notices, and it costs nothing to look so often. */
#define LOOK_WAIT YOKE_MILLISECONDS(20)

static void add(sigset_t *signals, int signal)
{
    struct sigaction action;
    if (sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset(signals, signal);
}

void interruption_signals(sigset_t *signals)
{
    sigemptyset(signals);
    add(signals, SIGINT);
    add(signals, SIGTERM);
    add(signals, SIGHUP);
}

void interruption_begin(struct interruption *interruption)
{
    interruption->signal = 0;
    interruption_signals(&interruption->signals);
    pthread_sigmask(SIG_BLOCK, &interruption->signals, &interruption->before);
}

void interruption_await(struct interruption *interruption, yoke_job *job)
{
    const struct timespec none = {0, 0};
    yoke_status status;
    do {
        status = yoke_job_wait(job, LOOK_WAIT);
        int signal = sigtimedwait(&interruption->signals, NULL, &none);
        interruption->signal = signal > 0 ? signal : 0;
    } while (!interruption->signal && status == YOKE_TIMED_OUT);
    pthread_sigmask(SIG_SETMASK, &interruption->before, NULL);
    if (interruption->signal)
        yoke_job_cancel(job);
    yoke_job_wait(job, YOKE_FOREVER);
}
