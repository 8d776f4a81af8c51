/* All workers share a piece, and the checkpoint is written between two pieces. So the run is known
 * by a single number, however many workers there are, and nothing is written while they work. What
 * that costs is the end of each piece, where the last workers wait for each other: about half a
 * chunk in the many that a worker draws. */
#include "checkpointed_run.h"

#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "cancel.h"
#include "checkpoint.h"
#include "choose.h"
#include "isa/isa.h"
#include "journal.h"
#include "options.h"
#include "server/jobs/server_check.h"
#include "server/server.h"
#include "solver.h"

/* Short enough not to mind losing it. */
#define INTERVAL_DEFAULT YOKE_SECONDS(60)

/* Of a piece: long enough for its ends not to matter, and what a run loses that is cancelled. */
#define PIECE_MOST YOKE_SECONDS(10)

/* The width of the first piece for each worker, before anything is known of the machine: some
 * milliseconds. From piece to piece the width changes eightfold at most, since a short piece says
 * little about a long one. */
#define FIRST_WIDTH_SIEVE 1e8
#define FIRST_WIDTH_TRIAL 1e3
#define WIDTH_CHANGE      8

/* Before a piece come the primes among its cofactors, and its windows are cut to its length: at
 * 1e18, where the root is 1e9, the longest windows have 2e9 numbers, and so many numbers for each
 * unit of the root make ten of them. */
#define WIDTH_PER_ROOT 20.0

struct run {
    struct checkpoint now; /* what is done                                                       */
    struct checkpoint_file file;
    bool keeps_file;
    bool whole;    /* the interval is one piece: combinatorial sums know nothing of its parts    */
    double least;  /* width of a piece: below, its start would take longer than its work         */
    double width;  /* of the next piece                                                          */
    double wanted; /* how long a piece should take, in nanoseconds                               */
    struct solver solver;
    struct solver check; /* for the second pass                                                  */
    struct progress progress;
    struct journal journal; /* in the midst of a piece, where that is sums                       */
};

/* How each algorithm finds the primes, and how it is checked. */
static const enum route routes[][2] = {
    [YOKE_ALGORITHM_SIEVE] = {ROUTE_SIEVE, ROUTE_CHECK},
    [YOKE_ALGORITHM_TRIAL] = {ROUTE_TRIAL, ROUTE_SIEVE},
    [YOKE_ALGORITHM_COMBINATORIAL] = {ROUTE_COMBINATORIAL, ROUTE_COMBINATORIAL_CHECK},
};

static yoke_status choose(const struct run *run, yoke_server *server,
                          const yoke_primes_options *options, yoke_algorithm *algorithm)
{
    *algorithm = options->algorithm;
    if (run->now.sums.count || run->now.inside.count)
        *algorithm = YOKE_ALGORITHM_COMBINATORIAL; /* goes on with them                          */
    if (*algorithm != YOKE_ALGORITHM_AUTO)
        return YOKE_OK;
    struct costs costs;
    double seconds;
    const struct isa *isa;
    unsigned workers = server ? yoke_server_workers(server) : 1;
    yoke_status status = options_find_isa(options->isa, &isa);
    if (status != YOKE_OK)
        return status;
    choose_costs(&costs, unit_costs_of(isa->name), workers ? workers : 1, run->now.done,
                 run->now.stop);
    *algorithm = choose_algorithm(&costs, options, &seconds);
    return YOKE_OK;
}

