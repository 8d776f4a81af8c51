/* The loops over leaves, one at a time. */
#ifndef PRIMES_ISA_LEAVES_PLAIN_H
#define PRIMES_ISA_LEAVES_PLAIN_H

static size_t list_leaves(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_ROOM])
{
    static const uint8_t lane_number[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    size_t count = 0;
    size_t i = *next;
    for (; i < end && count < LEAVES_MAX; i++) {
        int32_t m = (int32_t)(30 * (i / LANES) + lane_number[i % LANES]);
        leaves[count] = factor[i] % 2 ? m : -m;
        count += factor[i] > prime;
    }
    *next = i;
    return count;
}

static void sum_leaves(const struct counted_bitmap *bitmap, const uint64_t *running, uint64_t first,
                       enum weight weight, uint64_t n, const int32_t *leaves, size_t count,
                       struct leaf_sums *sums)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t m = (uint32_t)(leaves[i] < 0 ? -leaves[i] : leaves[i]);
        uint32_t v = (uint32_t)((n - first * m) / m);
        uint32_t word = v / WORD_NUMBERS;
        uint64_t tally = running ? running[word / 8] : 0;
        for (uint32_t line = 0; !running && line < word / 8; line++)
            tally += bitmap->tally[line];
        for (uint32_t j = word / 8 * 8; j < word; j++)
            tally += tally_word(word_at(bitmap->bytes + 8 * j), UINT64_C(240) * j);
        tally += tally_word(word_at(bitmap->bytes + 8 * word) & prefix_mask[v % WORD_NUMBERS],
                            UINT64_C(240) * word);
        int64_t times = weight == WEIGHT_PRIME ? leaves[i] : leaves[i] < 0 ? -1 : 1;
        sums->weight += times;
        sums->count += (uint128)times * (tally >> TALLY_SHIFT);
        sums->offsets += (uint128)times * (tally & ((UINT64_C(1) << TALLY_SHIFT) - 1));
    }
}

#endif
