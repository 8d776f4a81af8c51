/* From the counts of a bitmap's bits, by lane and by byte, to the sum of their numbers. */
#include "totals.h"

#include "cancel.h"

static void combine(void *into, const void *from, void *argument)
{
    (void)argument;
    struct totals *totals = into;
    const struct totals *more = from;
    totals->count += more->count;
    totals->sum += more->sum;
}

yoke_status totals_of_chunks(yoke_server *server, yoke_loop *loop, struct totals *totals)
{
    yoke_reduction reduction = YOKE_REDUCTION(struct totals, combine);
    loop->in_order = true;
    return cancel_name(yoke_parallel_reduce(server, loop, &reduction, totals));
}

/* With the byte index b = first_byte + i every number is modulus * b + residue[lane], so that
 *
 *     sum = modulus * (first_byte * count + sum of i) + sum over lanes of residue * lane's count.
 */
yoke_status totals_add_segment(void *context, const struct segment *segment, const struct isa *isa,
                               struct totals *totals)
{
    (void)context;
    struct bitmap_moments moments = {0};
    uint32_t padded = (segment->size + SEGMENT_MULTIPLE - 1) / SEGMENT_MULTIPLE * SEGMENT_MULTIPLE;
    isa->add_moments(segment->bytes, padded, &moments);
    uint64_t count = 0;
    uint64_t residues = 0;
    for (int lane = 0; lane < LANES; lane++) {
        count += moments.lane_count[lane];
        residues += moments.lane_count[lane] * segment->residue[lane];
    }
    totals->count += count;
    totals->sum +=
        segment->modulus * ((uint128)segment->first_byte * count + moments.byte_moment) + residues;
    return YOKE_OK;
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
