/* Models of what each choice costs, and the choices made by them. */
#include "plan.h"

#include <math.h>

#include "base/square_root.h"
#include "hits.h"
#include "large.h"
#include "wheel.h"

/* What to size by when the caches are unknown: the smallest L1 and L2 of today's server cores. */
#define L1_DEFAULT (32u << 10)
#define L2_DEFAULT (256u << 10)

/* Beyond this many bytes of segment a larger L2 brings nothing. */
#define SEGMENT_MAX (1u << 20)

/* What wheel_divide() can do. */
#define MEDIUM_PRIME_END (UINT32_C(1) << 24)

/* The fewest sieving primes before tests: they cost some microseconds, and the tests rely on those
 * below 50. */
#define TESTED_PRIMES_MIN 1000

/* Below this a segment's fixed costs show: filling it takes a microsecond. */
#define SEGMENT_MIN (8u << 10)

/* Takes a seventh of a millisecond to test. */
#define CHUNK_UNIT_TESTS (1u << 10)

static uint32_t power_of_two_below(uint64_t n)
{
    return UINT32_C(1) << (63 - __builtin_clzll(n));
}

/* In each window every large prime is looked at once, and the hits found take three bytes each
 * until they are crossed off. At 1e18 these are 200 MB. Windows of 2.05e9 numbers would take half
 * of that and 8 % more time, longer ones save no more. */
#define WINDOW UINT64_C(3400000000)

/* The limits between the kinds of sieving primes follow the caches; the segment itself is no longer
 * than the bitmap. */
static void choose_sizes(struct plan *plan, struct cache_sizes caches)
{
    uint64_t l1 = caches.l1 ? caches.l1 : L1_DEFAULT;
    uint64_t l2 = caches.l2 ? caches.l2 : L2_DEFAULT;
    uint64_t segment = l2 / 2 < SEGMENT_MAX ? l2 / 2 : SEGMENT_MAX;
    plan->segment = power_of_two_below(segment > SEGMENT_MIN ? segment : SEGMENT_MIN);
    plan->block = power_of_two_below(l1 < plan->segment ? l1 : plan->segment);
    /* Half as much again as the block: a small prime just above it misses one block in three, which
     * still costs less than its hits in L2 (5 % of [0, 1e10)). Offsets are 16-bit. */
    plan->small_limit = plan->block < (40u << 10) ? plan->block / 2 * 3 : 60u << 10;
    plan->medium_limit = plan->segment / 2 > LARGE_PRIME_MIN ? plan->segment / 2 : LARGE_PRIME_MIN;
    plan->window = WINDOW;
}

/* Making the patterns of a group takes 20 microseconds; so many bytes more than make up for them.
 */
#define GROUP_MIN (128u << 10)

/* A larger wheel has fewer hits, but each of its groups is a pass of its own, which costs something
 * for each sieving prime. With groups of modulus 2310 that are a third longer than the largest
 * prime, 1e12 + [0, 3e9) takes 14 % less time than with modulus 30, and 1e11 + [0, 1e9) 19 %. Large
 * primes know modulus 30 alone, so where another is taken no prime is large; from some limit on
 * they save more: 4e12 + [0, 1e10) gains only 5 %. */
static void choose_modulus(struct plan *plan, uint32_t forced)
{
    uint64_t width = plan->hi - plan->lo;
    uint64_t starts = (uint64_t)plan->root / 4 * 5;
    uint64_t least = starts > GROUP_MIN ? starts : GROUP_MIN;
    plan->modulus = 30;
    if (plan->root >= MEDIUM_PRIME_END)
        return;
    if (forced)
        plan->modulus = forced;
    else if (plan->root < 8 * plan->medium_limit && width / 2310 >= least)
        plan->modulus = 2310;
    else if (plan->root < 2 * plan->medium_limit && width / 210 >= least)
        plan->modulus = 210;
    /* Survivors are tested where the interval is too short for lists of hits.                   */
    if (plan->modulus > 30 || plan->test)
        plan->medium_limit = MEDIUM_PRIME_END;
}

/* Without large primes, whose hits want a power of two, a segment may take three quarters of L2:
 * the fewer there are, the less often the medium primes are looked at (3 % of 1e12 + [0, 1e10)). */
static void lengthen_segment(struct plan *plan, struct cache_sizes caches)
{
    uint64_t segment = caches.l2 / 4 * 3 < SEGMENT_MAX ? caches.l2 / 4 * 3 : SEGMENT_MAX;
    if (plan->modulus > 30 && segment > plan->segment)
        plan->segment = (uint32_t)(segment / plan->block * plan->block);
}

/* Nanoseconds, measured on a Zen 4 at 1e18: to find a sieving prime and look at it once, where
 * there are many and where there are few; to cross off in one byte of bitmap, and to test a
 * survivor. */
#define PRIME_COST    6.0
#define FEW_COST      15.0
#define BYTE_COST     12.0
#define SURVIVOR_COST 110.0

