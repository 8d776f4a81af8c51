/* The sieving primes, and a cursor over them.
 *
 * They are the odd primes up to the square root of the interval's end, kept as halved gaps, one
 * byte a prime (203 MB for the 203 million primes below 2^32, where the largest gap is 336), read
 * in order, and shared by all workers. They lie in pieces, so that workers can find them, and go
 * through them, piece by piece. */
#ifndef PRIMES_PRIME_CURSOR_H
#define PRIMES_PRIME_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "cofactors.h"

/* Consecutive primes; at least one. */
struct prime_piece {
    uint8_t *half_gap; /* half_gap[i] = (prime i + 1 - prime i) / 2; a vector behind it is ours   */
    uint32_t count;
    uint32_t first; /* the first prime                                                           */
};

struct sieving_primes {
    struct prime_piece *piece;
    size_t pieces;
    uint32_t limit; /* every odd prime up to here is in the pieces                               */
    struct cofactor_primes cofactors; /* see cofactor_primes.h                                   */
};

/* A cursor over the primes in ascending order; `prime` is 0 once the end has been passed. */
struct prime_cursor {
    const struct prime_piece *piece, *end;
    uint32_t index; /* within the piece                                                          */
    uint32_t prime;
};

/* One at the first prime. */
static inline struct prime_cursor prime_cursor_start(const struct sieving_primes *primes)
{
    return (struct prime_cursor){primes->piece, primes->piece + primes->pieces, 0,
                                 primes->pieces ? primes->piece->first : 0};
}

static inline void prime_cursor_next(struct prime_cursor *cursor)
{
    if (cursor->index + 1 < cursor->piece->count)
        cursor->prime += 2u * cursor->piece->half_gap[cursor->index++];
    else if (++cursor->piece < cursor->end) {
        cursor->index = 0;
        cursor->prime = cursor->piece->first;
    } else
        cursor->prime = 0;
}

#endif
