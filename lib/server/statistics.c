#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "outside.h"
#include "server_check.h"
#include "team.h"
#include "yoke/statistics.h"

struct counts {
    uint64_t ended[JOB_STATES], callbacks_failed, retried;
    int64_t busy;
};

/* Workers count for themselves, without a lock; what they have counted before a job is settled is
 * seen by everyone who saw it settled. */
static void add_worker(struct worker *worker, void *sum)
{
    struct counts *counts = sum;
    for (unsigned state = 0; state < JOB_STATES; state++)
        counts->ended[state] += atomic_load_explicit(&worker->ended[state], memory_order_acquire);
    counts->callbacks_failed +=
        atomic_load_explicit(&worker->callbacks_failed, memory_order_acquire);
    counts->retried += atomic_load_explicit(&worker->retried, memory_order_acquire);
    counts->busy += atomic_load_explicit(&worker->busy, memory_order_acquire);
}

static void add_engine(struct counts *counts, struct engine *engine)
{
    engine_each_worker(engine, add_worker, counts);
}

/* Of the row of that number of the engine outside; false beyond the last. */
static bool take_row(yoke_server *server, unsigned index, struct outside_node *row,
                     struct counts *counts)
{
    if (!outside_row(server, index, row))
        return false;
    *counts = (struct counts){.busy = row->busy};
    memcpy(counts->ended, row->ended, sizeof counts->ended);
    return true;
}

static uint64_t ended(const struct counts *counts)
{
    uint64_t sum = 0;
    for (unsigned state = 0; state < JOB_STATES; state++)
        sum += counts->ended[state];
    return sum;
}

/* The queue of the server with the lowest address above that of `queue`; NULL: there is none. */
static struct queue *next_queue(yoke_server *server, const struct queue *queue)
{
    struct yoke_executor *outside = atomic_load(&server->outside);
    struct queue *next = NULL;
    for (unsigned i = 0; i < server->nodes + 2; i++) {
        struct queue *other = i < server->nodes    ? &server->engines[i].queue
                              : i == server->nodes ? &server->held
                              : outside            ? &outside->queue
                                                   : NULL;
        if (other > queue && (!next || other < next))
            next = other;
    }
    return next;
}

/* Nothing is pushed, begins to run or ends unrun while all queues are frozen. So what has been
 * submitted and neither is queued nor has ended is running: no more jobs than there are threads at
 * work and blocked. */
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
        queue_freeze_hands(queue);
        queue_count(queue, &pushed, &waiting);
        *submitted += pushed;
        *queued += waiting;
        if (queue == last)
            break;
    }
    for (unsigned state = 0; state < JOB_STATES; state++)
        counts->ended[state] = atomic_load(&server->unrun[state]);
    for (unsigned node = 0; node < server->nodes; node++)
        add_engine(counts, &server->engines[node]);
    for (struct queue *queue = next_queue(server, NULL), *next; queue; queue = next) {
        next = queue == last ? NULL : next_queue(server, queue);
        queue_thaw_hands(queue);
        queue_thaw(queue);
    }
}

static unsigned engines_with_workers(yoke_server *server)
{
    unsigned count = 0;
    for (unsigned node = 0; node < server->nodes; node++)
        count += atomic_load(&server->engines[node].workers) > 0;
    return count;
}

static void collect(yoke_server *server, yoke_server_statistics *statistics)
{
    struct counts counts = {0};
    count_all(server, &counts, &statistics->submitted, &statistics->queued);
    statistics->done = counts.ended[YOKE_STATE_DONE];
    statistics->failed = counts.ended[YOKE_STATE_FAILED];
    statistics->cancelled = counts.ended[YOKE_STATE_CANCELLED];
    statistics->retried = counts.retried;
    statistics->timed_out = counts.ended[YOKE_STATE_TIMED_OUT];
    statistics->lost = counts.ended[YOKE_STATE_LOST];
    statistics->running = statistics->submitted - statistics->queued - ended(&counts);
    uint64_t away = outside_away(server); /* some may have begun since the counts were taken */
    away = away < statistics->running ? away : statistics->running;
    statistics->queued += away;
    statistics->running -= away;
    statistics->callbacks_failed = counts.callbacks_failed + atomic_load(&server->callbacks_failed);
    statistics->workers = yoke_server_workers(server);
    statistics->nodes = server->remote_only ? 0 : engines_with_workers(server);
    statistics->busy = counts.busy;
    struct outside_node row;
    for (unsigned i = 0; outside_row(server, i, &row); i++)
        statistics->busy += row.busy;
    int64_t closed = atomic_load(&server->closed);
    statistics->elapsed = (closed ? closed : os_now()) - server->opened;
}

