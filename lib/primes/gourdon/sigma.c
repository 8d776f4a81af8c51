#include "sigma.h"

#include "pairs.h"
#include "primes/cancel.h"

/* Of one p with q <= y: the ones, the F(p - 1), and what swapping q and r leaves over. Products of
 * two F(v) <= F(z) < 2^54. */
static int128 pairs_rest(const struct gourdon *gourdon, uint32_t p)
{
    uint64_t before = gourdon_f(gourdon, p - 1);
    struct pairs_range range = pairs_range(gourdon, p);
    uint64_t h = quotient_or_limit(quotient_of(range.n, (uint64_t)p * p), gourdon->y);
    h = h < p ? p : h;
    int128 rest = gourdon_f(gourdon, gourdon->y) - gourdon_f(gourdon, h);
    uint64_t f_to = gourdon_f(gourdon, range.to);
    rest -= (int128)before * (f_to - gourdon_f(gourdon, range.from));
    if (!range.middle)
        return rest;
    uint64_t f_middle = gourdon_f(gourdon, range.middle);
    uint64_t f_rest = gourdon_f(gourdon, range.rest);
    return rest + (int128)f_rest * (f_to - f_middle) - (int128)f_middle * (f_middle - f_rest);
}

/* Between two looks: a millisecond, since each has some divisions of 128 bits. */
#define PRIMES_A_LOOK 4096

yoke_status sigma_total(const struct gourdon *gourdon, struct uint256 *total)
{
    uint64_t f_y = gourdon_f(gourdon, gourdon->y);
    struct uint256 sum = uint256_of(f_y - 1);
    uint64_t up_to = gourdon_f(gourdon, gourdon->root_z);
    yoke_status status = YOKE_OK;
    for (uint64_t i = gourdon_pi(gourdon, gourdon->root_z);
         i < gourdon->primes && status == YOKE_OK; i++) {
        uint32_t p = gourdon->prime[i];
        uint64_t weight = weigh(gourdon->weight, p);
        up_to += weight;
        uint256_add_product(
            &sum, p <= gourdon->root3 ? pairs_rest(gourdon, p) : (int128)(f_y - up_to), weight);
        if (i % PRIMES_A_LOOK == 0)
            status = cancel_look();
    }
    *total = sum;
    return status;
}

struct uint256 sigma_squares(const struct gourdon *gourdon, uint128 above, uint128 squares)
{
    struct uint256 sum = uint256_product(above, above);
    uint256_subtract(&sum, uint256_of(squares));
    sum = uint256_half(sum);
    uint256_add(&sum, uint256_product(gourdon_f(gourdon, gourdon->y), above));
    return sum;
}
