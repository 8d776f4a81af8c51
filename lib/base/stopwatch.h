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

/* The processor's counter; 0 where it is not known. */
static inline uint64_t stopwatch_count(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t count;
    __asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(count));
    return count;
#else
    return 0;
#endif
}

/* Nanoseconds of which only differences mean something; never 0. */
static inline int64_t stopwatch_now(void)
{
    uint64_t step = atomic_load_explicit(&stopwatch_step, memory_order_relaxed);
    return step ? (int64_t)((uint128)stopwatch_count() * step >> 32) | 1 : os_now();
}

#endif
