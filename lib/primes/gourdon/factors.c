#include "factors.h"

#include <stdlib.h>

static const uint8_t residue[8] = {1, 7, 11, 13, 17, 19, 23, 29};

/* The entry of m. */
static size_t index_of(uint64_t m)
{
    return factors_up_to(m) - 1;
}

static void enter_prime(uint16_t *factor, uint32_t p, uint32_t y, uint32_t z)
{
    uint32_t even = (p < UINT16_MAX ? p : UINT16_MAX) - 1;
    for (uint32_t i = 0;; i++) {
        uint64_t multiple = (uint64_t)p * (30 * (i / 8) + residue[i % 8]);
        if (multiple > z)
            break;
        uint16_t *entry = &factor[index_of(multiple)];
        if (p > y)
            *entry = 0;
        // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): all are set before
        else if (*entry >= UINT16_MAX - 1)
            *entry = (uint16_t)((even | (*entry & 1)) ^ 1);
        else if (*entry)
            *entry ^= 1;
    }
    for (uint32_t i = 0; (uint64_t)p * p <= z; i++) {
        uint64_t multiple = (uint64_t)p * p * (30 * (i / 8) + residue[i % 8]);
        if (multiple > z)
            break;
        factor[index_of(multiple)] = 0;
    }
}

uint16_t *factors_open(uint32_t y, uint32_t z, const struct table *table)
{
    size_t entries = factors_up_to(z);
    uint16_t *factor = malloc(entries * sizeof *factor);
    if (!factor)
        return NULL;
    for (size_t i = 0; i < entries; i++)
        factor[i] = UINT16_MAX - 1;
    for (size_t i = 0; i < entries; i++) /* the table's bits lie like the entries */
        if (table->word[i / 64].bits >> i % 64 & 1)
            enter_prime(factor, (uint32_t)(30 * (i / 8) + residue[i % 8]), y, z);
    return factor;
}
