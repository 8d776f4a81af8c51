#include "phi0.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "factors.h"

#define TINY_WORDS (TINY_BYTES / 8 + 1)
#define TINY_COUNT 92160 /* of the numbers in a period: 1 * 2 * 4 * 6 * 10 * 12 * 16 */

void phi0_fill_wheel(uint8_t bytes[TINY_BYTES])
{
    static const uint8_t residue[8] = {1, 7, 11, 13, 17, 19, 23, 29};
    static const uint8_t prime[] = {7, 11, 13, 17};
    memset(bytes, 0xff, TINY_BYTES);
    for (size_t i = 0; i < sizeof prime; i++)
        for (uint32_t p = prime[i], j = 0, m = p; m < TINY_PERIOD;
             j++, m = p * (30 * (j / 8) + residue[j % 8]))
            bytes[m / 30] &= (uint8_t) ~(1u << (factors_up_to(m % 30) - 1));
}

/* The wheel's numbers up to any r below the period: how many, and their sum. */
struct wheel_sums {
    struct prefix_word count[TINY_WORDS], sum[TINY_WORDS];
};

/* With v = a period + r, the numbers j period + s: for j < a all s of the period, of which there
 * are TINY_COUNT with the mean of half a period, and for j = a those up to r. */
static uint128 phi(const struct wheel_sums *sums, enum weight weight, uint64_t v)
{
    uint64_t a = v / TINY_PERIOD;
    uint64_t r = v % TINY_PERIOD;
    uint64_t rest = prefix_up_to(sums->count, 0, WEIGHT_ONE, r);
    if (weight == WEIGHT_ONE)
        return (uint128)a * TINY_COUNT + rest;
    uint128 whole = (uint128)a * a * TINY_PERIOD * (TINY_COUNT / 2);
    return whole + (uint128)a * TINY_PERIOD * rest + prefix_up_to(sums->sum, 0, WEIGHT_PRIME, r);
}

yoke_status phi0_total(const struct gourdon *gourdon, uint128 *total)
{
    enum weight weight = gourdon->weight;
    struct wheel_sums *sums = malloc(sizeof *sums);
    if (!sums)
        return error_set(YOKE_NO_MEMORY, "no memory for the ordinary leaves");
    const struct kernels *kernels = gourdon->kernels;
    kernels->fill_prefix(sums->count, gourdon->wheel_bytes, TINY_WORDS, 0, WEIGHT_ONE, 0);
    kernels->fill_prefix(sums->sum, gourdon->wheel_bytes, TINY_WORDS, 0, WEIGHT_PRIME, 0);
    uint128 sum = 0;
    size_t next = 0;
    size_t end = factors_up_to(gourdon->z);
    while (next < end) {
        int32_t leaves[LEAVES_ROOM];
        size_t count = kernels->list_leaves(gourdon->factor, &next, end, TINY_LARGEST, leaves);
        for (size_t i = 0; i < count; i++) {
            bool even = leaves[i] < 0;
            uint32_t m = (uint32_t)(even ? -leaves[i] : leaves[i]);
            uint128 leaf = weigh(weight, m) * phi(sums, weight, gourdon->x / m);
            sum += even ? leaf : -leaf;
        }
    }
    free(sums);
    *total = sum;
    return YOKE_OK;
}
