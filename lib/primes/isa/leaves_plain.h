/* The loops over hard leaves, one at a time. */
#ifndef PRIMES_ISA_LEAVES_PLAIN_H
#define PRIMES_ISA_LEAVES_PLAIN_H

/* The quotient is found as in pairs_plain.h; what is left of n stays below 2^51. */
static inline void sum_leaves_of(const struct counted_bitmap *bitmap, enum weight weight,
                                 const uint64_t *running, uint64_t first, uint64_t n,
                                 const int32_t *leaves, size_t count, struct leaf_sums *sums)
{
    uint64_t before = bitmap->total;
    uint32_t next = bitmap->size / LINE_BYTES;
    for (size_t i = 0; i < count; i++) {
        uint32_t m = (uint32_t)(leaves[i] < 0 ? -leaves[i] : leaves[i]);
        uint32_t v = (uint32_t)(int32_t)((double)(int64_t)(n - first * m) / m);
        uint32_t line = v / LINE_NUMBERS;
        if (running)
            before = running[line];
        for (; !running && next > line; next--)
            before -= bitmap->tally[next - 1];
        uint64_t word = little_endian_load_64(bitmap->bytes + LINE_BYTES * line) &
                        prefix_mask[v % LINE_NUMBERS];
        uint64_t tally = before + tally_word(word, (uint64_t)LINE_NUMBERS * line, weight);
        int64_t times = weight == WEIGHT_PRIME ? leaves[i] : leaves[i] < 0 ? -1 : 1;
        sums->weight += times;
        sums->count += (uint128)times * (tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
        sums->offsets += (uint128)times * (tally >> TALLY_SHIFT);
    }
}

#endif
