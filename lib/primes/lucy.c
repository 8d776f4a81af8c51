/* Two tables, of F for the numbers up to the root of n and for the quotients above it, from which
 * the multiples of one prime after the other are taken. */
#include "lucy.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"

/* low[v] is F(v) and high[i] is F(n / i), for v and i up to the root of n. */
struct lucy {
    uint64_t n, root;
    uint128 *low, *high;
};

static void cross_off(struct lucy *lucy, uint64_t p, uint128 weight)
{
    uint128 *low = lucy->low, *high = lucy->high;
    uint128 below = low[p - 1];
    uint64_t quotient = lucy->n / p;
    uint64_t end = quotient / p < lucy->root ? quotient / p : lucy->root;
    uint64_t near = lucy->root / p < end ? lucy->root / p : end;
    for (uint64_t i = 1; i <= near; i++)
        high[i] -= weight * (high[i * p] - below);
    for (uint64_t i = near + 1; i <= end; i++)
        high[i] -= weight * (low[quotient / i] - below);
    for (uint64_t v = lucy->root; v >= p * p; v--)
        low[v] -= weight * (low[v / p] - below);
}

yoke_status lucy_total(uint64_t n, enum weight weight, uint128 *total)
{
    struct lucy lucy = {.n = n, .root = square_root(n)};
    lucy.low = malloc((lucy.root + 1) * 2 * sizeof *lucy.low);
    if (!lucy.low)
        return error_set(YOKE_NO_MEMORY, "no memory for the %llu partial sums of Lucy's method",
                         2 * (unsigned long long)lucy.root);
    lucy.high = lucy.low + lucy.root + 1;
    lucy.low[0] = lucy.high[0] = 0;
    for (uint64_t i = 1; i <= lucy.root; i++) {
        lucy.low[i] = weigh_up_to(weight, i) - 1;
        lucy.high[i] = weigh_up_to(weight, n / i) - 1;
    }
    for (uint64_t p = 2; p * p <= n; p++)
        if (lucy.low[p] != lucy.low[p - 1])
            cross_off(&lucy, p, weigh(weight, p));
    *total = n ? lucy.high[1] : 0;
    free(lucy.low);
    return YOKE_OK;
}
