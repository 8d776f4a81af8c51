/* The program `yoke` on a machine whose memory fails once: faulty_yoke WORDS-OF-YOKE...
 *
 * The linker leads the library's calls of two functions to this file (--wrap, see tests/tests.mk).
 * With FAULT=sieve one bit is wrong in the first segment that the sieve gives, with FAULT=check in
 * the first of the sieve that --double-check compares it with. Without FAULT all is right. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "primes/sieve.h"
#include "primes/solver.h"

static atomic_bool checks; /* the sieve at work is the one that checks another */
static atomic_bool flipped;

static bool fails_now(void)
{
    const char *fault = getenv("FAULT");
    return fault && !strcmp(fault, atomic_load(&checks) ? "check" : "sieve");
}

yoke_status __real_solver_totals(struct solver *, uint128, uint128, struct wide_totals *);
yoke_status __wrap_solver_totals(struct solver *, uint128, uint128, struct wide_totals *);
yoke_status __wrap_solver_totals(struct solver *solver, uint128 lo, uint128 hi,
                                 struct wide_totals *totals)
{
    atomic_store(&checks, solver->route == ROUTE_CHECK);
    return __real_solver_totals(solver, lo, hi, totals);
}

yoke_status __real_sieve_next(struct sieve *, struct segment *);
yoke_status __wrap_sieve_next(struct sieve *, struct segment *);
yoke_status __wrap_sieve_next(struct sieve *sieve, struct segment *segment)
{
    yoke_status status = __real_sieve_next(sieve, segment);
    if (status == YOKE_OK && segment->size > 0 && fails_now() && !atomic_exchange(&flipped, true))
        *(uint8_t *)(uintptr_t)segment->bytes ^= 1;
    return status;
}
