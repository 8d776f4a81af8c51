/* See runtime.h. */
#include "runtime.h"

#include <omp.h>
#include <stdio.h>
#include <time.h>

int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void rest(int64_t nanoseconds)
{
    if (nanoseconds)
        nanosleep(&(struct timespec){0, nanoseconds}, NULL);
}

void work_for(int64_t nanoseconds)
{
    for (int64_t end = now() + nanoseconds; now() < end;)
        ;
}

const char *openmp_version(void)
{
    static char text[40];
    snprintf(text, sizeof text, "specification of %d", _OPENMP);
    return text;
}
