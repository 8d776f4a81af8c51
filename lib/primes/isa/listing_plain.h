/* Listing leaves, one entry at a time. */
#ifndef PRIMES_ISA_LISTING_PLAIN_H
#define PRIMES_ISA_LISTING_PLAIN_H

/* Appends m, less 1 when the entry is even, which stays when the entry is above the prime: without
 * a branch, since nobody can predict which. */
static inline size_t list_leaf(uint16_t entry, uint32_t prime, int32_t m, int32_t *leaves,
                               size_t count)
{
    leaves[count] = m - 1 + (entry & 1);
    return count + (entry > prime);
}

static size_t list_leaves(const uint16_t *factor, size_t *next, size_t end, uint32_t prime,
                          int32_t leaves[LEAVES_ROOM])
{
    static const uint8_t lane_number[LANES] = {1, 7, 11, 13, 17, 19, 23, 29};
    size_t count = 0;
    size_t i = *next;
    while (i < end && count < LEAVES_MAX) {
        int32_t first = (int32_t)(30 * (i / LANES));
        size_t lane = i % LANES, lanes = lane == 0 && end - i >= LANES ? LANES : 1;
        if (lanes == LANES)
            for (; lane < LANES; lane++)
                count =
                    list_leaf(factor[i + lane], prime, first + lane_number[lane], leaves, count);
        else
            count = list_leaf(factor[i], prime, first + lane_number[lane], leaves, count);
        i += lanes;
    }
    *next = i;
    for (size_t j = 0; j < count; j++)
        leaves[j] ^= (leaves[j] & 1) - 1; /* the complement of m - 1 is -m                       */
    return count;
}

#endif