yoke_status yoke_server_stats(yoke_server *server, yoke_server_statistics *statistics)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (!statistics || statistics->size != sizeof *statistics)
        return error_set(YOKE_INVALID, "statistics.size must be sizeof(yoke_server_statistics)");
    collect(server, statistics);
    return YOKE_OK;
}

/* ---- places ---------------------------------------------------------------------------------- */

static void copy_counts(yoke_place_statistics *statistics, const struct counts *counts)
{
    statistics->ended = ended(counts);
    statistics->done = counts->ended[YOKE_STATE_DONE];
    statistics->failed = counts->ended[YOKE_STATE_FAILED];
    statistics->cancelled = counts->ended[YOKE_STATE_CANCELLED];
    statistics->timed_out = counts->ended[YOKE_STATE_TIMED_OUT];
    statistics->lost = counts->ended[YOKE_STATE_LOST];
    statistics->retried = counts->retried;
    statistics->busy = counts->busy;
}

/* The nodes of this machine first, then those of the engine outside; false beyond the last. */
static bool collect_place(yoke_server *server, unsigned index, yoke_place_statistics *statistics)
{
    struct counts counts = {0};
    if (index < server->nodes) {
        struct engine *engine = &server->engines[index];
        add_engine(&counts, engine);
        snprintf(statistics->place, sizeof statistics->place, "numa:%u",
                 topology_node_index(server->topology, index));
        statistics->workers = server->remote_only ? 0 : atomic_load(&engine->workers);
    } else {
        struct outside_node row;
        if (!take_row(server, index - server->nodes, &row, &counts))
            return false;
        snprintf(statistics->place, sizeof statistics->place, "%s", row.name);
        statistics->workers = 0;
    }
    copy_counts(statistics, &counts);
    return true;
}

yoke_status yoke_server_place_stats(yoke_server *server, unsigned index,
                                    yoke_place_statistics *statistics)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (!statistics || statistics->size != sizeof *statistics)
        return error_set(YOKE_INVALID, "statistics.size must be sizeof(yoke_place_statistics)");
    if (!collect_place(server, index, statistics))
        return error_set(YOKE_INVALID, "there is no place %u", index);
    return YOKE_OK;
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

static void print_place(FILE *stream, const yoke_place_statistics *place)
{
    fprintf(stream, "{\"place\": \"%s\", ", place->place);
    print_count(stream, "workers", place->workers);
    print_count(stream, "ended", place->ended);
    print_count(stream, "done", place->done);
    print_count(stream, "failed", place->failed);
    print_count(stream, "cancelled", place->cancelled);
    print_count(stream, "timed_out", place->timed_out);
    print_count(stream, "lost", place->lost);
    print_count(stream, "retried", place->retried);
    decimal_print(stream, "\"busy_seconds\": %.9f}", (double)place->busy / 1e9);
}

yoke_status yoke_server_print_stats_json(yoke_server *server, FILE *stream)
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
    print_count(stream, "done", now.done);
    print_count(stream, "failed", now.failed);
    print_count(stream, "cancelled", now.cancelled);
    print_count(stream, "timed_out", now.timed_out);
    print_count(stream, "lost", now.lost);
    print_count(stream, "retried", now.retried);
    print_count(stream, "callbacks_failed", now.callbacks_failed);
    print_count(stream, "workers", now.workers);
    print_count(stream, "nodes", now.nodes);
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
    struct outside_node row;
    struct counts counts;
    for (unsigned node = 0; node < server->nodes; node++) {
        counts = (struct counts){0};
        add_engine(&counts, &server->engines[node]);
        if (!ended(&counts))
            continue;
        print_row(&counts, all_jobs, stream);
        fputs("local", stream);
        if (server->nodes > 1)
            fprintf(stream, " numa:%u", topology_node_index(server->topology, node));
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
    struct outside_node row;
    for (unsigned node = 0; node < server->nodes; node++)
        add_engine(&ran, &server->engines[node]);
    uint64_t jobs = ended(&ran);
    for (unsigned i = 0; take_row(server, i, &row, &counts); i++)
        jobs += ended(&counts);
    return jobs;
}

yoke_status yoke_server_print_stats(yoke_server *server, FILE *stream)
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
    bool some = now.failed || now.cancelled || now.timed_out || now.lost;
    if (some)
        fprintf(stream, "%" PRIu64 " failed, %" PRIu64 " cancelled", now.failed, now.cancelled);
    if (now.timed_out)
        fprintf(stream, ", %" PRIu64 " timed out", now.timed_out);
    if (now.lost)
        fprintf(stream, ", %" PRIu64 " lost", now.lost);
    if (some)
        fputc('\n', stream);
    return finish_printing(stream);
}
