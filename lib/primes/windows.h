/* The windows of large sieving primes, which all workers of a plan go through together.
 *
 * A prime's hits within a window are found at once; the larger the prime, the longer its windows.
 * Windows start with rounds of consecutive segments. The primes are cut into slices; what is to be
 * found for a round, a slice in a window each, are its tasks, which any worker may do. A segment
 * can be finished once all the tasks of its round and those before are done. So the hits take as
 * much memory as one worker alone would need, however many there are.
 *
 * Nobody waits but for tasks and segments that other workers are at, for tasks never long, for
 * segments only of a round two before its own. So if all draw segments in ascending order and take
 * part in finding whenever they want to finish one, the lowest segment always gets finished. */
#ifndef PRIMES_WINDOWS_H
#define PRIMES_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#include "hits.h"
#include "plan.h"
#include "prime_cursor.h"
#include "yoke/status.h"

struct windows;

/* Consecutive primes of a piece, and a window. */
struct find_task {
    const uint8_t *half_gap; /* from the first prime on                                          */
    uint32_t count;
    uint32_t first_prime;
    uint64_t segment; /* the window's first                                                      */
    uint64_t first;   /* its first number                                                        */
    uint64_t numbers; /* of the window: below 2^32                                               */
};

/* For the plan's segments, which have modulus 30, and its large primes; starts with the first
 * segment. The plan and the primes must outlive it. */
yoke_status windows_open(const struct plan *plan, const struct sieving_primes *primes,
                         struct windows **windows);
void windows_close(struct windows *windows);

/* Starts over with the bytes [first_byte, end_byte) of bitmap, for a worker alone. */
void windows_start(struct windows *windows, uint64_t first_byte, uint64_t end_byte);

/* The number of the segment that starts with a byte. */
uint64_t windows_segment(const struct windows *windows, uint64_t byte);

/* Lists for the hits that one more worker finds; closed with the windows. One that leaves before
 * that, between two chunks, leaves them to the next that joins. */
yoke_status windows_join(struct windows *windows, const struct isa *isa, struct hits **hits);
void windows_leave(struct windows *windows, const struct hits *hits);

/* Draws a task that has to be done before the segment can be finished; the caller does it and then
 * says so. False: there is none left, and those that others do are done, or *status says that all
 * are to leave. Blocks while there is nothing to do but to wait. */
bool windows_draw(struct windows *windows, uint64_t number, struct find_task *task,
                  yoke_status *status);
void windows_found(struct windows *windows);

/* Crosses off what all workers have found in a segment whose tasks are done, and finishes it. */
void windows_cross_off(struct windows *windows, struct hits *own, uint64_t number,
                       uint8_t *segment);

#endif
