/* yoke sum --cluster, yoke count --cluster: primes of an interval, found by the nodes. */
#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yoke/statistics.h>
#include <yoke/version.h>

#include "cli/interruption.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/status.h"
#include "cli/values.h"
#include "command.h"
#include "found.h"
#include "saved.h"

/* Pieces that the cluster has at a time, for each of its workers, and besides: so that no worker
 * waits for us, and little is in vain when we are killed. */
#define PIECES_A_WORKER 3
#define PIECES_BESIDES  16

/* Between two looks at what is done, between two counts of the workers, and between two writes of
 * the checkpoint; in seconds. */
#define LOOK_WAIT       0.2
#define WORKERS_WAIT    15
#define CHECKPOINT_WAIT 60

/* A node that dies is no fault of the job's: none is poison. */
#define DELIVERIES 1000

struct run {
    const struct arguments *arguments;
    bool count;
    yoke_algorithm algorithm;
    const char *name; /* of a run that outlives this program; or NULL */
    struct saved saved;
    struct pieces pieces;
    yoke_cluster *cluster;
    yoke_server *server; /* which has no workers: the nodes do the work */
    sigset_t signals;
    unsigned workers; /* of all nodes together */
    size_t sent, ended;
    double done, total; /* in what it costs */
    yoke_uint128 answer;
};

