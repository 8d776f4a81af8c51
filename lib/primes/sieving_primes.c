/* Up to some limit the plain sieve of Eratosthenes, above it the segmented one, which gives each
 * worker pieces of the list to fill. */
#include "sieving_primes.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"
#include "caches.h"
#include "cofactor_primes.h"
#include "numbers.h"
#include "sieving.h"

/* Bytes of bitmap that make a piece, 983,040 numbers: few enough for hundreds of workers to have
 * pieces of the primes up to 1e9, enough for a piece to be worth drawing. A segment is one piece
 * where it is shorter. */
#define PIECE_BYTES (UINT32_C(32) << 10)

static bool allocate_pieces(struct sieving_primes *primes, size_t pieces)
{
    primes->piece = calloc(pieces, sizeof *primes->piece);
    primes->pieces = primes->piece ? pieces : 0;
    return primes->piece;
}

static bool allocate_piece(struct prime_piece *piece, size_t count)
{
    piece->half_gap = malloc(count + VECTOR_SLACK);
    return piece->half_gap;
}

/* Adds a prime to a piece that has room for it. */
static void collect(struct prime_piece *piece, uint32_t *last, uint32_t prime)
{
    if (piece->count == 0)
        piece->first = prime;
    else
        piece->half_gap[piece->count - 1] = (uint8_t)((prime - *last) / 2);
    piece->count++;
    *last = prime;
}

/* ---- few primes ------------------------------------------------------------------------------ */

/* The sieve of Eratosthenes over odd numbers, for lists that fit a cache: one piece. */
static yoke_status find_plainly(uint32_t limit, struct sieving_primes *primes)
{
    uint32_t odds = limit / 2 + limit % 2; /* 1, 3, ..., the largest odd number up to limit       */
    uint8_t *composite = calloc(odds + 1, 1);
    bool allocated = composite && allocate_pieces(primes, 1) && allocate_piece(primes->piece, odds);
    uint32_t last = 0;
    for (uint32_t i = 1; allocated && i < odds; i++) {
        if (composite[i])
            continue;
        uint32_t prime = 2 * i + 1;
        collect(primes->piece, &last, prime);
        for (uint64_t multiple = (uint64_t)prime * prime / 2; multiple < odds; multiple += prime)
            composite[multiple] = 1;
    }
    free(composite);
    return allocated ? YOKE_OK : YOKE_NO_MEMORY;
}

/* ---- many primes ----------------------------------------------------------------------------- */

struct search {
    struct sieving_primes *primes;
    uint32_t piece_bytes;
};

static uint64_t count_primes(const uint8_t *bytes, uint32_t size, const struct isa *isa)
{
    struct bitmap_moments moments = {0};
    isa->add_moments(bytes, size, &moments);
    uint64_t count = 0;
    for (int lane = 0; lane < LANES; lane++)
        count += moments.lane_count[lane];
    return count;
}

/* 3 and 5 have no place in the bitmap. */
static uint32_t start_piece(struct prime_piece *piece, bool first_of_all)
{
    uint32_t last = 0;
    if (first_of_all) {
        collect(piece, &last, 3);
        collect(piece, &last, 5);
    }
    return last;
}

static yoke_status fill_piece(struct prime_piece *piece, const struct segment *segment,
                              uint32_t done, uint32_t size, const struct isa *isa)
{
    uint64_t number[NUMBERS_MOST + LIST_SLACK];
    if (!allocate_piece(piece, 2 + count_primes(segment->bytes + done, size, isa)))
        return YOKE_NO_MEMORY;
    uint32_t last = start_piece(piece, segment->first_byte + done == 0);
    for (uint32_t end = done + size; done < end; done += NUMBERS_PIECE) {
        size_t count = numbers_of_piece(segment, done, isa, number);
        if (count == 0)
            continue;
        collect(piece, &last, (uint32_t)number[0]);
        uint8_t *half_gap = piece->half_gap + piece->count - 1;
        for (size_t i = 1; i < count; i++)
            half_gap[i - 1] = (uint8_t)((number[i] - number[i - 1]) / 2);
        piece->count += (uint32_t)count - 1;
        last = (uint32_t)number[count - 1];
    }
    return YOKE_OK;
}