static yoke_status open_solvers(struct run *run, yoke_server *server,
                                const yoke_primes_options *options, enum wanted wanted)
{
    yoke_algorithm algorithm;
    yoke_status status = choose(run, server, options, &algorithm);
    if (status != YOKE_OK)
        return status;
    run->whole = algorithm == YOKE_ALGORITHM_COMBINATORIAL;
    status = solver_open(&run->solver, routes[algorithm][0], options->isa, server, run->now.stop);
    if (status == YOKE_OK && options->double_check)
        status =
            solver_open(&run->check, routes[algorithm][1], options->isa, server, run->now.stop);
    if (status != YOKE_OK)
        return status;
    run->solver.wanted = run->check.wanted =
        options->checkpoint ? WANTED_COUNT | WANTED_SUM : wanted; /* the file has both           */
    if (options->checkpoint)
        run->solver.journal = run->check.journal = &run->journal;
    if (options->progress || options->checkpoint)
        run->solver.progress = run->check.progress =
            &run->progress; /* which also asks for chunks where one would do */
    return YOKE_OK;
}

/* A disk that is full now may not be so later, and the result needs no disk: the run goes on. */
static void write_checkpoint(void *context)
{
    struct run *run = context;
    if (run->keeps_file && checkpoint_write(&run->file, &run->now) != YOKE_OK)
        log_write(YOKE_LOG_WARNING, "%s; the run goes on", yoke_last_error());
}

/* What is left of a run may ask for another algorithm than the whole. */
static yoke_status open_checkpoint(struct run *run, yoke_server *server,
                                   const yoke_primes_options *options, enum wanted wanted)
{
    yoke_status status =
        checkpoint_open(&run->file, options->checkpoint, options->resume, &run->now);
    bool begun = run->now.done > run->now.start || run->now.sums.count || run->now.inside.count;
    if (status != YOKE_OK || !begun)
        return status;
    solver_close(&run->solver);
    solver_close(&run->check);
    return open_solvers(run, server, options, wanted);
}

static yoke_status start(struct run *run, yoke_server *server, const yoke_primes_options *options,
                         enum wanted wanted)
{
    yoke_status status = open_solvers(run, server, options, wanted);
    if (status != YOKE_OK)
        return status;
    bool trial = run->solver.route == ROUTE_TRIAL;
    run->progress.lo = (double)run->now.start;
    run->progress.hi = (double)run->now.stop;
    run->progress.steep = trial;
    run->progress.callback = options->progress;
    run->progress.context = options->progress_context;
    run->keeps_file = options->checkpoint;
    if (!run->keeps_file)
        return YOKE_OK;
    yoke_duration interval = options->checkpoint_interval;
    interval = interval ? interval : INTERVAL_DEFAULT;
    run->journal = (struct journal){.sums = &run->now.sums,
                                    .inside = &run->now.inside,
                                    .write = write_checkpoint,
                                    .context = run,
                                    .interval = interval};
    /* Half of it, so that the next piece may take twice as long as the last one promised. */
    run->wanted = (double)(interval / 2 < PIECE_MOST ? interval / 2 : PIECE_MOST);
    unsigned workers = server ? yoke_server_workers(server) : 1; /* 0 once it is closed */
    run->least = trial ? FIRST_WIDTH_TRIAL * workers : WIDTH_PER_ROOT * run->solver.root;
    run->width = trial ? run->least : FIRST_WIDTH_SIEVE * workers;
    run->width = run->width > run->least ? run->width : run->least;
    return open_checkpoint(run, server, options, wanted);
}

static uint128 end_of_piece(const struct run *run)
{
    uint128 rest = run->now.stop - run->now.done;
    if (!run->keeps_file || run->whole || run->width >= (double)rest)
        return run->now.stop;
    return run->now.done + (uint64_t)run->width;
}

static void adapt_width(struct run *run, double nanoseconds)
{
    double factor = nanoseconds > 0 ? run->wanted / nanoseconds : WIDTH_CHANGE;
    factor = factor > WIDTH_CHANGE ? WIDTH_CHANGE : factor;
    factor = factor < 1.0 / WIDTH_CHANGE ? 1.0 / WIDTH_CHANGE : factor;
    run->width = run->width * factor > run->least ? run->width * factor : run->least;
}

