/* What every runtime is asked to do with loops: yoke, oneTBB, and OpenMP itself. */
#ifndef LOOPS_LOOPS_H
#define LOOPS_LOOPS_H

#include "runtimes/runtime.h"
#include "work.h"

#ifdef __cplusplus
extern "C" {
#endif

struct loop_runtime {
    struct runtime runtime;

    /* Calls the function in a job, in which loops are then started, and waits for that. */
    void (*job)(void (*function)(void *argument), void *argument);

    /* Loops over all of it, with pieces as the runtime chooses them; started by any thread. */
    void (*empty)(unsigned pieces); /* so many, each by itself, that do nothing                   */
    void (*numbers)(double *out, uint64_t count);
    void (*sweep)(const struct grid *grid);
    void (*rows)(const struct image *image);

    /* Sums by the calling thread alone, the second one rounded once. */
    double (*sum_alone)(const double *x, uint64_t count);
    double (*sum_alone_exact)(const double *x, uint64_t count);

    /* Reductions; the last one with the same bits on any number of workers. */
    double (*sum)(const double *x, uint64_t count);
    double (*dot)(const double *x, const double *y, uint64_t count);
    double (*dot_same_bits)(const double *x, const double *y, uint64_t count);

    void (*scan)(const int64_t *x, int64_t *sums, uint64_t count);

    /* The same by calls of the library's own for arrays: the fast ones, and those that round once.
     */
    double (*call_sum)(const double *x, uint64_t count);
    double (*call_sum_exact)(const double *x, uint64_t count);
    double (*call_dot)(const double *x, const double *y, uint64_t count);
    double (*call_dot_exact)(const double *x, const double *y, uint64_t count);
    void (*call_scan)(const int64_t *x, int64_t *sums, uint64_t count);

    void (*scan_doubles)(const double *x, double *sums, uint64_t count);

    /* Reads all blocks, one after the other, hashes them side by side, and appends in order. */
    void (*pipeline)(struct stream *stream);
};

/* A function that a runtime has no means for is NULL. */
const struct loop_runtime *loop_runtime_yoke(void);
const struct loop_runtime *loop_runtime_onetbb(void);
const struct loop_runtime *loop_runtime_openmp(void);

#ifdef __cplusplus
}
#endif

#endif
