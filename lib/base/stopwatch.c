#include "stopwatch.h"

#include <stdlib.h>
#include <string.h>

#include "lock.h"

/* To measure the pace to 0.01 % with looks at the clock that are good for 50 ns each. */
enum { MEASURED_NANOSECONDS = 1000000 };

atomic_uint_fast64_t stopwatch_step;

static struct lock lock;
static bool opened, counts; /* at one pace */
static uint64_t first_count;
static int64_t first_time;

static bool is_steady(void)
{
#if defined(__x86_64__)
    /* Linux has looked whether the counters of all processors agree, and keeps an eye on them. */
    char *name;
    os_read_file("/sys/devices/system/clocksource/clocksource0/current_clocksource", &name);
    bool steady = name && !strncmp(name, "tsc", 3);
    free(name);
    return steady;
#elif defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

void stopwatch_open(void)
{
    lock_take(&lock);
    if (!opened) {
        counts = is_steady();
        first_time = os_now();
        first_count = stopwatch_count();
        opened = true;
    }
    lock_give(&lock);
}

void stopwatch_ready(void)
{
    lock_take(&lock);
    if (counts && !atomic_load(&stopwatch_step)) {
        int64_t time = os_now();
        while (time - first_time < MEASURED_NANOSECONDS)
            time = os_now();
        uint64_t passed = stopwatch_count() - first_count;
        if (passed)
            atomic_store(&stopwatch_step,
                         (uint64_t)(((uint128)(time - first_time) << 32) / passed));
    }
    lock_give(&lock);
}

void stopwatch_reset(void)
{
    atomic_store(&lock.word, LOCK_FREE);
}
