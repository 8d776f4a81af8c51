/* Linux behind os.h: futexes, the monotonic clock, stacks, affinity masks and threads. */
#include "os.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "delay.h"

/* ---- sleeping and the clock ------------------------------------------------------------------ */

#define SECOND INT64_C(1000000000)

/* Of the kernel's <linux/futex.h>, which does not come with every C library. */
enum { FUTEX_WAKE = 1, FUTEX_WAIT_BITSET = 9, FUTEX_PRIVATE = 128 };
#define FUTEX_ANY_BIT UINT32_MAX

bool os_sleep(atomic_uint *word, unsigned expected, int64_t deadline)
{
    struct timespec until = {(time_t)(deadline / SECOND), (long)(deadline % SECOND)};
    delay_here();
    /* FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock; FUTEX_WAIT a relative one,
     * which would grow with every interruption. */
    long result = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE, expected,
                          deadline < 0 ? NULL : &until, NULL, FUTEX_ANY_BIT);
    return !(result == -1 && errno == ETIMEDOUT);
}

void os_wake(atomic_uint *word, unsigned count)
{
    delay_here();
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE, count, NULL, NULL, 0);
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
    static _Thread_local uintptr_t low __attribute__((tls_model("initial-exec")));
    if (!low)
        low = find_low_stack(); /* takes microseconds: for the main thread it reads a file */
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

bool os_affinity_read(os_affinity *affinity)
{
    return sched_getaffinity(0, affinity->size, affinity->mask) == 0;
}

bool os_affinity_equal(const os_affinity *one, const os_affinity *other)
{
    return one->size == other->size && CPU_EQUAL_S(one->size, one->mask, other->mask);
}

static unsigned processors_at_start = 1;

/* At loading, as libgomp does: later changes of the mask do not change what that counts. */
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

int os_thread_id(void)
{
    return (int)syscall(SYS_gettid);
}

/* A thread that is about to end may have to wait for a processor, and nobody knows how long. After
 * this time os_await_end() gives up: then the next to ask may be refused a thread, which is better
 * than a wait without end. */
enum { END_PATIENCE = SECOND / 10, END_GLANCE = 20000 };

void os_await_end(int thread_id)
{
    int64_t limit = os_deadline(END_PATIENCE);
    while (syscall(SYS_tgkill, getpid(), thread_id, 0) == 0 && os_now() < limit)
        nanosleep(&(struct timespec){.tv_nsec = END_GLANCE}, NULL);
}

struct trial {
    atomic_uint gate; /* a futex */
    struct trial_thread {
        struct trial *trial;
        pthread_t thread;
        int id;
    } threads[];
};

static void *wait_at_gate(void *argument)
{
    struct trial_thread *thread = argument;
    thread->id = os_thread_id();
    while (!atomic_load(&thread->trial->gate))
        os_sleep(&thread->trial->gate, 0, -1);
    return NULL;
}

/* Starts as many threads of the trial as it can. */
static unsigned start_trial(struct trial *trial, unsigned count, const pthread_attr_t *attributes)
{
    for (unsigned i = 0; i < count; i++) {
        trial->threads[i].trial = trial;
        if (pthread_create(&trial->threads[i].thread, attributes, wait_at_gate, &trial->threads[i]))
            return i;
    }
    return count;
}

static bool has_room_for(size_t stack)
{
    void *memory = mmap(NULL, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && munmap(memory, stack) == 0;
}

/* What starting a thread allocates besides its stack. Never touched: it costs nothing except where
 * memory is limited, and there the trial fails as the real start would. */
enum { THREAD_HEAP = 16384 };

enum os_threads os_try_threads(unsigned count, size_t stack)
{
    struct trial *trial = malloc(sizeof *trial + count * (sizeof *trial->threads + THREAD_HEAP));
    if (!trial)
        return OS_THREADS_NO_MEMORY;
    atomic_init(&trial->gate, 0);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (stack)
        /* A size that this call refuses, OpenMP could not set either: both then use the default. */
        pthread_attr_setstacksize(&attributes, stack);
    pthread_attr_getstacksize(&attributes, &stack);
    unsigned started = start_trial(trial, count, &attributes);
    /* pthread_create() answers EAGAIN for both limits; whether a stack could be mapped tells them
     * apart. While the threads still run, since their stacks are a part of what is asked for. */
    bool room = started == count || has_room_for(stack);
    pthread_attr_destroy(&attributes);
    atomic_store(&trial->gate, 1);
    os_wake(&trial->gate, OS_EVERYONE);
    for (unsigned i = 0; i < started; i++)
        pthread_join(trial->threads[i].thread, NULL);
    for (unsigned i = 0; i < started; i++)
        os_await_end(trial->threads[i].id);
    free(trial);
    return started == count ? OS_THREADS_GRANTED : room ? OS_THREADS_REFUSED : OS_THREADS_NO_ROOM;
}
