/* Counts jobs while all queues are frozen, so that the numbers belong to one moment, and writes
 * them as JSON or in the table that Parallel Python prints. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/extensible.h"
#include "server/jobs/server_check.h"
#include "server/scheduler/executor.h"
#include "server/workers/team.h"
#include "topology/plan.h"
#include "yoke/statistics.h"

/* What a struct of statistics is to be when it is handed over. */
#define STATISTICS_START "{.size = sizeof ...}, all else zero"

struct counts {
    uint64_t ended[YOKE_STATES], callbacks_failed, retried, forked, stolen;
    int64_t busy;
};

/* Workers count for themselves, without a lock; a thread that saw a job settled also sees what was
 * counted before that. */
static void add_worker(struct worker *worker, void *sum)
{
    struct counts *counts = sum;
    for (unsigned state = 0; state < YOKE_STATES; state++)
        counts->ended[state] += atomic_load_explicit(&worker->ended[state], memory_order_acquire);
    counts->callbacks_failed +=
        atomic_load_explicit(&worker->callbacks_failed, memory_order_acquire);
    counts->retried += atomic_load_explicit(&worker->retried, memory_order_acquire);
    counts->forked += atomic_load_explicit(&worker->forked, memory_order_relaxed);
    counts->stolen += atomic_load_explicit(&worker->stolen, memory_order_relaxed);
    counts->busy += atomic_load_explicit(&worker->busy, memory_order_acquire);
}

static void add_scheduler(struct counts *counts, struct scheduler *scheduler)
{
    scheduler_each_worker(scheduler, add_worker, counts);
}

/* Copies the executor's row number `index` and its counts; false beyond the last. */
static bool take_row(yoke_server *server, unsigned index, struct executor_node *row,
                     struct counts *counts)
{
    if (!executor_row(server, index, row))
        return false;
    *counts = (struct counts){.busy = row->busy};
    memcpy(counts->ended, row->ended, sizeof counts->ended);
    return true;
}

static uint64_t ended(const struct counts *counts)
{
    uint64_t sum = 0;
    for (unsigned state = 0; state < YOKE_STATES; state++)
        sum += counts->ended[state];
    return sum;
}

/* The queue of the server with the lowest address above that of `queue`; NULL: there is none.
 * Queues are locked in the order of their addresses: see queue_freeze(). */
static struct queue *next_queue(yoke_server *server, const struct queue *queue)
{
    struct yoke_executor *executor = atomic_load(&server->executor);
    struct queue *next = NULL;
    for (unsigned i = 0; i < server->nodes + 2; i++) {
        struct queue *other = i < server->nodes    ? &server->schedulers[i].queue
                              : i == server->nodes ? &server->dependent
                              : executor           ? &executor->queue
                                                   : NULL;
        if (other > queue && (!next || other < next))
            next = other;
    }
    return next;
}

/* While all queues are frozen nothing is pushed, begins to run or ends without having started. So
 * jobs that were submitted, are not queued and have not ended are running: no more than there are
 * threads at work and blocked. */
static void count_all(yoke_server *server, struct counts *counts, uint64_t *submitted,
                      uint64_t *queued)
{
    *submitted = *queued = 0;
    struct queue *last = NULL;
    for (struct queue *queue = next_queue(server, NULL); queue; queue = next_queue(server, queue)) {
        queue_freeze(queue);
        last = queue;
    }
    for (struct queue *queue = next_queue(server, NULL); queue; queue = next_queue(server, queue)) {
        uint64_t pushed, waiting;
        queue_freeze_batches(queue);
        queue_count(queue, &pushed, &waiting);
        *submitted += pushed;
        *queued += waiting;
        if (queue == last)
            break;
    }
    for (unsigned state = 0; state < YOKE_STATES; state++)
        counts->ended[state] = atomic_load(&server->never_started[state]);
    for (unsigned node = 0; node < server->nodes; node++)
        add_scheduler(counts, &server->schedulers[node]);
    for (struct queue *queue = next_queue(server, NULL), *next; queue; queue = next) {
        next = queue == last ? NULL : next_queue(server, queue);
        queue_thaw_batches(queue);
        queue_thaw(queue);
    }
}

static unsigned schedulers_with_workers(yoke_server *server)
{
    unsigned count = 0;
    for (unsigned node = 0; node < server->nodes; node++)
        count += atomic_load(&server->schedulers[node].workers) > 0;
    return count;
}

/* Where the two structures count the jobs that ended in a state, and what JSON calls it. */
static const struct {
    const char *key;
    size_t server, place;
} fields[YOKE_STATES] = {
#define FIELD(name)                                                                                \
    {                                                                                              \
#name, offsetof(yoke_server_statistics, name), offsetof(yoke_place_statistics, name)       \
    }
    [YOKE_STATE_DONE] = FIELD(done),           [YOKE_STATE_FAILED] = FIELD(failed),
    [YOKE_STATE_CANCELLED] = FIELD(cancelled), [YOKE_STATE_TIMED_OUT] = FIELD(timed_out),
    [YOKE_STATE_LOST] = FIELD(lost),
#undef FIELD
};

