/* The monotonic clock and the date: see clock.h. */
#include "clock.h"

#include <time.h>

#define SECOND 1000000000

static int64_t read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

int64_t clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_date(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_deadline(yoke_duration timeout)
{
    int64_t now = clock_now();
    if (timeout < 0)
        return -1;
    return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

void clock_condition_open(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline)
{
    if (deadline < 0)
        return pthread_cond_wait(condition, lock) == 0;
    const struct timespec until = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
    return pthread_cond_timedwait(condition, lock, &until) == 0;
}
