#include "plan.h"

#include <math.h>

#include "base/square_root.h"
#include "wheel.h"

/* What to size by when the caches are unknown: the smallest L1 and L2 of today's server cores. */
#define L1_DEFAULT (32u << 10)
#define L2_DEFAULT (256u << 10)

/* Beyond this many bytes of segment a larger L2 brings nothing. */
#define SEGMENT_MAX (1u << 20)

/* What wheel_divide() can do. */
#define SPARSE_PRIME_END (UINT32_C(1) << 24)

/* The fewest sieving primes before tests: they cost some microseconds, and the tests rely on those
 * below 50. */
#define TESTED_PRIMES_MIN 1000

/* Below this a segment's fixed costs show: filling it takes a microsecond. */
#define SEGMENT_MIN (8u << 10)

/* Takes a third of a millisecond to test. */
#define CHUNK_UNIT_TESTS (1u << 10)

static uint32_t power_of_two_below(uint64_t n)
{
    return UINT32_C(1) << (63 - __builtin_clzll(n));
}

/* The limits between the kinds of sieving primes follow the caches; the segment itself is no longer
 * than the bitmap. */
static void choose_sizes(struct plan *plan, struct topology_caches caches)
{
    uint64_t l1 = caches.l1 ? caches.l1 : L1_DEFAULT;
    uint64_t l2 = caches.l2 ? caches.l2 : L2_DEFAULT;
    uint64_t segment = l2 / 2 < SEGMENT_MAX ? l2 / 2 : SEGMENT_MAX;
    plan->segment = power_of_two_below(segment > SEGMENT_MIN ? segment : SEGMENT_MIN);
    plan->block = power_of_two_below(l1 < plan->segment ? l1 : plan->segment);
    /* Half as much again as the block: a small prime just above it misses one block in three, which
     * still costs less than its hits in L2 (5 % of [0, 1e10)). Offsets are 16-bit. */
    plan->small_limit = plan->block < (40u << 10) ? plan->block / 2 * 3 : 60u << 10;
    plan->medium_limit = plan->segment / 2;
    plan->sparse_limit = plan->segment * 3; /* beyond, a bucket costs less than eight dummies */
}

/* A larger wheel has fewer hits, but each of its groups is a pass of its own, which costs something
 * for each sieving prime: at 1e12 + [0, 5e9), where a group of modulus 2310 is twice as long as the
 * largest prime, modulus 210 is 10 % faster; at twice the width they are equal. Large primes do not
 * know modulus 2310, so where it is forced every prime is sparse. */
static void choose_modulus(struct plan *plan, uint32_t forced)
{
    uint64_t width = plan->hi - plan->lo;
    uint64_t starts = (uint64_t)plan->root * 4;
    uint64_t least = starts > 2 * plan->segment ? starts : 2 * plan->segment;
    if (forced == 2310 && plan->root < SPARSE_PRIME_END) {
        plan->modulus = 2310;
        plan->sparse_limit = SPARSE_PRIME_END;
    } else if (forced == 30 || forced == 210) {
        plan->modulus = forced;
    } else if (width / 2310 >= least && plan->root < plan->sparse_limit) {
        plan->modulus = 2310;
    } else {
        plan->modulus = width / 210 >= least ? 210 : 30;
    }
}

/* Nanoseconds, measured on a Zen 4 at 1e18: to find and enter a sieving prime, to cross off in one
 * byte of bitmap, and to test a survivor. */
#define PRIME_COST    15.0
#define BYTE_COST     8.0
#define SURVIVOR_COST 250.0

static double prime_count(double n)
{
    return n / (log(n) - 1);
}

/* What is left after sieving by the primes up to `limit`, of all numbers (Mertens). */
static double left_after(double limit)
{
    return 0.56 / log(limit);
}

static double byte_cost(const struct plan *plan)
{
    return BYTE_COST + (plan->test ? 30 * left_after(plan->root) * SURVIVOR_COST : 0);
}

/* Into how many ranges to cut the bitmaps: enough to keep the workers busy to the end, but each of
 * them starts with a look at every sieving prime, which should stay below a tenth of its work. */
static uint64_t choose_ranges(const struct plan *plan, uint64_t bytes, uint32_t groups,
                              unsigned workers)
{
    const uint64_t chunks_a_worker = 16;
    if (workers == 1)
        return 1;
    uint64_t wanted = (chunks_a_worker * workers - 1) / groups + 1;
    uint64_t least = (workers - 1) / groups + 1;
    double start = prime_count(plan->root + 10) * PRIME_COST;
    double most = (double)bytes * byte_cost(plan) / (10 * start);
    if ((double)wanted > most)
        wanted = most > (double)least ? (uint64_t)most : least;
    return wanted;
}

static void choose_chunks(struct plan *plan, unsigned workers)
{
    const uint64_t most = UINT32_C(1) << 30; /* positions within a chunk are 32-bit and signed    */
    const struct wheel *wheel = wheel_of(plan->modulus);
    plan->first_byte = plan->lo / plan->modulus;
    plan->end_byte = (plan->hi - 1) / plan->modulus + 1;
    uint64_t bytes = plan->end_byte - plan->first_byte;
    while (plan->segment > SEGMENT_MIN && plan->segment / 2 >= bytes)
        plan->segment /= 2;
    if (plan->block > plan->segment)
        plan->block = plan->segment;

    uint64_t chunk = (bytes - 1) / choose_ranges(plan, bytes, wheel->groups, workers) + 1;
    chunk = chunk > most ? most : chunk;
    /* Whole segments save work, but with tests a segment is most of the work. */
    uint64_t unit = plan->test ? CHUNK_UNIT_TESTS : plan->segment;
    plan->chunk = (chunk + unit - 1) / unit * unit;
    plan->chunks = ((bytes - 1) / plan->chunk + 1) * wheel->groups;
}

/* The best limit is where entering another prime costs as much as testing what it removes. */
static void choose_test(struct plan *plan, enum plan_test wish)
{
    double width = (double)(plan->hi - plan->lo);
    double limit = width * (0.56 * SURVIVOR_COST / PRIME_COST) / log(width + 100);
    limit = limit < TESTED_PRIMES_MIN ? TESTED_PRIMES_MIN : limit;
    if (limit >= plan->root || wish == PLAN_SIEVES)
        return;
    double sieving = prime_count(plan->root) * PRIME_COST + width / 30 * BYTE_COST;
    double testing = prime_count(limit) * PRIME_COST + width / 30 * BYTE_COST +
                     width * left_after(limit) * SURVIVOR_COST;
    plan->test = wish == PLAN_TESTS || testing < sieving;
    if (plan->test)
        plan->root = (uint32_t)limit;
}

void plan_make(struct plan *plan, const struct plan_request *request)
{
    *plan = (struct plan){.lo = request->lo, .hi = request->hi};
    plan->root = square_root(plan->hi - 1);
    choose_test(plan, request->test);
    choose_sizes(plan, request->caches);
    if (request->sparse_limit)
        plan->sparse_limit = request->sparse_limit;
    choose_modulus(plan, request->modulus);
    choose_chunks(plan, request->workers ? request->workers : 1);
}