static uint64_t *field(void *statistics, size_t offset)
{
    return (uint64_t *)(void *)((char *)statistics + offset);
}

static void collect(yoke_server *server, yoke_server_statistics *statistics)
{
    struct counts counts = {0};
    count_all(server, &counts, &statistics->submitted, &statistics->queued);
    for (unsigned state = YOKE_STATE_DONE; state < YOKE_STATES; state++)
        *field(statistics, fields[state].server) = counts.ended[state];
    statistics->retried = counts.retried;
    statistics->running = statistics->submitted - statistics->queued - ended(&counts);
    uint64_t away = executor_away(server); /* some may have begun since the counts were taken */
    away = away < statistics->running ? away : statistics->running;
    statistics->queued += away;
    statistics->running -= away;
    statistics->callbacks_failed = counts.callbacks_failed + atomic_load(&server->callbacks_failed);
    statistics->workers = yoke_server_workers(server);
    statistics->nodes = server->remote_only ? 0 : schedulers_with_workers(server);
    statistics->forked = counts.forked;
    statistics->stolen = counts.stolen;
    statistics->busy = counts.busy;
    struct executor_node row;
    for (unsigned i = 0; executor_row(server, i, &row); i++)
        statistics->busy += row.busy;
    int64_t closed = atomic_load(&server->closed);
    statistics->elapsed = (closed ? closed : os_now()) - server->opened;
}

yoke_status yoke_server_get_statistics(yoke_server *server, yoke_server_statistics *statistics)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    yoke_server_statistics now = {.size = sizeof now};
    collect(server, &now);
    return extensible_write(EXTENSIBLE(yoke_server_statistics, elapsed, STATISTICS_START),
                            statistics, &now);
}

/* ---- places ---------------------------------------------------------------------------------- */

static void copy_counts(yoke_place_statistics *statistics, const struct counts *counts)
{
    statistics->ended = ended(counts);
    for (unsigned state = YOKE_STATE_DONE; state < YOKE_STATES; state++)
        *field(statistics, fields[state].place) = counts->ended[state];
    statistics->retried = counts->retried;
    statistics->busy = counts->busy;
}

/* The nodes of this machine first, then those of the executor; false beyond the last. */
static bool collect_place(yoke_server *server, unsigned index, yoke_place_statistics *statistics)
{
    struct counts counts = {0};
    if (index < server->nodes) {
        struct scheduler *scheduler = &server->schedulers[index];
        add_scheduler(&counts, scheduler);
        snprintf(statistics->place, sizeof statistics->place, "numa:%u",
                 plan_node_index(server->topology, index));
        statistics->workers = server->remote_only ? 0 : atomic_load(&scheduler->workers);
    } else {
        struct executor_node row;
        if (!take_row(server, index - server->nodes, &row, &counts))
            return false;
        snprintf(statistics->place, sizeof statistics->place, "%s", row.name);
        statistics->workers = 0;
    }
    copy_counts(statistics, &counts);
    return true;
}

yoke_status yoke_server_get_place_statistics(yoke_server *server, unsigned index,
                                             yoke_place_statistics *statistics)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    yoke_place_statistics now = {.size = sizeof now};
    if (!collect_place(server, index, &now))
        return error_set(YOKE_INVALID, "there is no place %u", index);
    return extensible_write(EXTENSIBLE(yoke_place_statistics, busy, STATISTICS_START), statistics,
                            &now);
}

/* ---- printing -------------------------------------------------------------------------------- */

static yoke_status check_printing(const yoke_server *server, FILE *stream)
{
    yoke_status status = server_check(server);
    if (status == YOKE_OK && !stream)
        status = error_set(YOKE_INVALID, "stream is NULL; pass stdout or an open file");
    return status;
}

