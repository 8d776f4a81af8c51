#include "pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Jobs that go to a node together end up to so many nanoseconds later than they might, and no more
 * than this. */
#define TOGETHER_TIME 1000000
#define TOGETHER_MOST 256
/* The mean of how long jobs take moves by this part towards the latest. */
#define PACE_WEIGHT 8

struct pace *pace_find(struct pace **paces, const char *lane)
{
    struct pace *pace = *paces;
    while (pace && strcmp(pace->lane, lane) != 0)
        pace = pace->next;
    if (pace || !(pace = calloc(1, sizeof *pace)))
        return pace;
    snprintf(pace->lane, sizeof pace->lane, "%s", lane);
    atomic_init(&pace->most, 1);
    pace->next = *paces;
    return *paces = pace;
}

void pace_note(struct pace *pace, uint64_t busy)
{
    busy = busy ? busy : 1;
    pace->busy = pace->busy ? pace->busy - pace->busy / PACE_WEIGHT + busy / PACE_WEIGHT : busy;
    uint64_t most = pace->busy ? TOGETHER_TIME / pace->busy : TOGETHER_MOST;
    most = most < 1 ? 1 : most > TOGETHER_MOST ? TOGETHER_MOST : most;
    atomic_store_explicit(&pace->most, (unsigned)most, memory_order_relaxed);
}

void pace_free_all(struct pace *paces)
{
    while (paces) {
        struct pace *pace = paces;
        paces = pace->next;
        free(pace);
    }
}
