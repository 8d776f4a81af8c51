#include "pieces.h"

#include <stdlib.h>

/* So many pieces keep some hundred workers busy to the end within a percent; a job of a tenth of a
 * second hides its way there and back, and one of half a minute is worth no regret. */
#define PIECES        1024
#define SECONDS_LEAST 0.1
#define SECONDS_MOST  30
/* High up a piece begins with millions of sieving primes: it must be worth that. */
#define STARTS_LEAST 4

bool pieces_add(struct pieces *pieces, const struct piece *piece)
{
    if (pieces->count == pieces->room) {
        size_t room = pieces->room ? 2 * pieces->room : 64;
        struct piece *more = realloc(pieces->first, room * sizeof *more);
        if (!more)
            return false;
        pieces->first = more;
        pieces->room = room;
    }
    pieces->first[pieces->count++] = *piece;
    return true;
}

double pieces_cost(uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    yoke_primes_plan plan;
    options.algorithm = algorithm;
    return yoke_plan_primes(1, lo, hi, &options, &plan) == YOKE_OK ? plan.seconds : 0;
}

/* The end of the piece that begins at `lo` and costs so much; behind `lo` in any case. */
static uint64_t end_of(uint64_t lo, uint64_t hi, double seconds, yoke_algorithm algorithm)
{
    uint64_t below = lo + 1, above = hi; /* the first costs no more, the last may */
    if (pieces_cost(lo, hi, algorithm) <= seconds)
        return hi;
    while (above - below > 1) {
        uint64_t middle = below + (above - below) / 2;
        if (pieces_cost(lo, middle, algorithm) <= seconds)
            below = middle;
        else
            above = middle;
    }
    return below;
}

static double piece_seconds(uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    double seconds = pieces_cost(lo, hi, algorithm) / PIECES;
    double start = pieces_cost(hi - 1, hi, algorithm);
    seconds = seconds < SECONDS_LEAST ? SECONDS_LEAST : seconds;
    seconds = seconds > SECONDS_MOST ? SECONDS_MOST : seconds;
    return seconds < STARTS_LEAST * start ? STARTS_LEAST * start : seconds;
}

bool pieces_split(struct pieces *pieces, uint64_t lo, uint64_t hi, yoke_algorithm algorithm)
{
    bool whole = algorithm == YOKE_ALGORITHM_COMBINATORIAL; /* two of them cost twice as much */
    double seconds = lo < hi && !whole ? piece_seconds(lo, hi, algorithm) : 0;
    while (lo < hi) {
        struct piece piece = {.lo = lo, .hi = whole ? hi : end_of(lo, hi, seconds, algorithm)};
        piece.seconds = pieces_cost(piece.lo, piece.hi, algorithm);
        if (!pieces_add(pieces, &piece))
            return false;
        lo = piece.hi;
    }
    return true;
}

yoke_uint128 pieces_sum(yoke_uint128 left, yoke_uint128 right)
{
    yoke_uint128 sum = {left.lo + right.lo, left.hi + right.hi};
    sum.hi += sum.lo < left.lo;
    return sum;
}

void pieces_release(struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++)
        yoke_job_release(pieces->first[i].job);
    free(pieces->first);
}
