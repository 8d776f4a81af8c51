/* The two routes to the totals of an interval. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "primes/solver.h"
#include "random.h"

static struct wide_totals totals_by(struct solver *solver, uint64_t lo, uint64_t hi)
{
    struct wide_totals totals;
    cr_assert_eq(solver_totals(solver, lo, hi, &totals), YOKE_OK, "%s", yoke_last_error());
    return totals;
}

/* At all heights, with every wheel, with and without primality tests; the solvers keep what they
 * may from one interval to the next. */
Test(solver, both_routes_give_the_same_totals, .timeout = 120)
{
    uint64_t random = 5;
    for (int height = 4; height < 56; height += 4) {
        uint64_t end = UINT64_C(1) << height;
        struct solver first, second;
        cr_assert_eq(solver_open(&first, ROUTE_SIEVE, NULL, NULL, end + 10000000), YOKE_OK);
        cr_assert_eq(solver_open(&second, ROUTE_CHECK, NULL, NULL, end + 10000000), YOKE_OK);
        for (int round = 0; round < 4; round++) {
            uint64_t lo = end / 2 + random_below(&random, end / 2);
            uint64_t hi = lo + random_below(&random, round % 2 ? 10000000 : 10000);
            struct wide_totals one = totals_by(&first, lo, hi);
            struct wide_totals other = totals_by(&second, lo, hi);
            cr_assert(one.count == other.count && uint256_equal(one.sum, other.sum),
                      "[%" PRIu64 ", %" PRIu64 ") by %s and %s", lo, hi, solver_name(&first),
                      solver_name(&second));
        }
        solver_close(&first);
        solver_close(&second);
    }
}