static struct whole whole_of(const struct run *run)
{
    return (struct whole){run->count, run->saved.lo, run->saved.hi, run->algorithm};
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void count_workers(const yoke_node_info *node, void *context)
{
    struct run *run = context;
    run->workers += node->workers;
}

/* False after a report. */
static bool submit(struct run *run, struct piece *piece)
{
    unsigned char argument[24];
    yoke_pack_u64(yoke_pack_u64(yoke_pack_u64(argument, piece->lo), piece->hi), run->algorithm);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = run->count ? "count_primes" : "sum_primes";
    task.kernel_version = 1;
    task.argument = argument;
    task.argument_size = sizeof argument;
    task.result_size = 16;
    task.deliveries = DELIVERIES;
    char key[YOKE_CLUSTER_KEY_MAX + 1];
    const struct whole whole = whole_of(run);
    found_key(key, &whole, piece);
    task.key = run->name ? key : NULL;
    yoke_status status = yoke_submit(run->server, &task, &piece->job);
    return status == YOKE_OK || (report_status(status), false);
}

static bool send_pieces(struct run *run, size_t *next)
{
    size_t most = (size_t)run->workers * PIECES_A_WORKER + PIECES_BESIDES;
    for (; *next < run->pieces.count && run->sent - run->ended < most; ++*next) {
        struct piece *piece = &run->pieces.first[*next];
        if (piece->done)
            continue;
        if (!submit(run, piece))
            return false;
        run->sent++;
    }
    return true;
}

static void add(struct run *run, struct piece *piece)
{
    run->answer = pieces_sum(run->answer, piece->total);
    run->done += piece->seconds;
}

static void let_go(struct piece *piece)
{
    yoke_job_release(piece->job);
    piece->job = NULL;
}

static bool collect(struct run *run, struct piece *piece)
{
    unsigned char bytes[16];
    if (yoke_job_result(piece->job, bytes, sizeof bytes) != YOKE_OK) {
        report_failure("[%llu, %llu): %s", (unsigned long long)piece->lo,
                       (unsigned long long)piece->hi, yoke_last_error());
        let_go(piece); /* the next run of the name tries once more */
        return false;
    }
    yoke_unpack_u128(bytes, &piece->total);
    if (!run->name)
        let_go(piece);
    piece->done = true;
    run->ended++;
    add(run, piece);
    return true;
}

/* Collects the pieces that have ended, from `*first`, the first that has not, up to `next`. */
static bool collect_ended(struct run *run, size_t *first, size_t next)
{
    for (size_t i = *first; i < next; i++) {
        struct piece *piece = &run->pieces.first[i];
        if (piece->job && !piece->done && yoke_job_state(piece->job) >= YOKE_STATE_DONE &&
            !collect(run, piece))
            return false;
    }
    while (*first < next && run->pieces.first[*first].done)
        ++*first;
    return true;
}

/* ---- the run --------------------------------------------------------------------------------- */

/* What is in the file need not be with the cluster. */
static void save(struct run *run)
{
    if (!run->saved.path)
        return;
    if (!saved_write(&run->saved, &run->pieces)) {
        report_failure("cannot write the checkpoint %.200s: %s; going on", run->saved.path,
                       strerror(errno));
        return;
    }
    for (size_t i = 0; i < run->pieces.count; i++) {
        if (run->pieces.first[i].done)
            let_go(&run->pieces.first[i]);
    }
}

static int await_signal(const struct run *run)
{
    const struct timespec none = {0, 0};
    int signal = sigtimedwait(&run->signals, NULL, &none);
    return signal > 0 ? signal : 0;
}

static int work(struct run *run, struct status *status)
{
    size_t first = 0, next = 0;
    double saved = omp_get_wtime(), asked = -WORKERS_WAIT;
    bool told = run->arguments->value[OPTION_QUIET];
    int signal = 0;
    while (first < run->pieces.count && !signal) {
        double now = omp_get_wtime();
        if (now - asked >= WORKERS_WAIT || run->workers == 0) {
            run->workers = 0;
            yoke_cluster_nodes(run->cluster, YOKE_SECONDS(0.2), count_workers, run);
            asked = now;
        }
        if (run->workers == 0 && !told) {
            report_failure("no node answers: waiting for one");
            told = true;
        }
        if (!send_pieces(run, &next))
            return EXIT_FAILURE;
        if (run->pieces.first[first].job)
            yoke_job_wait(run->pieces.first[first].job, YOKE_SECONDS(LOOK_WAIT));
        if (!collect_ended(run, &first, next))
            return EXIT_FAILURE;
        if (status)
            status_tell(run->done, run->total, status);
        if (now - saved >= CHECKPOINT_WAIT) {
            save(run);
            saved = now;
        }
        signal = await_signal(run);
    }
    return signal ? 128 + signal : EXIT_SUCCESS;
}

/* What is not done is not to be: nodes would work in vain. */
static void cancel_rest(struct run *run)
{
    for (size_t i = 0; i < run->pieces.count; i++) {
        if (run->pieces.first[i].job)
            yoke_job_cancel(run->pieces.first[i].job);
    }
}

static int join(struct run *run)
{
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    connect_options(run->arguments, &how);
    how.name = run->name;
    how.durable = run->name;
    interruption_signals(&run->signals);
    sigprocmask(SIG_BLOCK, &run->signals, NULL);
    yoke_status opened = yoke_cluster_open(&how, &run->cluster);
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.cluster = run->cluster;
    if (opened == YOKE_OK)
        opened = yoke_server_open(&options, &run->server);
    if (opened != YOKE_OK)
        return report_status(opened);
    const struct whole whole = whole_of(run);
    return run->name ? found_fit_in(run->server, &whole, &run->pieces) : EXIT_SUCCESS;
}

static int run_on_cluster(struct run *run)
{
    struct status line;
    bool quiet = run->arguments->value[OPTION_QUIET];
    bool shown = status_open(&line, run->arguments->value[OPTION_STATUS]) && !quiet &&
                 !run->arguments->value[OPTION_NO_PROGRESS];
    for (size_t i = 0; i < run->pieces.count; i++) {
        run->total += run->pieces.first[i].seconds;
        if (run->pieces.first[i].done)
            add(run, &run->pieces.first[i]);
    }
    if (run->arguments->value[OPTION_RESUME] && run->total > 0 && !quiet)
        report_failure("resuming from the checkpoint %.200s: %.1f %% of the work is done",
                       run->saved.path, 100 * run->done / run->total);
    int status = work(run, shown ? &line : NULL);
    status_close(&line);
    save(run);
    if (status > 128 && (run->saved.path || run->name) && !quiet)
        report_failure("ended by a signal (%s); the same command%s goes on from there",
                       strsignal(status - 128),
                       run->name || run->arguments->value[OPTION_RESUME] ? "" : " with --resume");
    if (status == EXIT_SUCCESS && run->arguments->value[OPTION_TIME] && !quiet)
        yoke_server_print_statistics(run->server, stderr);
    return status;
}

/* A run with a name that has not come to its end leaves everything to the next one. */
static void leave(struct run *run, int status)
{
    if (status != EXIT_SUCCESS && !run->name)
        cancel_rest(run);
    if (status == EXIT_SUCCESS)
        pieces_release(&run->pieces);
    yoke_server_release(run->server);
    yoke_cluster_release(run->cluster);
    if (status != EXIT_SUCCESS)
        pieces_release(&run->pieces);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* 2^64 itself fits no 64 bits, but below it and below 2^64 - 1 lie the same primes. */
static uint64_t bound_of(expression_integer number)
{
    return number > UINT64_MAX ? UINT64_MAX : (uint64_t)number;
}

static bool read_request(struct run *run)
{
    const struct arguments *arguments = run->arguments;
    const char *algorithm = arguments->value[OPTION_ALGORITHM];
    expression_integer lo = 0, hi = 0;
    if (arguments->operands < 1 || arguments->operands > 2) {
        report_usage("expected [START] STOP, as in: yoke sum --cluster 1e13 --algorithm=sieve");
        return false;
    }
    bool both = arguments->operands == 2;
    if ((both && !value_bound("START", arguments->operand[0], &lo)) ||
        !value_bound("STOP", arguments->operand[both], &hi) ||
        (algorithm && !value_algorithm(algorithm, &run->algorithm)))
        return false;
    run->name = arguments->value[OPTION_RUN];
    run->saved.path = arguments->value[OPTION_CHECKPOINT];
    if (arguments->value[OPTION_RESUME] && !run->saved.path) {
        report_usage("--resume needs --checkpoint=FILE, the file to go on from");
        return false;
    }
    if (hi > (expression_integer)UINT64_MAX + 1) {
        report_usage("the nodes of a cluster go up to 2^64; leave out --cluster to go beyond");
        return false;
    }
    run->saved.count = run->count;
    run->saved.lo = bound_of(lo);
    run->saved.hi = bound_of(hi);
    if (lo <= hi)
        return true;
    report_usage("START is above STOP; the interval is START <= p < STOP, so give the smaller one "
                 "first");
    return false;
}

static void print_answer(const struct run *run, double seconds)
{
    char text[3][YOKE_UINT128_TEXT_SIZE];
    yoke_uint128_text(run->answer, text[0]);
    yoke_uint128_text((yoke_uint128){run->saved.lo, 0}, text[1]);
    yoke_uint128_text((yoke_uint128){run->saved.hi, 0}, text[2]);
    if (run->arguments->value[OPTION_JSON]) {
        struct json json = {false};
        json_begin(&json, NULL, '{');
        json_text(&json, "command", run->count ? "count" : "sum");
        json_text(&json, "start", text[1]);
        json_text(&json, "stop", text[2]);
        json_text(&json, "result", text[0]);
        json_text(&json, "algorithm", value_algorithm_name(run->algorithm));
        json_value(&json, "pieces", "%zu", run->pieces.count);
        json_value(&json, "workers", "%u", run->workers);
        json_value(&json, "seconds", "%.6f", seconds);
        json_text(&json, "version", yoke_version());
        json_end(&json, '}');
        putchar('\n');
    } else {
        puts(text[0]);
    }
    fflush(stdout); /* before the cluster forgets it */
    if (run->arguments->value[OPTION_TIME] && !run->arguments->value[OPTION_QUIET])
        fprintf(stderr, "Seconds: %.3f\n", seconds);
}

/* One algorithm for all pieces: the one that is fastest for the whole. */
static yoke_status choose_algorithm(struct run *run)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    yoke_primes_plan plan;
    options.algorithm = run->algorithm;
    yoke_status status = yoke_plan_primes(1, run->saved.lo, run->saved.hi, &options, &plan);
    if (status == YOKE_OK)
        run->algorithm = plan.algorithm;
    return status;
}

static int command(const struct arguments *arguments, bool count)
{
    struct run run = {.arguments = arguments, .count = count, .saved.descriptor = -1};
    double began = omp_get_wtime();
    if (!read_request(&run))
        return EXIT_USAGE;
    yoke_status chosen = choose_algorithm(&run);
    if (chosen != YOKE_OK)
        return report_status(chosen);
    int status =
        saved_open(&run.saved, arguments->value[OPTION_RESUME], run.algorithm, &run.pieces);
    if (status == EXIT_SUCCESS)
        status = join(&run);
    if (status == EXIT_SUCCESS)
        status = run_on_cluster(&run);
    if (status == EXIT_SUCCESS)
        print_answer(&run, omp_get_wtime() - began);
    leave(&run, status);
    saved_close(&run.saved);
    return status;
}

int cluster_sum(const struct arguments *arguments)
{
    return command(arguments, false);
}

int cluster_count(const struct arguments *arguments)
{
    return command(arguments, true);
}
