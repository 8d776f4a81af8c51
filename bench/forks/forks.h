/* What every runtime is asked to do by fork and join: yoke, oneTBB, OpenMP, one that is compiled
 * from its source when the benchmark runs, and for comparison none, one function that calls itself.
 */
#ifndef FORKS_FORKS_H
#define FORKS_FORKS_H

#include "board.h"
#include "matrix.h"
#include "runtimes/runtime.h"
#include "sorting.h"
#include "tree.h"

#ifdef __cplusplus
extern "C" {
#endif

struct fork_runtime {
    struct runtime runtime;

    /* Each is called outside, and returns when all is done. */
    uint64_t (*fibonacci)(unsigned n);  /* one fork for each number from 2 up                */
    uint64_t (*queens)(unsigned width); /* how many solutions; a fork for each queen placed   */
    void (*sort)(double *x, uint64_t count);         /* a fork for each division           */
    uint64_t (*search)(void);                        /* how many nodes; a fork for each    */
    void (*multiply)(const struct product *product); /* a fork for each part               */

    /* Rests, in a job, then works for so long, half of which is forked. The time that this took. */
    int64_t (*work_after_rest)(int64_t pause, int64_t nanoseconds);

    /* Submits a job that forks so often, or makes so many OpenMP tasks, and joins them; returns at
     * once. crowd_end() waits for it. Meanwhile start() submits a job that stores the time, and
     * waits for that. */
    void (*crowd_of_forks)(unsigned forks, int64_t nanoseconds);
    void (*crowd_of_tasks)(unsigned tasks, int64_t nanoseconds);
    void (*crowd_end)(void);
    void (*start)(int64_t *started);
};

/* Of one job's forks, or tasks, in a crowd. */
enum { CROWD_MOST = 1000 };

/* A function that a runtime has no means for is NULL. */
const struct fork_runtime *fork_runtime_yoke(void);
const struct fork_runtime *fork_runtime_onetbb(void);
const struct fork_runtime *fork_runtime_openmp(void);
const struct fork_runtime *fork_runtime_plain(void);

/* In a library of its own: see peer.h. */
const struct fork_runtime *fork_runtime_lace(void);

#ifdef __cplusplus
}
#endif

#endif