double plan_prime_count(double n)
{
    return n < 10 ? 4 : n / (log(n) - 1);
}

/* What is left after sieving by the primes up to `limit`, of all numbers (Mertens). */
static double left_after(double limit)
{
    return 0.56 / log(limit);
}

double plan_byte_cost(const struct plan *plan)
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
    double start = plan_prime_count(plan->root + 10) * PRIME_COST;
    double most = (double)bytes * plan_byte_cost(plan) / (10 * start);
    if ((double)wanted > most)
        wanted = most > (double)least ? (uint64_t)most : least;
    return wanted;
}

/* How many chunks a worker has in a round at least, and how long chunks are at most: their end is
 * where workers wait for each other, and at their start positions are found anew. */
#define ROUND_CHUNKS       2
#define CHUNK_SEGMENTS_MAX 4

/* Windows start with rounds, an eighth of the longest window long, or, where workers are many, so
 * long that there is a chunk for each. */
static void choose_rounds(struct plan *plan, uint64_t bytes, unsigned workers)
{
    uint64_t row = (uint64_t)plan->segment * plan->modulus;
    uint64_t most = HIT_WINDOW / plan->segment;
    uint64_t round = plan->window / row / 8;
    round = round < most ? round : most;
    if (workers > 1) {
        uint64_t chunk = round / (ROUND_CHUNKS * workers);
        uint64_t share = (bytes / plan->segment + 1) / (8 * (uint64_t)workers);
        chunk = chunk < CHUNK_SEGMENTS_MAX ? chunk : CHUNK_SEGMENTS_MAX;
        chunk = chunk < share ? chunk : share;
        chunk = chunk > 1 ? chunk : 1;
        round = round < workers * chunk ? workers * chunk : round / chunk * chunk;
        round = round < most ? round : most;
        plan->chunk = chunk * plan->segment;
    }
    plan->round = round > 1 ? (uint32_t)round : 1;
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
    if (plan->root >= plan->medium_limit)
        choose_rounds(plan, bytes, workers);
    plan->chunks = ((bytes - 1) / plan->chunk + 1) * wheel->groups;
}

/* The best limit is where entering another prime costs as much as testing what it removes. */
static void choose_test(struct plan *plan, enum plan_test wish)
{
    double width = (double)(plan->hi - plan->lo);
    double limit = width * (0.56 * SURVIVOR_COST / FEW_COST) / log(width + 100);
    limit = limit < TESTED_PRIMES_MIN ? TESTED_PRIMES_MIN : limit;
    if (limit >= plan->root || wish == PLAN_SIEVES)
        return;
    double sieving = plan_prime_count(plan->root) * PRIME_COST + width / 30 * BYTE_COST;
    double testing = plan_prime_count(limit) * FEW_COST + width / 30 * BYTE_COST +
                     width * left_after(limit) * SURVIVOR_COST;
    plan->test = wish == PLAN_TESTS || testing < sieving;
    if (plan->test)
        plan->root = (uint32_t)limit;
}

/* 62 MB of bitmap. */
#define COFACTORS_MAX 1e9

/* With the primes among the cofactors of p known, one cofactor in twenty has to be crossed off and
 * not one in five, which is what the first pattern leaves, that few cofactors are looked up in: for
 * the primes from p to p + dp that saves 0.14 hits of 3 ns in each of the width / p * dp / ln p
 * cofactors, while knowing them takes 0.06 ns for each of the hi / p^2 * dp numbers that become
 * cofactors. Only primes are left if p is above the cubic root. */
static void choose_cofactors(struct plan *plan)
{
    const double ratio = 0.06 / (0.14 * 3);
    double hi = (double)plan->hi;
    double first = (double)plan->lo / plan->root - 2;
    if (first < plan->medium_limit)
        first = plan->medium_limit;
    double prime = ratio * hi / (double)(plan->hi - plan->lo) * log(plan->root + 10);
    const double least[] = {plan->medium_limit, cbrt(hi) + 1, hi / (first + COFACTORS_MAX)};
    for (size_t i = 0; i < sizeof least / sizeof *least; i++)
        prime = prime > least[i] ? prime : least[i];
    if (prime >= plan->root)
        return;
    /* Segments may end behind the interval. */
    double end = (hi + (double)plan->segment * plan->modulus) / prime + 2;
    plan->cofactor_first = (uint64_t)first;
    plan->cofactor_end = (uint64_t)end;
}

void plan_make(struct plan *plan, const struct plan_request *request)
{
    *plan = (struct plan){.lo = request->lo, .hi = request->hi};
    plan->root = square_root(plan->hi - 1);
    choose_test(plan, request->test);
    choose_sizes(plan, request->caches);
    if (request->medium_limit)
        plan->medium_limit = request->medium_limit;
    if (request->window)
        plan->window = request->window;
    choose_modulus(plan, request->modulus);
    lengthen_segment(plan, request->caches);
    choose_chunks(plan, request->workers ? request->workers : 1);
    choose_cofactors(plan);
}
