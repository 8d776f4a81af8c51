/* Starts the threads that keep parallel regions open, or takes resting ones again where the OpenMP
 * library needs that: see host.h. */
#include "host.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

/* With libgomp a host thread ends with its team, and libgomp ends the team's threads with it.
 * libomp keeps these threads for the next region, with memory in their caches that belonged to the
 * host thread: the next region crashes (seen with libomp 14). So with libomp host threads never
 * end, but rest until the next team needs one.
 *
 * The compiler of this file does not decide which library is there: libomp also answers libgomp's
 * calls, when the program brings it along. Only libomp has this function. */
extern int __kmpc_global_thread_num(void *location) __attribute__((weak));

bool host_threads_rest(void)
{
    return __kmpc_global_thread_num != NULL;
}

/* ---- the stacks ------------------------------------------------------------------------------ */

/* libomp has a call for the size. libgomp reads the environment when it is loaded, and has none: so
 * the same variables are read here, at the same time. */
extern size_t kmp_get_stacksize_s(void) __attribute__((weak));

static size_t stack_at_start;

/* A number, then B, K, M or G; without a letter it is in kilobytes. False when it is no such text.
 */
static bool read_stack_size(const char *text)
{
    static const char units[] = "BKMG";
    if (!text)
        return false;
    char *end;
    errno = 0;
    unsigned long size = strtoul(text, &end, 10);
    if (errno || end == text)
        return false;
    end += strspn(end, " \t\n");
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end++)) : units + 1;
    end += *end ? strspn(end, " \t\n") : 0;
    unsigned shift = unit ? 10 * (unsigned)(unit - units) : 0;
    if (!unit || *end || size << shift >> shift != size)
        return false;
    stack_at_start = size << shift;
    return true;
}

__attribute__((constructor)) static void read_environment(void)
{
    if (!read_stack_size(getenv("OMP_STACKSIZE")))
        read_stack_size(getenv("GOMP_STACKSIZE"));
}

size_t host_stack_size(void)
{
    return kmp_get_stacksize_s ? kmp_get_stacksize_s() : stack_at_start;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

enum { HOST_RUNNING, HOST_RETURNED };

struct host {
    host_run run;
    void *argument;
    unsigned resting;  /* OpenMP threads, when it rests itself */
    atomic_uint state; /* the futex that both sides sleep on */
    pthread_t thread;
    int thread_id;     /* see os.h */
    struct host *next; /* resting */
};

/* Held from host_start() to host_started(), while a team's threads start: see host.h. */
static struct lock starting_lock;
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
    host->thread_id = os_thread_id();
    for (;;) {
        host->resting = host->run(host->argument, host->resting);
        change_state(host, HOST_RETURNED);
        if (!host_threads_rest())
            return NULL;
        await_state(host, HOST_RUNNING);
    }
}

/* Takes the host with the most resting OpenMP threads, so that the next team starts the fewest. */
static struct host *take_resting(void)
{
    lock_take(&resting_lock);
    struct host **most = &resting;
    for (struct host **link = most; *link; link = &(*link)->next)
        if ((*link)->resting > (*most)->resting)
            most = link;
    struct host *host = *most;
    if (host)
        *most = host->next;
    lock_give(&resting_lock);
    return host;
}

static int start(host_run run, void *argument, struct host **started)
{
    struct host *rested = take_resting();
    struct host *host = rested ? rested : calloc(1, sizeof *host);
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

int host_start(host_run run, void *argument, struct host **started)
{
    lock_take(&starting_lock);
    int error = start(run, argument, started);
    if (error)
        lock_give(&starting_lock);
    return error;
}

void host_started(void)
{
    lock_give(&starting_lock);
}

void host_join(struct host *host)
{
    if (!host_threads_rest()) {
        pthread_join(host->thread, NULL);
        os_await_end(host->thread_id);
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
    atomic_store(&starting_lock.word, LOCK_FREE);
    atomic_store(&resting_lock.word, LOCK_FREE);
    resting = NULL;
}
