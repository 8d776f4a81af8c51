#include "totals.h"

/* With the byte index b = first_byte + i every number is modulus * b + residue[lane], so that
 *
 *     sum = modulus * (first_byte * count + sum of i) + sum over lanes of residue * lane's count.
 */
static void add_segment(struct totals *totals, const struct segment *segment,
                        const struct kernels *kernels)
{
    struct bitmap_moments moments = {0};
    uint32_t padded = (segment->size + SEGMENT_MULTIPLE - 1) / SEGMENT_MULTIPLE * SEGMENT_MULTIPLE;
    kernels->add_moments(segment->bytes, padded, &moments);
    uint64_t count = 0;
    uint64_t residues = 0;
    for (int lane = 0; lane < LANES; lane++) {
        count += moments.lane_count[lane];
        residues += moments.lane_count[lane] * segment->residue[lane];
    }
    totals->count += count;
    totals->sum +=
        segment->modulus * ((uint128)segment->first_byte * count + moments.byte_moment) + residues;
}

yoke_status totals_add_chunk(struct totals *totals, struct sieve *sieve, uint64_t chunk)
{
    yoke_status status = sieve_start(sieve, chunk);
    while (status == YOKE_OK) {
        struct segment segment;
        status = sieve_next(sieve, &segment);
        if (status == YOKE_OK && segment.size == 0)
            break;
        if (status == YOKE_OK)
            add_segment(totals, &segment, sieve_kernels(sieve));
    }
    return status;
}

void totals_add_wheel_primes(struct totals *totals, const struct plan *plan)
{
    static const uint8_t prime[] = {2, 3, 5, 7, 11};
    for (size_t i = 0; i < sizeof prime; i++) {
        if (plan->modulus % prime[i] == 0 && prime[i] >= plan->lo && prime[i] < plan->hi) {
            totals->count++;
            totals->sum += prime[i];
        }
    }
}
