/* The monotonic clock, in nanoseconds, and waiting by it; and the date. */
#ifndef CLUSTER_CLOCK_H
#define CLUSTER_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <yoke/server.h>

int64_t clock_now(void);

/* Since 1970: for times of days, in which the machine may have slept. */
int64_t clock_date(void);

/* When so much time will have passed; for ever, less than 0, where that is less than 0. */
int64_t clock_deadline(yoke_duration timeout);

/* Of conditions that are waited for by clock_wait(). */
void clock_condition_open(pthread_cond_t *condition);

/* As pthread_cond_wait(); false when the deadline has passed. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline);

#endif
