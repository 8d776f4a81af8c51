/* How long things take: a clock for differences, which costs a third of the system's.
 *
 * Two looks at the system's clock take 50 ns, a fifth of what submitting a job inside a job and
 * waiting for it takes; two at the processor's counter take 18. The counter is used where it counts
 * at one pace on all processors: always on arm64, and on x86 where Linux goes by it itself. */
#ifndef BASE_STOPWATCH_H
#define BASE_STOPWATCH_H

#include "os.h"
#include "uint128.h"

/* Nanoseconds in a step of the counter, times 2^32; 0: the system's clock serves. */
extern atomic_uint_fast64_t stopwatch_step;

/* Before the first stopwatch_now() of a process and again before its differences matter; between
 * the two the pace of the counter is measured. Any thread, any number of times. */
void stopwatch_open(void);
void stopwatch_ready(void);

/* After a fork, in the child. */
void stopwatch_reset(void);

/* Nanoseconds of which only differences mean something; never 0. */
static inline int64_t stopwatch_now(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
    uint64_t step = atomic_load_explicit(&stopwatch_step, memory_order_relaxed), count;
    if (step) {
#if defined(__x86_64__)
        count = __builtin_ia32_rdtsc();
#else
        __asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(count));
#endif
        return (int64_t)((uint128)count * step >> 32) | 1;
    }
#endif
    return os_now();
}

#endif
