#include "sigma.h"

#include "pairs.h"

/* Of one p with q <= y: the ones, the F(p - 1), and what swapping q and r leaves over. */
static uint128 pairs_rest(const struct gourdon *gourdon, uint32_t p)
{
    uint64_t before = gourdon_f(gourdon, p - 1);
    struct pairs_range range = pairs_range(gourdon, p);
    uint64_t h = range.n / ((uint64_t)p * p);
    h = h < p ? p : h > gourdon->y ? gourdon->y : h;
    uint128 rest = gourdon_f(gourdon, gourdon->y) - gourdon_f(gourdon, h);
    uint64_t f_to = gourdon_f(gourdon, range.to);
    rest -= (uint128)before * (f_to - gourdon_f(gourdon, range.from));
    if (!range.middle)
        return rest;
    uint64_t f_middle = gourdon_f(gourdon, range.middle);
    uint64_t f_rest = gourdon_f(gourdon, range.rest);
    return rest + (uint128)f_rest * (f_to - f_middle) - (uint128)f_middle * (f_middle - f_rest);
}

uint128 sigma_total(const struct gourdon *gourdon)
{
    uint64_t f_y = gourdon_f(gourdon, gourdon->y);
    uint128 sum = (uint128)f_y - 1;
    uint64_t up_to = gourdon_f(gourdon, gourdon->root_z);
    for (uint64_t i = gourdon_pi(gourdon, gourdon->root_z); i < gourdon->primes; i++) {
        uint32_t p = gourdon->prime[i];
        uint64_t weight = weigh(gourdon->weight, p);
        up_to += weight;
        sum += weight * (p <= gourdon->root3 ? pairs_rest(gourdon, p) : (uint128)(f_y - up_to));
    }
    return sum;
}

uint128 sigma_squares(const struct gourdon *gourdon, uint64_t above, uint128 squares)
{
    return (uint128)gourdon_f(gourdon, gourdon->y) * above + ((uint128)above * above - squares) / 2;
}
