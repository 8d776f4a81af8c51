/* How long the leaves of loops take, and so how many a thread takes at a time. */
#ifndef NUMERIC_PACE_H
#define NUMERIC_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/os.h"
#include "base/stopwatch.h"

/* A pace is in picoseconds a leaf, so that whole numbers will do; 0: not known. */
#define PICOSECONDS UINT64_C(1000) /* in a nanosecond */

/* Nanoseconds, or what is within a factor of two of them: on x86 half of the processor's counter,
 * since no clock of the system's is as quick on a virtual machine (25 ns and 55), and a loop of a
 * microsecond looks twice. */
static inline int64_t pace_now(void)
{
#if defined(__x86_64__)
    return (int64_t)(stopwatch_count() / 2);
#else
    return stopwatch_now();
#endif
}

/* So many leaves took so long. */
uint64_t pace_of(uint64_t leaves, int64_t took);

/* How long they will take; INT64_MAX if it is not known or very long. */
int64_t pace_time(uint64_t pace, uint64_t leaves);

/* A run of leaves takes no longer, so that a loop is left soon when it is to end early or a more
 * urgent job comes. */
enum { PACE_RUN_MOST = 100000 };

/* How many of the leaves that are left one of so many threads is to take. `measured`: the pace is
 * that of some of these leaves, and not recalled from another loop. */
uint64_t pace_take(uint64_t pace, bool measured, uint64_t left, unsigned threads);

/* What a leaf of so many numbers took in a loop of that body the last time; 0 when nobody knows.
 * Bodies are told apart by their addresses. */
uint64_t pace_recall(uintptr_t body, uint64_t grain);
void pace_remember(uintptr_t body, uint64_t leaf, uint64_t grain);

#endif
