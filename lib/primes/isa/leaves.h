/* The loops over hard leaves, compiled once for each instruction set. */
#ifndef PRIMES_ISA_LEAVES_H
#define PRIMES_ISA_LEAVES_H

#include "isa.h"
#include "lines.h"

#if defined(__AVX512VBMI2__)
#include "listing_avx512.h"
#elif VECTORS
#include "listing_vector.h"
#else
#include "listing_plain.h"
#endif

#if VECTORS
#include "leaves_vector.h"
#else
#include "leaves_plain.h"
#endif

static void sum_leaves(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       uint64_t n, const int32_t *leaves, size_t count, struct leaf_sums *sums)
{
    if (bitmap->weight == WEIGHT_ONE)
        sum_leaves_of(bitmap, WEIGHT_ONE, running, first, n, leaves, count, sums);
    else
        sum_leaves_of(bitmap, WEIGHT_PRIME, running, first, n, leaves, count, sums);
}

#endif
