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
