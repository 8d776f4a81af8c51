/* Producers, which all runtimes share: see jobs.h. */
#include "jobs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

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
