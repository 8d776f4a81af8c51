#include "composite.h"

#include "factors.h"

/* h < z just where p^3 z > x. */
void composite_primes(const struct gourdon *gourdon, uint32_t *from, uint32_t *to)
{
    *from = gourdon->first;
    *to = (uint32_t)gourdon_pi(gourdon, gourdon->root_z);
    while (*from < *to) {
        uint64_t p = gourdon->prime[*from];
        if (gourdon->x / p / (p * p) < gourdon->z)
            break;
        ++*from;
    }
}

uint128 composite_total(const struct gourdon *gourdon, uint32_t index)
{
    uint32_t p = gourdon->prime[index];
    uint64_t n = gourdon->x / p;
    uint64_t before = gourdon_f(gourdon, p - 1);
    uint64_t h = n / ((uint64_t)p * p);
    size_t next = factors_up_to(h > gourdon->z / p ? h : gourdon->z / p);
    size_t end = factors_up_to(gourdon->z);
    uint128 sum = 0;
    while (next < end) {
        int32_t leaves[LEAVES_ROOM];
        size_t count = gourdon->kernels->list_leaves(gourdon->factor, &next, end, p, leaves);
        for (size_t i = 0; i < count; i++) {
            bool even = leaves[i] < 0;
            uint32_t m = (uint32_t)(even ? -leaves[i] : leaves[i]);
            uint64_t v = n / m;
            uint128 leaf = v < p ? 1 : 1 + gourdon_f(gourdon, v) - before;
            leaf *= weigh(gourdon->weight, m);
            sum += even ? -leaf : leaf;
        }
    }
    return weigh(gourdon->weight, p) * sum;
}
