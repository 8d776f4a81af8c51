/* Measures how many nanoseconds a step of the processor's counter takes: see stopwatch.h. Opening
 * takes a first look at both clocks, and once the differences matter a second look gives the pace.
 */
#include "stopwatch.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "lock.h"

/* Two samples, each exact to 50 ns, give the pace to 0.01 % when they are this far apart. */
enum { MEASURED_NANOSECONDS = 1000000 };

/* Of so many tries at least one is not interrupted, as a rule. */
enum { TRIES = 16 };

atomic_uint_fast64_t stopwatch_step;

/* Both clocks at one moment. */
struct sample {
    int64_t time;
    uint64_t count;
};

static struct lock lock;
static bool opened;
static bool counts; /* the counter may be used: it has one pace on all processors */
static struct sample first;

static bool is_steady(void)
{
#if defined(__x86_64__)
    /* Linux has looked whether the counters of all processors agree, and keeps an eye on them. */
    char *name;
    file_read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource", &name);
    bool steady = name && !strncmp(name, "tsc", 3);
    free(name);
    return steady;
#elif defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

/* The system may take the processor away between two looks: of several tries the quickest counts.
 */
static struct sample take_sample(void)
{
    struct sample sample = {0};
    int64_t least = INT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        int64_t before = os_now();
        uint64_t count = stopwatch_count();
        int64_t took = os_now() - before;
        if (took < least) {
            least = took;
            sample = (struct sample){before + took / 2, count};
        }
    }
    return sample;
}

void stopwatch_open(void)
{
    lock_take(&lock);
    if (!opened) {
        counts = is_steady();
        first = take_sample();
        opened = true;
    }
    lock_give(&lock);
}

void stopwatch_ready(void)
{
    lock_take(&lock);
    if (counts && !atomic_load(&stopwatch_step)) {
        /* No sleep: this takes a millisecond at most, and a server was opened meanwhile, which
         * takes longer as a rule. */
        while (os_now() - first.time < MEASURED_NANOSECONDS)
            ;
        struct sample last = take_sample();
        if (last.count != first.count)
            atomic_store(&stopwatch_step, (uint64_t)(((uint128)(last.time - first.time) << 32) /
                                                     (last.count - first.count)));
    }
    lock_give(&lock);
}

void stopwatch_reset(void)
{
    /* Only the lock: another thread of the parent may have held it. The pace holds for the child.
     */
    atomic_store(&lock.word, LOCK_FREE);
}
