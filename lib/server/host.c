#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/lock.h"

/* Under libgomp a host thread ends with its team, and libgomp ends the team's threads with it.
 * libomp keeps them for the next region, and in their caches memory that belongs to the thread that
 * has ended: the next region crashes (seen with libomp 14). So there host threads never end, but
 * rest until the next team needs one.
 *
 * Which of the two it is was not settled by the compiler of this file: libomp knows libgomp's
 * calls, and where the program brings it along it answers them. It alone has this function. */
extern int __kmpc_global_thread_num(void *location) __attribute__((weak));

static bool hosts_rest(void)
{
    return __kmpc_global_thread_num != NULL;
}

enum { HOST_RUNNING, HOST_RETURNED };

struct host {
    void (*run)(void *argument);
    void *argument;
    atomic_uint state; /* the futex that both sides sleep on */
    pthread_t thread;
    struct host *next; /* resting */
};

static struct lock resting_lock;
static struct host *resting;

static void change_state(struct host *host, unsigned state)
{
    atomic_store(&host->state, state);
    os_wake(&host->state, OS_EVERYONE);
}

static void await_state(struct host *host, unsigned state)
{
    while (atomic_load(&host->state) != state)
        os_sleep(&host->state, !state, -1);
}

static void *host_main(void *argument)
{
    struct host *host = argument;
    for (;;) {
        host->run(host->argument);
        change_state(host, HOST_RETURNED);
        if (!hosts_rest())
            return NULL;
        await_state(host, HOST_RUNNING);
    }
}

static struct host *take_resting(void)
{
    lock_take(&resting_lock);
    struct host *host = resting;
    if (host)
        resting = host->next;
    lock_give(&resting_lock);
    return host;
}

int host_start(void (*run)(void *argument), void *argument, struct host **started)
{
    struct host *rested = take_resting();
    struct host *host = rested ? rested : malloc(sizeof *host);
    if (!host)
        return ENOMEM;
    host->run = run;
    host->argument = argument;
    change_state(host, HOST_RUNNING);
    if (rested || pthread_create(&host->thread, NULL, host_main, host) == 0) {
        *started = host;
        return 0;
    }
    free(host);
    return EAGAIN;
}

void host_join(struct host *host)
{
    if (!hosts_rest()) {
        pthread_join(host->thread, NULL);
        free(host);
        return;
    }
    await_state(host, HOST_RETURNED);
    lock_take(&resting_lock);
    host->next = resting;
    resting = host;
    lock_give(&resting_lock);
}

void host_reset(void)
{
    atomic_store(&resting_lock.word, LOCK_FREE);
    resting = NULL;
}