static yoke_status finish_printing(FILE *stream)
{
    if (fflush(stream) != 0 || ferror(stream))
        return error_set(YOKE_SYSTEM, "cannot write the statistics: %s", strerror(errno));
    return YOKE_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void print_count(FILE *stream, const char *name, uint64_t count)
{
    fprintf(stream, "\"%s\": %" PRIu64 ", ", name, count);
}

static void print_place(FILE *stream, yoke_place_statistics *place)
{
    fprintf(stream, "{\"place\": \"%s\", ", place->place);
    print_count(stream, "workers", place->workers);
    print_count(stream, "ended", place->ended);
    for (unsigned state = YOKE_STATE_DONE; state < YOKE_STATES; state++)
        print_count(stream, fields[state].key, *field(place, fields[state].place));
    print_count(stream, "retried", place->retried);
    decimal_print(stream, "\"busy_seconds\": %.9f}", (double)place->busy / 1e9);
}

yoke_status yoke_server_print_statistics_json(yoke_server *server, FILE *stream)
{
    yoke_status status = check_printing(server, stream);
    if (status != YOKE_OK)
        return status;
    yoke_server_statistics now = {.size = sizeof now};
    collect(server, &now);
    fputc('{', stream);
    print_count(stream, "submitted", now.submitted);
    print_count(stream, "queued", now.queued);
    print_count(stream, "running", now.running);
    for (unsigned state = YOKE_STATE_DONE; state < YOKE_STATES; state++)
        print_count(stream, fields[state].key, *field(&now, fields[state].server));
    print_count(stream, "retried", now.retried);
    print_count(stream, "callbacks_failed", now.callbacks_failed);
    print_count(stream, "workers", now.workers);
    print_count(stream, "nodes", now.nodes);
    print_count(stream, "forked", now.forked);
    print_count(stream, "stolen", now.stolen);
    decimal_print(stream, "\"busy_seconds\": %.9f, \"elapsed_seconds\": %.9f, \"places\": [",
                  (double)now.busy / 1e9, (double)now.elapsed / 1e9);
    yoke_place_statistics place = {.size = sizeof place};
    for (unsigned index = 0; collect_place(server, index, &place); index++) {
        fputs(index ? ", " : "", stream);
        print_place(stream, &place);
    }
    fputs("]}\n", stream);
    return finish_printing(stream);
}

/* ---- Parallel Python's table ----------------------------------------------------------------- */

static void print_row(const struct counts *counts, uint64_t all_jobs, FILE *stream)
{
    uint64_t jobs = ended(counts);
    double seconds = (double)counts->busy / 1e9;
    /* The counts may have grown since the total was taken. */
    double share = jobs < all_jobs ? 100.0 * (double)jobs / (double)all_jobs : 100.0;
    decimal_print(stream, "    %6" PRIu64 " |        %6.2f |     %8.4f |  %11.6f | ", jobs, share,
                  seconds, seconds / (double)jobs);
}

static void print_rows(yoke_server *server, uint64_t all_jobs, FILE *stream)
{
    struct executor_node row;
    struct counts counts;
    for (unsigned node = 0; node < server->nodes; node++) {
        counts = (struct counts){0};
        add_scheduler(&counts, &server->schedulers[node]);
        if (!ended(&counts))
            continue;
        print_row(&counts, all_jobs, stream);
        fputs("local", stream);
        if (server->nodes > 1)
            fprintf(stream, " numa:%u", plan_node_index(server->topology, node));
        fputc('\n', stream);
    }
    for (unsigned i = 0; take_row(server, i, &row, &counts); i++) {
        print_row(&counts, all_jobs, stream);
        fprintf(stream, "%s\n", row.name);
    }
}

static uint64_t ended_somewhere(yoke_server *server)
{
    struct counts ran = {0}, counts;
    struct executor_node row;
    for (unsigned node = 0; node < server->nodes; node++)
        add_scheduler(&ran, &server->schedulers[node]);
    uint64_t jobs = ended(&ran);
    for (unsigned i = 0; take_row(server, i, &row, &counts); i++)
        jobs += ended(&counts);
    return jobs;
}

/* A line for the jobs that ended otherwise than done, if there are any: those that failed or were
 * cancelled, and of the other ends those that occurred. */
static void print_unsuccessful(yoke_server_statistics *now, FILE *stream)
{
    uint64_t all = 0;
    for (unsigned state = YOKE_STATE_FAILED; state < YOKE_STATES; state++)
        all += *field(now, fields[state].server);
    for (unsigned state = YOKE_STATE_FAILED; all && state < YOKE_STATES; state++) {
        uint64_t jobs = *field(now, fields[state].server);
        if (jobs || state <= YOKE_STATE_CANCELLED)
            fprintf(stream, "%s%" PRIu64 " %s", state > YOKE_STATE_FAILED ? ", " : "", jobs,
                    yoke_state_text((yoke_state)state));
    }
    if (all)
        fputc('\n', stream);
}

yoke_status yoke_server_print_statistics(yoke_server *server, FILE *stream)
{
    yoke_status status = check_printing(server, stream);
    if (status != YOKE_OK)
        return status;
    yoke_server_statistics now = {.size = sizeof now};
    collect(server, &now);
    uint64_t all_jobs = ended_somewhere(server);
    fputs("Job execution statistics:\n"
          " job count | % of all jobs | job time sum | time per job | job server\n",
          stream);
    print_rows(server, all_jobs, stream);
    decimal_print(stream, "Time elapsed since server creation %.10g\n", (double)now.elapsed / 1e9);
    fprintf(stream, "%" PRIu64 " active tasks, %u cores\n", now.running, now.workers);
    print_unsuccessful(&now, stream);
    return finish_printing(stream);
}
