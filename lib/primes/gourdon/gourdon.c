/* A sum from its terms: their parts are shared by the workers of a server, progress is told, and
 * the journal kept. */
#include "gourdon.h"

#include <stdlib.h>

#include "base/error.h"
#include "primes/cancel.h"
#include "terms.h"
#include "yoke/loop.h"

struct run {
    const struct gourdon *gourdon;
    struct terms terms;
    uint64_t costs;            /* of all terms, from the beginning of the run, in nanoseconds    */
    struct progress *progress; /* or NULL                                                        */
    struct journal *journal;   /* or NULL                                                        */
};

static void close_worker(void *state, void *argument)
{
    (void)argument;
    terms_worker_close(state);
    free(state);
}

static yoke_status open_worker(unsigned number, void *argument, void **state)
{
    (void)number;
    struct terms_worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return error_set(YOKE_NO_MEMORY, "no memory for a worker");
    yoke_status status = terms_worker_open(worker);
    if (status == YOKE_OK)
        *state = worker;
    else
        close_worker(worker, argument);
    return status;
}

/* All terms go on where they were saved, each for itself. */
static void save(void *plan, struct record *record)
{
    struct run *run = plan;
    context_save(run->gourdon, record);
    record_add(record, run->costs);
    terms_save(&run->terms, record);
}

static yoke_status do_part(const yoke_piece *piece, void *argument)
{
    struct run *run = argument;
    yoke_status status = terms_part(&run->terms, piece->state, piece->lo);
    if (status == YOKE_OK && run->journal)
        journal_note(run->journal, save, run);
    if (status == YOKE_OK && run->progress)
        progress_add(run->progress, (uint64_t)terms_cost(&run->terms, piece->lo));
    return status;
}

/* Of a number up to z when all is made ready, in nanoseconds. */
#define SETUP_COST 3.5

/* Says what the parts cost, so that the share that is done is about the share of the time. */
static yoke_status weigh_parts(struct run *run, uint64_t parts)
{
    uint64_t left = 0;
    yoke_status status = YOKE_OK;
    for (uint64_t i = 0; i < parts && status == YOKE_OK; i++) {
        left += (uint64_t)terms_cost(&run->terms, i);
        status = cancel_look();
    }
    uint64_t spent = (uint64_t)(SETUP_COST * run->gourdon->z);
    if (run->costs > left + spent) /* the rest was spent before */
        spent = run->costs - left;
    run->costs = spent + left;
    if (run->progress)
        progress_begin(run->progress, spent, run->costs);
    return status;
}

static yoke_status share_parts(yoke_server *server, struct run *run)
{
    yoke_loop loop = YOKE_LOOP(0, terms_parts(&run->terms), do_part, run);
    loop.open = open_worker;
    loop.close = close_worker;
    loop.grain = 1;
    loop.in_order = true;
    yoke_status status = run->progress || run->journal ? weigh_parts(run, loop.hi) : YOKE_OK;
    if (status != YOKE_OK)
        return status;
    status = cancel_name(yoke_parallel_for(server, &loop));
    if (status == YOKE_CANCELLED && run->journal)
        journal_save(run->journal, save, run);
    return status;
}

static yoke_status open_terms(struct run *run, yoke_server *server, struct record *saved)
{
    unsigned workers = server ? yoke_server_workers(server) : 1; /* 0 once it is closed */
    run->costs = saved ? (uint64_t)record_take(saved, 1, UINT64_MAX) : 0;
    yoke_status status = terms_open(&run->terms, run->gourdon, workers ? workers : 1, saved);
    if (status == YOKE_OK && saved && (saved->failed || record_has_more(saved)))
        status = error_set(YOKE_SYSTEM,
                           "the checkpoint holds part of a sum that this version of yoke does not "
                           "know; start afresh under another name");
    return status;
}

yoke_status gourdon_total(yoke_server *server, uint128 x, enum weight weight, const struct isa *isa,
                          struct gourdon_tuning tuning, struct progress *progress,
                          struct journal *journal, struct uint256 *total)
{
    struct gourdon gourdon;
    struct run run = {.gourdon = &gourdon, .progress = progress, .journal = journal};
    struct record *saved = journal && journal->inside->count ? journal->inside : NULL;
    yoke_status status = context_open(&gourdon, x, weight, isa, tuning, saved);
    if (status != YOKE_OK)
        return status;
    status = open_terms(&run, server, saved);
    if (status == YOKE_OK)
        status = share_parts(server, &run);
    if (status == YOKE_OK)
        *total = terms_total(&run.terms);
    terms_close(&run.terms);
    context_close(&gourdon);
    if (status == YOKE_OK && journal)
        journal_add(journal, *total);
    return status;
}
