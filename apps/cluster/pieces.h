/* The pieces of an interval: those whose totals are known, and those to be had. They lie in a row,
 * so that together they are the interval. */
#ifndef CLUSTER_PIECES_H
#define CLUSTER_PIECES_H

#include <stdbool.h>
#include <yoke/cluster.h>
#include <yoke/primes.h>

struct piece {
    uint64_t lo, hi;
    double seconds; /* what it costs on one core, about */
    bool done;
    yoke_uint128 total; /* once it is done */
    yoke_job *job;      /* while it is with the cluster */
};

struct pieces {
    struct piece *first;
    size_t count, room;
};

/* Adds [lo, hi) behind the others. Without memory false. */
bool pieces_add(struct pieces *pieces, const struct piece *piece);

/* What [lo, hi) takes on one core, in seconds, about. */
double pieces_cost(uint64_t lo, uint64_t hi, yoke_algorithm algorithm);

/* Adds [lo, hi) in pieces that cost about the same, found by `algorithm`. A dead node loses no more
 * than a piece, and no node works much longer than the others. Without memory false. */
bool pieces_split(struct pieces *pieces, uint64_t lo, uint64_t hi, yoke_algorithm algorithm);

yoke_uint128 pieces_sum(yoke_uint128 left, yoke_uint128 right);

void pieces_release(struct pieces *pieces);

#endif
