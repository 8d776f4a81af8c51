/* Integer square roots: floating point gives an estimate, which is off by a little for large
 * numbers, and integer steps correct it. */
#include "square_root.h"

#include <math.h>

uint32_t square_root(uint64_t n)
{
    uint64_t root = (uint64_t)sqrt((double)n);
    while (root > UINT32_MAX || root * root > n)
        root--;
    while (root < UINT32_MAX && (root + 1) * (root + 1) <= n)
        root++;
    return (uint32_t)root;
}

uint64_t square_root_wide(uint128 n)
{
    if (n <= UINT64_MAX)
        return square_root((uint64_t)n);
    /* A long double has the 53 bits of a double on some processors: the estimate may then be off by
     * thousands, which the loops below still correct. */
    long double estimate = sqrtl((long double)n);
    uint64_t root = estimate < 0x1p64L ? (uint64_t)estimate : UINT64_MAX;
    while ((uint128)root * root > n)
        root--;
    while (root < UINT64_MAX && (uint128)(root + 1) * (root + 1) <= n)
        root++;
    return root;
}
