#include "delay.h"

#ifdef YOKE_DELAYS

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Not os.h, whose functions have marks themselves. */

/* One mark in so many is lingered at: a job comes by some thirty, so that most are held up
 * somewhere, and a million of them still end within minutes. */
enum { SHARE = 16 };

/* Most delays only let others go first; a few outlast whatever another thread has to do, a wake-up
 * by the system included. */
enum { TURNS = 8000, SLEEP_NANOSECONDS = 300000 };

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
        nanosleep(&(struct timespec){0, (long)(random % SLEEP_NANOSECONDS)}, NULL);
    else if (kind == 1)
        sched_yield();
    else
        for (volatile unsigned i = 0; i < random % TURNS; i++)
            ;
}

#endif
