/* What the runtimes share: a bell that one thread rings for another, and producers. See jobs.h. */
#include "jobs.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

void work_for(int64_t nanoseconds)
{
    for (int64_t end = now() + nanoseconds; now() < end;)
        ;
}

/* ---- the bell -------------------------------------------------------------------------------- */

enum { BELL_MUTE, BELL_AWAITED, BELL_RUNG };

void bell_ring(struct bell *bell)
{
    if (__atomic_exchange_n(&bell->state, BELL_RUNG, __ATOMIC_ACQ_REL) == BELL_AWAITED)
        syscall(SYS_futex, &bell->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void bell_await(struct bell *bell)
{
    for (int64_t end = now() + 5000; now() < end; sched_yield())
        for (int i = 0; i < 8; i++) {
            if (__atomic_load_n(&bell->state, __ATOMIC_ACQUIRE) == BELL_RUNG)
                return;
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
    unsigned mute = BELL_MUTE;
    __atomic_compare_exchange_n(&bell->state, &mute, BELL_AWAITED, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&bell->state, __ATOMIC_ACQUIRE) != BELL_RUNG)
        syscall(SYS_futex, &bell->state, FUTEX_WAIT_PRIVATE, BELL_AWAITED, NULL, NULL, 0);
}

/* ---- producers ------------------------------------------------------------------------------- */

struct producer {
    pthread_t thread;
    pthread_barrier_t *start;
    unsigned count;
    void (*submit)(unsigned count);
};

static void *producer_main(void *argument)
{
    struct producer *producer = argument;
    pthread_barrier_wait(producer->start);
    producer->submit(producer->count);
    return NULL;
}

void produce(unsigned producers, unsigned count, void (*submit)(unsigned count))
{
    struct producer producer[16];
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, producers);
    unsigned i = 0;
    do {
        producer[i] = (struct producer){.start = &start, .count = count, .submit = submit};
        /* The calling thread is the first producer. */
        if (i && pthread_create(&producer[i].thread, NULL, producer_main, &producer[i])) {
            fprintf(stderr, "submit_bench: the system does not allow %u threads more\n", producers);
            exit(EXIT_FAILURE);
        }
    } while (++i < producers);
    producer_main(&producer[0]);
    for (i = 1; i < producers; i++)
        pthread_join(producer[i].thread, NULL);
    pthread_barrier_destroy(&start);
}

#ifndef HAVE_ONETBB
const struct job_runtime *job_runtime_onetbb(void)
{
    static const struct job_runtime missing = {.runtime.name = "oneTBB"};
    return &missing;
}
#endif