static yoke_status check_piece(struct run *run, uint128 end, const struct wide_totals *first)
{
    struct wide_totals second;
    run->progress.pass = 1;
    yoke_status status = solver_totals(&run->check, run->now.done, end, &second);
    if (status != YOKE_OK ||
        (uint256_equal(first->sum, second.sum) && first->count == second.count))
        return status;
    char bounds[2][YOKE_UINT128_TEXT_SIZE];
    char counts[2][YOKE_UINT128_TEXT_SIZE];
    char sums[2][YOKE_UINT256_TEXT_SIZE];
    return error_set(YOKE_SYSTEM,
                     "the double check of [%s, %s) failed: %s found %s primes with sum %s, %s %s "
                     "with sum %s; do not trust this machine before its memory is tested",
                     yoke_uint128_text(uint128_split(run->now.done), bounds[0]),
                     yoke_uint128_text(uint128_split(end), bounds[1]), solver_name(&run->solver),
                     yoke_uint128_text(uint128_split(first->count), counts[0]),
                     yoke_uint256_text(uint256_split(first->sum), sums[0]),
                     solver_name(&run->check),
                     yoke_uint128_text(uint128_split(second.count), counts[1]),
                     yoke_uint256_text(uint256_split(second.sum), sums[1]));
}

static yoke_status do_piece(struct run *run)
{
    int64_t began = os_now();
    struct wide_totals totals;
    uint128 end = end_of_piece(run);
    progress_start(&run->progress, run->now.done, end, run->now.double_check ? 2 : 1);
    journal_start(&run->journal);
    yoke_status status = solver_totals(&run->solver, run->now.done, end, &totals);
    if (status == YOKE_OK && run->now.double_check)
        status = check_piece(run, end, &totals);
    if (status != YOKE_OK)
        return status;
    record_clear(&run->now.sums);
    run->now.done = end;
    run->now.totals.count += totals.count;
    uint256_add(&run->now.totals.sum, totals.sum);
    adapt_width(run, (double)(os_now() - began));
    write_checkpoint(run);
    return YOKE_OK;
}

static yoke_status check_server(const yoke_server *server)
{
    yoke_status status = server ? server_check(server) : YOKE_OK;
    if (status == YOKE_OK && server && atomic_load(&server->phase) != SERVER_OPEN)
        status = server_check_refuse_closed();
    return status;
}

static yoke_status do_pieces(struct run *run, const yoke_server *server)
{
    yoke_status status = run->now.done < run->now.stop ? check_server(server) : YOKE_OK;
    if (status == YOKE_OK)
        progress_tell(&run->progress, run->now.done);
    while (status == YOKE_OK && run->now.done < run->now.stop)
        status = do_piece(run);
    if (status == YOKE_OK)
        progress_tell(&run->progress, run->now.stop);
    return status;
}

yoke_status checkpointed_run_totals(yoke_server *server, uint128 lo, uint128 hi,
                                    const yoke_primes_options *options, enum wanted wanted,
                                    struct wide_totals *totals)
{
    yoke_primes_options copy;
    yoke_status status = options_check(lo, hi, &options, &copy);
    if (status != YOKE_OK)
        return status;
    struct cancel_call call;
    cancel_enter(&call, options);
    struct run run = {
        .now = {.start = lo,
                .stop = hi > lo ? hi : lo,
                .algorithm = options->algorithm,
                .double_check = options->double_check,
                .done = lo},
        .file = {.descriptor = -1},
    };
    status = start(&run, server, options, wanted);
    if (status == YOKE_OK)
        status = do_pieces(&run, server);
    if (status == YOKE_OK)
        *totals = run.now.totals;
    if (status == YOKE_CANCELLED && run.keeps_file)
        checkpoint_tell(&run.file, "leaving behind", &run.now);
    checkpoint_close(&run.file);
    record_close(&run.now.sums);
    record_close(&run.now.inside);
    solver_close(&run.solver);
    solver_close(&run.check);
    cancel_leave(&call);
    return status;
}
