/* Listing leaves, one entry at a time. */
#ifndef PRIMES_ISA_LISTING_PLAIN_H
#define PRIMES_ISA_LISTING_PLAIN_H

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

#endif
