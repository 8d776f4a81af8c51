#include "trial.h"

#include <stdbool.h>

#include "base/square_root.h"

static bool is_prime(uint64_t n)
{
    if (n < 2)
        return false;
    uint64_t root = square_root(n);
    for (uint64_t divisor = 2; divisor <= root; divisor++)
        if (n % divisor == 0)
            return false;
    return true;
}

void trial_range(uint64_t lo, uint64_t hi, struct totals *totals)
{
    for (uint64_t n = lo; n < hi; n++) {
        if (is_prime(n)) {
            totals->count++;
            totals->sum += n;
        }
    }
}
