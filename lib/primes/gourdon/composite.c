#include "composite.h"

#include "factors.h"

/* f(m), negative as the leaf is. */
static int64_t signed_weight(enum weight weight, int32_t leaf)
{
    return weight == WEIGHT_PRIME ? leaf : leaf < 0 ? -1 : 1;
}

/* A leaf whose v lies below p, where F(v) <= F(p - 1), comes to f(m) as well. */
static uint128 total_of_prime(const struct gourdon *gourdon, uint32_t p)
{
    uint64_t n = gourdon->x / p;
    const struct kernels *kernels = gourdon->kernels;
    uint64_t before = gourdon_f(gourdon, p - 1);
    uint64_t h = n / ((uint64_t)p * p);
    size_t next = factors_up_to(h > gourdon->z / p ? h : gourdon->z / p);
    size_t end = factors_up_to(gourdon->z);
    uint128 sum = 0;
    while (next < end) {
        int32_t leaves[LEAVES_ROOM];
        size_t count = kernels->list_leaves(gourdon->factor, &next, end, p, leaves);
        sum += kernels->sum_easy(gourdon->table.word, gourdon->weight, n, before, leaves, count);
        int64_t weights = 0; /* of the 1 and of F(p - 1) */
        for (size_t i = 0; i < count; i++)
            weights += signed_weight(gourdon->weight, leaves[i]);
        sum += (uint128)weights * (1 - (uint128)before);
    }
    return weigh(gourdon->weight, p) * sum;
}

uint128 composite_total(const struct gourdon *gourdon, uint32_t turn, uint32_t turns)
{
    uint128 sum = 0;
    uint64_t end = gourdon_pi(gourdon, gourdon->root_z);
    for (uint64_t i = gourdon->first + turn; i < end; i += turns) {
        uint64_t p = gourdon->prime[i];
        if (gourdon->x / p / (p * p) < gourdon->z)
            sum += total_of_prime(gourdon, (uint32_t)p);
    }
    return sum;
}
