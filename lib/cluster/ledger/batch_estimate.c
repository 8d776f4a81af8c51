/* How many jobs of a channel may share a message: see batch_estimate.h. */
#include "batch_estimate.h"
#include "cluster/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Jobs that go to a node together end up to so many nanoseconds later than they might, and no more
 * than this. */
#define TOGETHER_MOST 256
/* The mean of how long jobs take moves by this part towards the latest. */
#define BATCH_ESTIMATE_WEIGHT 8

struct batch_estimate *batch_estimate_find(struct batch_estimate **estimates, const char *channel)
{
    struct batch_estimate *estimate = *estimates;
    while (estimate && strcmp(estimate->channel, channel) != 0)
        estimate = estimate->next;
    if (estimate || !(estimate = calloc(1, sizeof *estimate)))
        return estimate;
    snprintf(estimate->channel, sizeof estimate->channel, "%s", channel);
    /* Until a result has come nobody knows whether these jobs are quick, and of long ones each
     * should be free to go to another node. */
    atomic_init(&estimate->most, 1);
    estimate->next = *estimates;
    return *estimates = estimate;
}

void batch_estimate_note(struct batch_estimate *estimate, uint64_t busy)
{
    busy = busy ? busy : 1;
    estimate->busy = estimate->busy ? estimate->busy - estimate->busy / BATCH_ESTIMATE_WEIGHT +
                                          busy / BATCH_ESTIMATE_WEIGHT
                                    : busy;
    uint64_t most = estimate->busy ? (uint64_t)TOGETHER_TIME / estimate->busy : TOGETHER_MOST;
    most = most < 1 ? 1 : most > TOGETHER_MOST ? TOGETHER_MOST : most;
    /* The outbox reads it without the lock of the ledger. */
    atomic_store_explicit(&estimate->most, (unsigned)most, memory_order_relaxed);
}

void batch_estimate_free_all(struct batch_estimate *estimates)
{
    while (estimates) {
        struct batch_estimate *estimate = estimates;
        estimates = estimate->next;
        free(estimate);
    }
}
