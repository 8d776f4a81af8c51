/* The loops over leaves, one at a time. */
#ifndef PRIMES_ISA_LEAVES_PLAIN_H
#define PRIMES_ISA_LEAVES_PLAIN_H

static void sum_leaves(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       uint64_t n, const int32_t *leaves, size_t count, struct leaf_sums *sums)
{
    uint64_t most = bitmap->weight == WEIGHT_ONE ? (UINT64_C(1) << TALLY_SHIFT) - 1 : UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t m = (uint32_t)(leaves[i] < 0 ? -leaves[i] : leaves[i]);
        uint32_t v = (uint32_t)((n - first * m) / m);
        uint32_t word = v / WORD_NUMBERS;
        uint32_t last = v / LINE_NUMBERS;
        uint64_t tally = running ? running[last] : 0;
        for (uint32_t line = 0; !running && line < last; line++)
            tally += bitmap->tally[line];
        for (uint32_t j = last * LINE_BYTES / 8; j < word; j++)
            tally += tally_word(word_at(bitmap->bytes + 8 * j), UINT64_C(240) * j);
        tally += tally_word(word_at(bitmap->bytes + 8 * word) & prefix_mask[v % WORD_NUMBERS],
                            UINT64_C(240) * word);
        tally &= most;
        int64_t times = bitmap->weight == WEIGHT_PRIME ? leaves[i] : leaves[i] < 0 ? -1 : 1;
        sums->weight += times;
        sums->count += (uint128)times * (tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
        sums->offsets += (uint128)times * (tally >> TALLY_SHIFT);
    }
}

#endif
