#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "delay.h"

/* ---- sleeping and the clock ------------------------------------------------------------------ */

#define SECOND INT64_C(1000000000)

bool os_sleep(atomic_uint *word, unsigned expected, int64_t deadline)
{
    struct timespec until = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
    delay_here();
    /* FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock; FUTEX_WAIT a relative one,
     * which would grow with every interruption. */
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                          deadline < 0 ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
    return !(result == -1 && errno == ETIMEDOUT);
}

void os_wake(atomic_uint *word, unsigned count)
{
    delay_here();
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

int64_t os_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

int64_t os_deadline(int64_t timeout)
{
    if (timeout < 0)
        return -1;
    int64_t now = os_now();
    return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

void os_yield(void)
{
    sched_yield();
}

/* ---- the stack ------------------------------------------------------------------------------- */

/* Below this address little is left; 1 where that cannot be found out. */
static uintptr_t find_low_stack(void)
{
    pthread_attr_t attributes;
    void *start = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &start, &size);
        pthread_attr_destroy(&attributes);
    }
    return start ? (uintptr_t)start + size / 8 : 1;
}

bool os_stack_is_low(void)
{
    static _Thread_local uintptr_t low;
    if (!low)
        low = find_low_stack();
    return (uintptr_t)__builtin_frame_address(0) < low;
}

/* ---- processors ------------------------------------------------------------------------------ */

struct os_affinity {
    size_t size; /* of the mask, in bytes */
    cpu_set_t mask[];
};

os_affinity *os_affinity_take(void)
{
    /* The kernel refuses masks smaller than its own, whose size it does not tell. */
    for (unsigned processors = 1024; processors <= 1u << 18; processors *= 4) {
        size_t size = CPU_ALLOC_SIZE(processors);
        os_affinity *affinity = calloc(1, sizeof *affinity + size);
        if (!affinity)
            return NULL;
        affinity->size = size;
        if (sched_getaffinity(0, size, affinity->mask) == 0)
            return affinity;
        free(affinity);
        if (errno != EINVAL)
            return NULL;
    }
    return NULL;
}

void os_affinity_apply(const os_affinity *affinity)
{
    if (affinity)
        sched_setaffinity(0, affinity->size, affinity->mask);
}

static unsigned processors_at_start = 1;

__attribute__((constructor)) static void count_processors(void)
{
    os_affinity *affinity = os_affinity_take();
    int count = affinity ? CPU_COUNT_S(affinity->size, affinity->mask) : 0;
    free(affinity);
    if (count > 0)
        processors_at_start = (unsigned)count;
}

unsigned os_processors(void)
{
    return processors_at_start;
}

/* ---- threads --------------------------------------------------------------------------------- */

static void *wait_at_gate(void *gate)
{
    while (!atomic_load((atomic_uint *)gate))
        os_sleep(gate, 0, -1);
    return NULL;
}

/* How many threads the process has, as the system counts them against its limits; 0: unknown. */
static unsigned long count_threads(void)
{
    struct stat folder;
    return stat("/proc/self/task", &folder) == 0 ? (unsigned long)folder.st_nlink : 0;
}

int os_try_threads(unsigned count)
{
    pthread_t *threads = malloc(count * sizeof *threads);
    if (!threads)
        return ENOMEM;
    unsigned long before = count_threads();
    atomic_uint gate = 0;
    unsigned started = 0;
    while (started < count && pthread_create(&threads[started], NULL, wait_at_gate, &gate) == 0)
        started++;
    atomic_store(&gate, 1);
    os_wake(&gate, OS_EVERYONE);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    /* A joined thread counts against the limits until the system has buried it. */
    for (int64_t limit = os_deadline(SECOND / 10); count_threads() > before && os_now() < limit;)
        sched_yield();
    return started == count ? 0 : EAGAIN;
}
