/* What every task runtime is asked to do with jobs: yoke, oneTBB, StarPU, and OpenMP itself. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include <stdint.h>

#include "runtimes/runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Calls submit(count) on each of `producers` threads at once and returns when all have. */
void produce(unsigned producers, unsigned count, void (*submit)(unsigned count));

struct job_runtime {
    struct runtime runtime;

    /* From `producers` threads submits `jobs` empty jobs in all and waits for them. */
    void (*flood)(unsigned producers, unsigned jobs);

    /* Submits a job that stores the time in `*started`, and waits for it. */
    void (*round_trip)(int64_t *started);

    /* Each runs one job, and waits for it, that */
    void (*inside)(unsigned jobs); /* submits an empty job and waits for it, `jobs` times */
    uint64_t (*fibonacci)(int n);  /* submits two of its kind, waits for them, and adds */
    void (*nested)(unsigned tasks, int64_t nanoseconds); /* splits work into so many tasks */

    /* Submits a job that makes so many tasks; returns at once. The other waits for it. */
    void (*crowd_begin)(unsigned tasks, int64_t nanoseconds);
    void (*crowd_end)(void);
};

/* A function that a runtime has no means for is NULL. */
const struct job_runtime *job_runtime_yoke(void);
const struct job_runtime *job_runtime_onetbb(void);
const struct job_runtime *job_runtime_starpu(void);
const struct job_runtime *job_runtime_openmp(void);

#ifdef __cplusplus
}
#endif

#endif
