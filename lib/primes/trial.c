#include "trial.h"

#include <stdbool.h>

#include "base/square_root.h"
#include "cancel.h"

/* Between two looks lie so many divisors of a number, or so many numbers of no more divisors: some
 * milliseconds where a division takes longest. */
#define DIVISORS_A_LOOK (UINT32_C(1) << 14)
#define NUMBERS_A_LOOK  64

static bool divides_one(uint64_t n, uint64_t first, uint64_t last)
{
    for (uint64_t divisor = first; divisor <= last; divisor++)
        if (n % divisor == 0)
            return true;
    return false;
}

static yoke_status test(uint64_t n, bool *prime)
{
    uint64_t root = square_root(n);
    uint64_t first = 2;
    for (; root >= first + DIVISORS_A_LOOK; first += DIVISORS_A_LOOK) {
        *prime = false;
        if (divides_one(n, first, first + DIVISORS_A_LOOK - 1))
            return YOKE_OK;
        yoke_status status = cancel_look();
        if (status != YOKE_OK)
            return status;
    }
    *prime = n >= 2 && !divides_one(n, first, root);
    return YOKE_OK;
}

yoke_status trial_range(uint64_t lo, uint64_t hi, struct totals *totals)
{
    yoke_status status = YOKE_OK;
    for (uint64_t n = lo; n < hi && status == YOKE_OK; n++) {
        bool prime;
        status = test(n, &prime);
        if (status == YOKE_OK && prime) {
            totals->count++;
            totals->sum += n;
        }
        if (status == YOKE_OK && n % NUMBERS_A_LOOK == 0)
            status = cancel_look();
    }
    return status;
}
