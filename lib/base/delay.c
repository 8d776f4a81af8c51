/* The delays of FLAVOUR=delays: each thread draws from random numbers of its own, seeded by
 * YOKE_DELAY_SEED, whether and for how long it lingers at a mark. See delay.h. */
#include "delay.h"

#ifdef YOKE_DELAYS

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Sleeps and yields without os.h, whose functions call delay_here() themselves. */

/* A thread lingers at one mark in so many. A job passes about thirty, so that most jobs are held up
 * somewhere, and a million of them still end within minutes. */
enum { SHARE = 16 };

/* Most delays only let other threads go first; a few take longer than anything that another thread
 * does between two marks, a wake-up by the system included. */
enum { TURNS = 8000, SLEEP_NANOSECONDS = 300000 };

static _Thread_local uint64_t state;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Each thread has its own state, by the order in which the threads came to their first mark. */
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
