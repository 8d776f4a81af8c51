/* What the stress programs share: a seed and its numbers, what must be so, a watchdog, and the
 * rounds. STRESS_NAME is the program's name. They are plain programs for ThreadSanitizer: see
 * stress_server.c. */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "yoke/status.h"

enum { PATIENCE_SECONDS = 60 };

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/* libomp keeps its threads until the process ends. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}
#endif
#endif

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf(STRESS_NAME ": %s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition,    \
                   yoke_last_error());                                                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* Jobs that have ended. */
static atomic_ulong progress;

static inline uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static inline unsigned below(uint64_t *state, unsigned limit)
{
    return next_random(state) % limit;
}

static inline void *stress_watch(void *unused)
{
    unsigned long seen = 0;
    for (unsigned quiet = 0; quiet < PATIENCE_SECONDS; quiet++) {
        nanosleep(&(struct timespec){1, 0}, NULL);
        unsigned long now = atomic_load(&progress);
        if (now != seen)
            quiet = 0;
        seen = now;
    }
    printf(STRESS_NAME ": no job has ended for %d s, after %lu jobs\n", PATIENCE_SECONDS, seen);
    fflush(stdout);
    abort();
    return unused;
}

/* Runs the rounds that the arguments ask for, every other one closed early: [seed] [jobs] [rounds].
 * Each answers how many jobs it had; `held` is what all of them have shown. */
static inline void stress_run(int count, char **arguments,
                              uint64_t (*run_round)(uint64_t *random, unsigned jobs,
                                                    bool close_early),
                              const char *held)
{
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    unsigned jobs = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : 100000;
    unsigned rounds = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 8;
    uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15), total = 0;
    pthread_t watchdog;
    REQUIRE(pthread_create(&watchdog, NULL, stress_watch, NULL) == 0);
    pthread_detach(watchdog);
    for (unsigned round = 0; round < rounds; round++)
        total += run_round(&random, jobs / rounds + 1, (seed + round) % 2);
    printf(STRESS_NAME ": seed %llu: %llu jobs in %u rounds, each in one state, %s\n",
           (unsigned long long)seed, (unsigned long long)total, rounds, held);
}

#endif
