#include "delay.h"

#ifdef YOKE_DELAYS

#include <stdlib.h>

#include "os.h"

/* One mark in so many is lingered at: a job comes by some thirty, so that most are held up
 * somewhere, and a million of them still end within minutes. */
enum { SHARE = 16 };

/* Most delays only let others go first; a few outlast whatever another thread has to do, a wake-up
 * by the system included. */
enum { PAUSES = 200, SLEEP_NANOSECONDS = 300000 };

static _Thread_local uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Of each thread its own, in the order in which they come by for the first time. */
static void seed(void)
{
    static atomic_uint threads;
    const char *text = getenv("YOKE_DELAY_SEED");
    uint64_t number = text ? strtoull(text, NULL, 10) : 1;
    state = (number << 32 | (atomic_fetch_add(&threads, 1) + 1)) * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 8; i++)
        next_random();
}

static void sleep_for(int64_t nanoseconds)
{
    static atomic_uint never;
    int64_t end = os_now() + nanoseconds;
    while (os_now() < end)
        os_sleep(&never, 0, end);
}

void delay_here(void)
{
    if (!state)
        seed();
    uint64_t random = next_random();
    if (random % SHARE)
        return;
    random /= SHARE;
    unsigned kind = random % 4;
    random /= 4;
    if (kind == 0)
        sleep_for((int64_t)(random % SLEEP_NANOSECONDS));
    else if (kind == 1)
        os_yield();
    else
        for (unsigned i = 0; i < random % PAUSES; i++)
            os_pause();
}

#endif
