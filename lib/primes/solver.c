/* Routes: each makes its work ready, and leaves it to sieving.c, trial.c or combinatorial.c. */
#include "solver.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/square_root.h"
#include "caches.h"
#include "cofactor_primes.h"
#include "isa/isa.h"
#include "options.h"
#include "server/server.h"
#include "sieving.h"
#include "sieving_primes.h"
#include "topology/caches.h"
#include "trial.h"

/* Nanoseconds of a worker to find a sieving prime: 0.4 s for the 203 million below 2^32. */
#define FIND_COST 2.0

/* What the plan takes, in nanoseconds; the primes are known already where the piece before has
 * found them. */
static void weigh_sieve(struct progress *progress, const struct plan *plan, bool known)
{
    double find = known ? 0 : plan_prime_count(plan->root) * FIND_COST;
    double bytes = (double)(plan->end_byte - plan->first_byte) * wheel_of(plan->modulus)->groups;
    progress_begin(progress, (uint64_t)find, (uint64_t)(find + bytes * plan_byte_cost(plan)) + 1);
}

/* A plan with nothing of the first one but the interval, as far as there is a choice. A wheel of
 * more than 30 cannot be had with the largest sieving primes. */
static void plan_check(struct plan *plan, struct plan_request request)
{
    plan_make(plan, &request);
    request.modulus = plan->modulus > 210 ? 210 : 30;
    if (plan->modulus == 30 && plan->root < UINT32_C(1) << 24)
        request.modulus = 210;
    request.test = PLAN_SIEVES;
    request.caches.l1 = plan->block / 2;
    request.caches.l2 = plan->segment; /* a segment takes a part of it */
    request.workers++;
    plan_make(plan, &request);
}

/* The sieving primes of neighbours are the same but for the last few, and take seconds to find;
 * those of a plan with tests are few, and it allows no others. */
static yoke_status find_sieving_primes(struct solver *solver, const struct plan *plan)
{
    uint32_t limit = plan->test ? plan->root : solver->root;
    if (solver->primes.piece && solver->primes.limit == limit)
        return YOKE_OK;
    sieving_primes_close(&solver->primes);
    solver->primes = (struct sieving_primes){0};
    return sieving_primes_open(solver->server, limit, solver->isa, &solver->primes);
}

static yoke_status totals_by_sieve(struct solver *solver, uint64_t lo, uint64_t hi,
                                   struct totals *totals)
{
    struct plan_request request = {
        .lo = lo,
        .hi = hi,
        .workers = solver->server ? yoke_server_workers(solver->server) : 1,
        .caches = solver->server ? caches_smallest(server_topology(solver->server)) : caches_here(),
    };
    struct plan plan;
    if (solver->route == ROUTE_CHECK)
        plan_check(&plan, request);
    else
        plan_make(&plan, &request);
    bool known = solver->primes.piece; /* by the piece before */
    yoke_status status = find_sieving_primes(solver, &plan);
    if (solver->progress)
        weigh_sieve(solver->progress, &plan, known);
    if (status == YOKE_OK)
        status = cofactor_primes_find(solver->server, &solver->primes, &plan, solver->isa);
    if (status != YOKE_OK)
        return status;
    struct sieving sieving = {
        .server = solver->server,
        .plan = &plan,
        .primes = &solver->primes,
        .isa = solver->isa,
        .each = totals_add_segment,
        .progress = solver->progress,
    };
    status = sieving_run(&sieving, totals);
    if (status == YOKE_OK)
        totals_add_wheel_primes(totals, &plan);
    return status;
}

static yoke_status totals_by_sums(struct solver *solver, uint128 lo, uint128 hi,
                                  struct wide_totals *totals)
{
    struct combinatorial how = {.server = solver->server,
                                .isa = solver->isa,
                                .wanted = solver->wanted,
                                .progress = solver->progress,
                                .journal = solver->journal};
    /* Away from those that gourdon/context.c chooses, which costs little. */
    if (solver->route == ROUTE_COMBINATORIAL_CHECK)
        how.tuning = (struct gourdon_tuning){.alpha_y = 3.5, .alpha_z = 2.5};
    return combinatorial_totals(&how, lo, hi, totals);
}

yoke_status solver_open(struct solver *solver, enum route route, const char *isa,
                        yoke_server *server, uint128 hi)
{
    *solver = (struct solver){.server = server, .route = route};
    if (route == ROUTE_TRIAL)
        return YOKE_OK;
    solver->root = hi > UINT64_MAX ? UINT32_MAX : square_root(hi > 0 ? (uint64_t)hi - 1 : 0);
    yoke_status status = options_find_isa(isa, &solver->isa);
    if (status != YOKE_OK)
        return status;
    if (route == ROUTE_CHECK || route == ROUTE_COMBINATORIAL_CHECK)
        solver->isa = isa_other(solver->isa);
    return YOKE_OK;
}

void solver_close(struct solver *solver)
{
    sieving_primes_close(&solver->primes);
}

const char *solver_name(const struct solver *solver)
{
    return solver->isa ? solver->isa->name : "trial division";
}

yoke_status solver_totals(struct solver *solver, uint128 lo, uint128 hi, struct wide_totals *totals)
{
    bool sums = solver->route == ROUTE_COMBINATORIAL || solver->route == ROUTE_COMBINATORIAL_CHECK;
    struct totals found = {0};
    yoke_status status = YOKE_OK;
    lo = lo < 2 ? 2 : lo;
    if (sums && lo < hi)
        return totals_by_sums(solver, lo, hi, totals);
    if (lo < hi) /* <= 2^64 - 1 */
        status =
            solver->route == ROUTE_TRIAL
                ? trial_totals(solver->server, (uint64_t)lo, (uint64_t)hi, solver->progress, &found)
                : totals_by_sieve(solver, (uint64_t)lo, (uint64_t)hi, &found);
    if (status == YOKE_OK)
        *totals = (struct wide_totals){found.count, uint256_of(found.sum)};
    return status;
}