static yoke_status fill_pieces(void *context, const struct segment *segment, const struct isa *isa,
                               struct totals *totals)
{
    const struct search *search = context;
    (void)totals;
    struct prime_piece *piece = search->primes->piece + segment->first_byte / search->piece_bytes;
    yoke_status status = YOKE_OK;
    for (uint32_t done = 0; done < segment->size && status == YOKE_OK;
         done += search->piece_bytes) {
        uint32_t left = segment->size - done;
        uint32_t size = left < search->piece_bytes ? left : search->piece_bytes;
        size = (size + SEGMENT_MULTIPLE - 1) / SEGMENT_MULTIPLE * SEGMENT_MULTIPLE;
        status = fill_piece(piece++, segment, done, size, isa);
    }
    return status;
}

/* The last numbers up to the limit may be without a prime. */
static void drop_empty_piece(struct sieving_primes *primes)
{
    if (primes->piece[primes->pieces - 1].count == 0)
        free(primes->piece[--primes->pieces].half_gap);
}

static yoke_status find_by_sieve(yoke_server *server, uint32_t limit, const struct isa *isa,
                                 struct sieving_primes *primes)
{
    struct sieving_primes roots;
    yoke_status status = sieving_primes_open(NULL, square_root(limit), isa, &roots);
    if (status != YOKE_OK)
        return status;
    struct plan plan;
    struct plan_request request = {.lo = 7,
                                   .hi = (uint64_t)limit + 1,
                                   .workers = server ? yoke_server_workers(server) : 1,
                                   .caches = caches_here(),
                                   .modulus = 30};
    plan_make(&plan, &request);
    struct search search = {primes, plan.segment < PIECE_BYTES ? plan.segment : PIECE_BYTES};
    struct sieving sieving = {.server = server,
                              .plan = &plan,
                              .primes = &roots,
                              .isa = isa,
                              .each = fill_pieces,
                              .context = &search};
    struct totals totals;
    status = allocate_pieces(primes, (plan.end_byte - 1) / search.piece_bytes + 1)
                 ? sieving_run(&sieving, &totals)
                 : YOKE_NO_MEMORY;
    if (status == YOKE_OK)
        drop_empty_piece(primes);
    sieving_primes_close(&roots);
    return status;
}

/* ---- either ---------------------------------------------------------------------------------- */

static yoke_status refuse(uint32_t limit)
{
    return error_set(YOKE_NO_MEMORY,
                     "no memory for the primes up to %u (%.0f MB): free some memory or take a "
                     "lower interval",
                     limit, plan_prime_count(limit) * 1e-6 + 1);
}

yoke_status sieving_primes_open(yoke_server *server, uint32_t limit, const struct isa *isa,
                                struct sieving_primes *primes)
{
    /* 2^17: about the L2 cache, and far enough below to end the recursion at once. */
    const uint32_t plain_limit = UINT32_C(1) << 17;
    /* Takes a millisecond, a hundred times as long as waking workers. */
    const uint32_t alone_limit = UINT32_C(1) << 22;
    *primes = (struct sieving_primes){.limit = limit};
    yoke_status status = limit <= plain_limit ? find_plainly(limit, primes)
                                              : find_by_sieve(limit <= alone_limit ? NULL : server,
                                                              limit, isa, primes);
    if (status == YOKE_OK)
        return YOKE_OK;
    sieving_primes_close(primes);
    return status == YOKE_NO_MEMORY ? refuse(limit) : status;
}

void sieving_primes_close(struct sieving_primes *primes)
{
    cofactor_primes_forget(primes);
    for (size_t i = 0; i < primes->pieces; i++)
        free(primes->piece[i].half_gap);
    free(primes->piece);
    *primes = (struct sieving_primes){0};
}
