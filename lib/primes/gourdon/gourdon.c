/* The terms, cut into parts that the workers of a server share. */
#include "gourdon.h"

#include <stdlib.h>

#include "b.h"
#include "base/error.h"
#include "base/square_root.h"
#include "composite.h"
#include "d.h"
#include "pairs.h"
#include "phi0.h"
#include "primes/cancel.h"
#include "primes/share.h"
#include "sigma.h"

/* In this order: those that take longest first. */
enum { TERM_D, TERM_B, TERM_PAIRS, TERM_COMPOSITE, TERM_PHI0, TERM_SIGMA, TERMS };

struct terms {
    const struct gourdon *gourdon;
    struct sieving_primes primes; /* up to the root of x / y                                     */
    struct d_term d;
    struct b_term b;
    struct pairs pairs;
    struct composite composite;
    struct phi0 phi0;
    uint64_t parts[TERMS];
    uint64_t costs;          /* of all terms, from the beginning of the run, in nanoseconds      */
    struct journal *journal; /* or NULL                                                          */
    struct uint256 sigma;    /* by the one worker that works it out                              */
};

struct terms_worker {
    struct terms *terms;
    struct d_worker d;
    struct b_worker b;
    struct pairs_worker pairs;
};

static yoke_status open_worker(const void *plan, void **state)
{
    struct terms_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return error_set(YOKE_NO_MEMORY, "no memory for a worker");
    worker->terms = *(struct terms *const *)plan;
    *state = worker;
    return YOKE_OK;
}

static void close_worker(void *state)
{
    struct terms_worker *worker = state;
    d_worker_close(&worker->d);
    b_worker_close(&worker->b);
    pairs_worker_close(&worker->pairs);
    free(worker);
}

/* Which term a part belongs to; it keeps its number in there. */
static int term_of(const struct terms *terms, uint64_t *number)
{
    int term = 0;
    while (*number >= terms->parts[term])
        *number -= terms->parts[term++];
    return term;
}

/* Of a prime in Sigma, and of a number up to z when all is made ready. */
#define SIGMA_COST 13.0
#define SETUP_COST 3.5

static uint64_t cost_of(const void *plan, uint64_t number)
{
    const struct terms *terms = *(struct terms *const *)plan;
    switch (term_of(terms, &number)) {
    case TERM_D:
        return (uint64_t)d_cost(&terms->d, number);
    case TERM_B:
        return (uint64_t)b_cost(&terms->b);
    case TERM_PAIRS:
        return (uint64_t)pairs_cost(&terms->pairs, number);
    case TERM_COMPOSITE:
        return (uint64_t)composite_cost(&terms->composite);
    case TERM_PHI0:
        return (uint64_t)phi0_cost(&terms->phi0);
    default:
        return (uint64_t)(SIGMA_COST * terms->gourdon->primes);
    }
}

static yoke_status do_part_of(struct terms_worker *worker, int term, uint64_t number)
{
    struct terms *terms = worker->terms;
    switch (term) {
    case TERM_D:
        return d_part(&terms->d, &worker->d, number);
    case TERM_B:
        return b_part(&terms->b, &worker->b, number);
    case TERM_PAIRS:
        return pairs_part(&terms->pairs, &worker->pairs, number);
    case TERM_COMPOSITE:
        return composite_part(&terms->composite, number);
    case TERM_PHI0:
        return phi0_part(&terms->phi0, number);
    default: /* takes a moment, and is never saved */
        return sigma_total(terms->gourdon, &terms->sigma);
    }
}

/* All of these go on where they were saved, each for itself. */
static void save(void *plan, struct record *record)
{
    struct terms *terms = plan;
    gourdon_save(terms->gourdon, record);
    record_add(record, terms->costs);
    d_save(&terms->d, record);
    b_save(&terms->b, record);
    pairs_save(&terms->pairs, record);
    composite_save(&terms->composite, record);
    phi0_save(&terms->phi0, record);
}

static yoke_status do_part(void *state, uint64_t number, struct totals *totals)
{
    (void)totals; /* which are of primes that were found                                         */
    struct terms_worker *worker = state;
    struct terms *terms = worker->terms;
    int term = term_of(terms, &number);
    yoke_status status = do_part_of(worker, term, number);
    if (status == YOKE_OK && terms->journal)
        journal_note(terms->journal, save, terms);
    return status;
}

