/* The totals of the primes of one interval, by one of several routes. */
#ifndef PRIMES_SOLVER_H
#define PRIMES_SOLVER_H

#include "combinatorial.h"
#include "prime_cursor.h"
#include "yoke/primes.h"

/* How the primes are found. The first check is a sieve that has as little as possible in common
 * with the first: another instruction set where the processor has one, another wheel, segments of
 * another size, no primality tests, chunks cut elsewhere, and sieving primes of its own. That of
 * the combinatorial sum has another instruction set as well, and other limits, which moves numbers
 * from every term to others. */
enum route {
    ROUTE_SIEVE,
    ROUTE_CHECK,
    ROUTE_TRIAL,
    ROUTE_COMBINATORIAL,
    ROUTE_COMBINATORIAL_CHECK
};

/* What intervals next to each other share. */
struct solver {
    yoke_server *server; /* or NULL: the calling thread alone                                     */
    enum route route;
    unsigned wanted; /* of a combinatorial sum; the other routes find all totals at once          */
    uint32_t root; /* of the end of the last of the intervals                                     */
    const struct isa *isa;
    struct sieving_primes primes;
    struct progress *progress; /* told of finished chunks; or NULL, as after solver_open()        */
    struct journal *journal;   /* of combinatorial sums; or NULL, as after solver_open()          */
};

/* Makes ready for intervals up to `hi`, with the instruction set of that name; NULL: as
 * YOKE_ISA says, or the best. Errors: YOKE_INVALID (one that does not exist, or cannot run here).
 */
yoke_status solver_open(struct solver *solver, enum route route, const char *isa,
                        yoke_server *server, uint128 hi);
void solver_close(struct solver *solver);

/* The instruction set, or the way, that it finds primes by. */
const char *solver_name(const struct solver *solver);

/* Finds the count and the sum of the primes in [lo, hi), which may be empty; beyond 2^64 only the
 * combinatorial routes do. Blocks; `totals` is written only with YOKE_OK. Errors: YOKE_NO_MEMORY
 * and those of totals_of_chunks(). */
yoke_status solver_totals(struct solver *solver, uint128 lo, uint128 hi,
                          struct wide_totals *totals);

#endif