static yoke_status open_terms(struct terms *terms, unsigned workers, struct record *saved)
{
    const struct gourdon *gourdon = terms->gourdon;
    terms->costs = saved ? (uint64_t)record_take(saved, 1, UINT64_MAX) : 0;
    uint32_t limit = square_root((uint64_t)(gourdon->x / gourdon->y));
    yoke_status status = sieving_primes_open(NULL, limit, gourdon->kernels, &terms->primes);
    if (status == YOKE_OK)
        status = d_open(&terms->d, gourdon, workers, saved);
    if (status == YOKE_OK)
        status = b_open(&terms->b, gourdon, &terms->primes, workers, saved);
    if (status == YOKE_OK)
        status = pairs_open(&terms->pairs, gourdon, &terms->primes, workers, saved);
    if (status == YOKE_OK)
        status = composite_open(&terms->composite, gourdon, workers, saved);
    if (status == YOKE_OK)
        status = phi0_open(&terms->phi0, gourdon, workers, saved);
    if (status != YOKE_OK)
        return status;
    terms->parts[TERM_D] = terms->d.parts;
    terms->parts[TERM_B] = stretches_count(&terms->b.stretches);
    terms->parts[TERM_PAIRS] = pairs_parts(&terms->pairs);
    terms->parts[TERM_COMPOSITE] = composite_parts(&terms->composite);
    terms->parts[TERM_PHI0] = terms->phi0.parts;
    terms->parts[TERM_SIGMA] = 1;
    return status;
}

static void close_terms(struct terms *terms)
{
    d_close(&terms->d);
    b_close(&terms->b);
    pairs_close(&terms->pairs);
    composite_close(&terms->composite);
    phi0_close(&terms->phi0);
    sieving_primes_close(&terms->primes);
}

/* Says what the parts cost, so that the share that is done is about the share of the time. */
static yoke_status weigh_parts(struct terms *terms, const struct work *work)
{
    uint64_t left = 0;
    yoke_status status = YOKE_OK;
    for (uint64_t i = 0; i < work->chunks && status == YOKE_OK; i++) {
        left += cost_of(work->plan, i);
        status = cancel_look();
    }
    uint64_t spent = (uint64_t)(SETUP_COST * terms->gourdon->z);
    if (terms->costs > left + spent) /* the rest was spent before */
        spent = terms->costs - left;
    terms->costs = spent + left;
    if (work->progress)
        progress_begin(work->progress, spent, terms->costs);
    return status;
}

static yoke_status share_terms(yoke_server *server, struct terms *terms, struct progress *progress,
                               struct uint256 *total)
{
    struct terms *plan = terms;
    struct work work = {.name = "combinatorial sum",
                        .plan = &plan,
                        .open = open_worker,
                        .chunk = do_part,
                        .close = close_worker,
                        .progress = progress,
                        .cost = cost_of};
    for (int term = 0; term < TERMS; term++)
        work.chunks += terms->parts[term];
    struct totals totals = {0};
    yoke_status status = progress || terms->journal ? weigh_parts(terms, &work) : YOKE_OK;
    if (status != YOKE_OK)
        return status;
    status = share(server, &work, &totals);
    if (status == YOKE_CANCELLED && terms->journal)
        journal_save(terms->journal, save, terms);
    if (status != YOKE_OK)
        return status;
    const uint128 *of_b = terms->b.merge.before;
    *total = sigma_squares(terms->gourdon, of_b[B_WEIGHTS], of_b[B_SQUARES]);
    uint256_add(total, terms->sigma);
    uint256_add(total, terms->phi0.merge.sum);
    uint256_add(total, terms->pairs.merge.sum);
    uint256_add(total, terms->composite.merge.sum);
    uint256_add(total, terms->d.merge.sum);
    uint256_subtract(total, terms->b.merge.sum);
    return YOKE_OK;
}

static yoke_status refuse_record(void)
{
    return error_set(YOKE_SYSTEM, "the checkpoint holds part of a sum that this version of yoke "
                                  "does not know; start afresh under another name");
}

yoke_status gourdon_total(yoke_server *server, uint128 x, enum weight weight,
                          const struct kernels *kernels, struct gourdon_tuning tuning,
                          struct progress *progress, struct journal *journal, struct uint256 *total)
{
    struct gourdon gourdon;
    struct terms terms = {.gourdon = &gourdon, .journal = journal};
    struct record *saved = journal && journal->inside->count ? journal->inside : NULL;
    unsigned workers = server ? yoke_server_workers(server) : 1;
    yoke_status status = gourdon_open(&gourdon, x, weight, kernels, tuning, saved);
    if (status != YOKE_OK)
        return status;
    status = open_terms(&terms, workers ? workers : 1, saved);
    if (status == YOKE_OK && saved && (saved->failed || record_has_more(saved)))
        status = refuse_record();
    if (status == YOKE_OK)
        status = share_terms(server, &terms, progress, total);
    close_terms(&terms);
    gourdon_close(&gourdon);
    if (status == YOKE_OK && journal)
        journal_add(journal, *total);
    return status;
}
