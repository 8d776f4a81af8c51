/* A seeded storm over the job server: stress_server [seed] [jobs] [rounds].
 *
 * Threads submit a random mix of jobs: plain ones, failing ones, trees of jobs that submit and wait
 * for their children, jobs that wait for a job that runs elsewhere, jobs with OpenMP tasks, jobs
 * whose callback submits another; they wait, look and let go of handles in random order while the
 * server is resized, waited for and read; some are cancelled, queued or running. Rounds end by
 * closing the server, with jobs still queued in every other one. Then every job must have ended in
 * exactly one state, run at most once, called back exactly once, and the statistics must agree with
 * what the jobs themselves have counted.
 *
 * A plain main() for ThreadSanitizer, under which Criterion cannot run:
 *     make FLAVOUR=tsan CC=clang build/tsan/tests/stress/server
 *     OMP_TOOL_LIBRARIES=/usr/lib/llvm-14/lib/libarcher.so \
 *         TSAN_OPTIONS=ignore_noninstrumented_modules=1 build/tsan/tests/stress/server */
#define STRESS_NAME "stress_server"
#include "stress.h"

#include "yoke/group.h"
#include "yoke/statistics.h"

enum { SUBMITTERS = 3, HANDLES = 32, WORKERS_MAX = 6 };

/* ---- what is known of every job -------------------------------------------------------------- */

enum kind { PLAIN, FAILING, TREE, WAITING, TASKS, CHAIN, PATIENT, LIMITED, AFTER, KINDS };

struct record {
    atomic_uint runs, callbacks;
    atomic_uint state; /* at the callback */
    enum kind kind;
    yoke_job *other; /* WAITING: the job to wait for */
};

struct argument {
    struct record *record;
    unsigned value;
    unsigned depth;
};

static struct record *records;
static atomic_uint records_used;
static unsigned records_end;
static atomic_ulong nested_tasks_expected, nested_tasks_run;
static yoke_server *server;
static yoke_group *group;
static atomic_ulong retried;
static atomic_bool winding_down;
static uint64_t totals[YOKE_STATE_TIMED_OUT + 1]; /* jobs by the state they ended in */

/* ---- kernels --------------------------------------------------------------------------------- */

static yoke_status submit(enum kind kind, unsigned value, unsigned depth, yoke_job *other,
                          yoke_job **job);

static yoke_status run_tree(const struct argument *argument, unsigned *result)
{
    *result = argument->value;
    if (!argument->depth)
        return YOKE_OK;
    yoke_job *children[2] = {NULL, NULL};
    for (unsigned i = 0; i < 2; i++) {
        yoke_status status =
            submit(TREE, argument->value + i + 1, argument->depth - 1, NULL, &children[i]);
        REQUIRE(status == YOKE_OK || status == YOKE_CLOSED || status == YOKE_NO_MEMORY);
    }
    bool complete = children[0] && children[1];
    for (unsigned i = 0; i < 2; i++) {
        yoke_job *child = children[(i + argument->value) % 2];
        unsigned sum = 0;
        if (child && yoke_job_result(child, &sum, sizeof sum) != YOKE_OK) {
            REQUIRE(yoke_job_status(child) == YOKE_CANCELLED ||
                    yoke_job_status(child) == YOKE_CLOSED);
            complete = false;
        }
        *result += sum;
        yoke_job_release(child);
    }
    return complete ? YOKE_OK : YOKE_CLOSED;
}

static unsigned tree_sum(unsigned value, unsigned depth)
{
    return depth ? value + tree_sum(value + 1, depth - 1) + tree_sum(value + 2, depth - 1) : value;
}

static void run_tasks(unsigned count)
{
    atomic_fetch_add(&nested_tasks_expected, count);
    for (unsigned i = 0; i < count; i++) {
#pragma omp task
        atomic_fetch_add(&nested_tasks_run, 1);
    }
}

static yoke_status kernel(yoke_context *context, const void *bytes, void *result)
{
    const struct argument *argument = bytes;
    unsigned *answer = result;
    bool first = atomic_fetch_add(&argument->record->runs, 1) == 0;
    REQUIRE(first || (argument->record->kind == FAILING && yoke_context_try(context) > 1));
    REQUIRE(*answer == 0);
    *answer = argument->value;
    switch (argument->record->kind) {
    case FAILING:
        yoke_context_progress(context, argument->value, 1000);
        REQUIRE(yoke_context_print(context, "%u\n", argument->value) == YOKE_OK);
        if (!first)
            atomic_fetch_add(&retried, 1);
        if (argument->value % 6 == 5 && yoke_context_try(context) == 3)
            return YOKE_OK;
        return yoke_context_fail(context, YOKE_OVERFLOW, "failing %u", argument->value);
    case TREE:
        return run_tree(argument, answer);
    case WAITING:
        REQUIRE(yoke_job_wait(argument->record->other, YOKE_FOREVER) == YOKE_OK);
        return YOKE_OK;
    case LIMITED:
    case PATIENT: /* most are cancelled meanwhile */
        for (int i = 0; i < 10; i++) {
            if (yoke_context_cancelled(context))
                return argument->value % 2 ? YOKE_CANCELLED : YOKE_OK;
            nanosleep(&(struct timespec){0, 1000}, NULL);
        }
        return YOKE_OK;
    case TASKS:
        run_tasks(argument->value % 8 ? argument->value % 64 : 700);
        return YOKE_OK;
    default:
        return YOKE_OK;
    }
}

static yoke_status count_end(yoke_job *job, void *context)
{
    struct record *record = context;
    atomic_store(&record->state, yoke_job_state(job));
    REQUIRE(yoke_job_wait(job, YOKE_FOREVER) == YOKE_OK);
    if (record->kind == WAITING)
        yoke_job_release(record->other);
    atomic_fetch_add(&progress, 1);
    REQUIRE(atomic_fetch_add(&record->callbacks, 1) == 0);
    if (record->kind == CHAIN) {
        yoke_status status = submit(PLAIN, 1, 0, NULL, NULL);
        REQUIRE(status == YOKE_OK || status == YOKE_CLOSED || status == YOKE_NO_MEMORY);
        return YOKE_CANCELLED; /* an answer that must be counted and change nothing */
    }
    return YOKE_OK;
}

/* YOKE_NO_MEMORY: as many as were wanted have been submitted. */
static yoke_status submit(enum kind kind, unsigned value, unsigned depth, yoke_job *other,
                          yoke_job **job)
{
    unsigned index = atomic_fetch_add(&records_used, 1);
    if (index >= records_end) {
        atomic_fetch_sub(&records_used, 1);
        return YOKE_NO_MEMORY;
    }
    struct record *record = &records[index];
    record->kind = kind;
    record->other = other;
    struct argument argument = {record, value, depth};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.name = value % 3 ? NULL : "storm";
    task.argument = &argument;
    task.argument_size = sizeof argument;
    task.result_size = sizeof value;
    if (kind == LIMITED) {
        task.time_limit = 1 + value % 3 * 50000;
        task.deadline = value % 4 ? 1 + value * 300 : 0;
    }
    if (kind == FAILING)
        task.tries = value % 4;
    if (kind == AFTER) {
        task.after = &record->other;
        task.after_count = 1;
        task.after_failed = (yoke_after_policy)(value % 3);
    }
    task.callback = count_end;
    task.callback_context = record;
    return value % 5 ? yoke_submit(server, &task, job) : yoke_group_submit(group, &task, job);
}

/* ---- submitters ------------------------------------------------------------------------------ */

struct handle {
    yoke_job *job;
    enum kind kind;
    unsigned value, depth;
    bool cancelled;
};

static void check_answer(const struct handle *handle)
{
    unsigned answer = 0;
    yoke_status status = yoke_job_result(handle->job, &answer, sizeof answer);
    yoke_state state = yoke_job_state(handle->job);
    if (state == YOKE_STATE_DONE) {
        REQUIRE(status == YOKE_OK && (handle->kind != FAILING || handle->value % 6 == 5));
        REQUIRE(answer ==
                (handle->kind == TREE ? tree_sum(handle->value, handle->depth) : handle->value));
    } else if (state == YOKE_STATE_FAILED) {
        REQUIRE(status == YOKE_JOB_FAILED && yoke_job_message(handle->job)[0]);
        REQUIRE(handle->kind == FAILING || handle->kind == TREE || handle->kind == AFTER);
    } else if (state == YOKE_STATE_TIMED_OUT) {
        REQUIRE(status == YOKE_TIMED_OUT && handle->kind == LIMITED);
        REQUIRE(yoke_job_message(handle->job)[0]);
    } else {
        REQUIRE(state == YOKE_STATE_CANCELLED && status == YOKE_CANCELLED);
        REQUIRE(atomic_load(&winding_down) || handle->cancelled || handle->kind == TREE ||
                handle->kind == AFTER);
    }
}

static void let_go(struct handle *handle, uint64_t *random)
{
    if (!handle->job)
        return;
    if (handle->kind == PATIENT || !below(random, 8)) {
        handle->cancelled = true;
        REQUIRE(yoke_job_cancel(handle->job) == YOKE_OK);
    }
    if (below(random, 4))
        check_answer(handle);
    else if (below(random, 2))
        yoke_job_wait(handle->job, (yoke_duration)below(random, 50000));
    yoke_job_release(handle->job);
    handle->job = NULL;
}

/* Two jobs of which the second waits for the first, whose handle it gives back. */
static yoke_status submit_pair(struct handle *handle)
{
    yoke_job *first;
    yoke_status status = submit(TASKS, handle->value, 0, NULL, &first);
    if (status != YOKE_OK)
        return status;
    status = submit(WAITING, handle->value, 0, first, &handle->job);
    if (status != YOKE_OK)
        yoke_job_release(first);
    return status;
}

/* A job that comes after another of the thread's. */
static yoke_status submit_after(struct handle *handle, struct handle *handles, uint64_t *random)
{
    struct handle *other = &handles[below(random, HANDLES)];
    if (!other->job)
        handle->kind = PLAIN;
    return submit(handle->kind, handle->value, 0, other->job, &handle->job);
}

static yoke_status submit_one(struct handle *handle, struct handle *handles, uint64_t *random)
{
    handle->kind = (enum kind)below(random, KINDS);
    handle->cancelled = false;
    handle->value = below(random, 1000);
    handle->depth = below(random, 5);
    if (handle->kind == WAITING)
        return submit_pair(handle);
    if (handle->kind == AFTER)
        return submit_after(handle, handles, random);
    return submit(handle->kind, handle->value, handle->depth, NULL,
                  handle->kind == CHAIN && below(random, 2) ? NULL : &handle->job);
}

static void check_statistics(void)
{
    yoke_server_statistics now = {.size = sizeof now};
    REQUIRE(yoke_server_get_statistics(server, &now) == YOKE_OK);
    REQUIRE(now.submitted ==
            now.queued + now.running + now.done + now.failed + now.cancelled + now.timed_out);
    REQUIRE(now.running <= now.submitted && now.busy >= 0);
}

static void disturb(const struct handle *handles, uint64_t *random)
{
    switch (below(random, 60)) {
    case 0: {
        yoke_status status = yoke_server_resize(server, 1 + below(random, WORKERS_MAX));
        REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
        break;
    }
    case 1:
        yoke_server_wait(server, (yoke_duration)below(random, 2000000));
        break;
    case 2:
        check_statistics();
        break;
    case 4: {
        yoke_job *jobs[HANDLES];
        size_t count = 0, index = HANDLES;
        for (unsigned i = 0; i < HANDLES; i++)
            if (handles[i].job)
                jobs[count++] = handles[i].job;
        if (below(random, 2)) {
            if (yoke_wait_all(jobs, count, (yoke_duration)below(random, 1000000)) == YOKE_OK)
                REQUIRE(!count || yoke_job_state(jobs[count - 1]) >= YOKE_STATE_DONE);
        } else if (count && yoke_wait_any(jobs, count, YOKE_FOREVER, &index) == YOKE_OK) {
            REQUIRE(yoke_job_state(jobs[index]) >= YOKE_STATE_DONE);
        }
        break;
    }
    case 5:
        yoke_group_wait(group, (yoke_duration)below(random, 200000));
        break;
    case 3:
        nanosleep(&(struct timespec){0, below(random, 300000)}, NULL);
        break;
    }
}

static void *submit_many(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    struct handle handles[HANDLES] = {{0}};
    yoke_status status = YOKE_OK;
    while (status == YOKE_OK) {
        struct handle *handle = &handles[below(&random, HANDLES)];
        let_go(handle, &random);
        status = submit_one(handle, handles, &random);
        disturb(handles, &random);
    }
    REQUIRE(status == YOKE_NO_MEMORY || (status == YOKE_CLOSED && atomic_load(&winding_down)));
    for (unsigned i = 0; i < HANDLES; i++)
        let_go(&handles[i], &random);
    return NULL;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* What jobs say of themselves against what the server says. */
static void check_round(void)
{
    uint64_t counts[YOKE_STATE_TIMED_OUT + 1] = {0}, chains = 0, ended = 0;
    for (unsigned i = 0; i < atomic_load(&records_used); i++) {
        struct record *record = &records[i];
        if (!atomic_load(&record->callbacks)) {
            REQUIRE(atomic_load(&winding_down) && !atomic_load(&record->runs)); /* refused */
            continue;
        }
        unsigned state = atomic_load(&record->state);
        REQUIRE(state >= YOKE_STATE_DONE && state <= YOKE_STATE_TIMED_OUT);
        REQUIRE(atomic_load(&record->runs) == 1 || state >= YOKE_STATE_CANCELLED ||
                record->kind == FAILING || record->kind == AFTER);
        counts[state]++;
        chains += record->kind == CHAIN;
        ended++;
    }
    yoke_server_statistics now = {.size = sizeof now};
    REQUIRE(yoke_server_get_statistics(server, &now) == YOKE_OK);
    REQUIRE(now.queued == 0 && now.running == 0 && now.submitted == ended);
    REQUIRE(now.done == counts[YOKE_STATE_DONE] && now.failed == counts[YOKE_STATE_FAILED]);
    REQUIRE(now.timed_out == counts[YOKE_STATE_TIMED_OUT]);
    for (unsigned state = YOKE_STATE_DONE; state <= YOKE_STATE_TIMED_OUT; state++)
        totals[state] += counts[state];
    REQUIRE(now.cancelled == counts[YOKE_STATE_CANCELLED] && now.callbacks_failed == chains);
    REQUIRE(now.retried == atomic_exchange(&retried, 0));
    REQUIRE(atomic_load(&nested_tasks_run) == atomic_load(&nested_tasks_expected));
}

static uint64_t run_round(uint64_t *random, unsigned jobs, bool close_early)
{
    records = calloc(jobs, sizeof *records);
    REQUIRE(records);
    records_end = jobs;
    atomic_store(&records_used, 0);
    atomic_store(&winding_down, false);
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 1 + below(random, WORKERS_MAX);
    options.queue_capacity = below(random, 2) ? 1 + below(random, 100) : 0;
    REQUIRE(yoke_server_open(&options, &server) == YOKE_OK);
    REQUIRE(yoke_group_open(server, &group) == YOKE_OK);

    pthread_t threads[SUBMITTERS];
    for (unsigned i = 0; i < SUBMITTERS; i++) {
        void *seed = (void *)(uintptr_t)next_random(random);
        REQUIRE(pthread_create(&threads[i], NULL, submit_many, seed) == 0);
    }
    while (close_early && atomic_load(&records_used) < jobs / 2)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    if (close_early) {
        atomic_store(&winding_down, true);
        REQUIRE(yoke_server_close(server) == YOKE_OK);
    }
    for (unsigned i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    if (!close_early) {
        REQUIRE(yoke_group_wait(group, YOKE_FOREVER) == YOKE_OK);
        REQUIRE(yoke_server_wait(server, YOKE_FOREVER) == YOKE_OK);
        check_statistics();
        REQUIRE(yoke_server_close(server) == YOKE_OK);
    }
    check_round();
    yoke_group_release(group);
    yoke_server_release(server);
    uint64_t used = atomic_load(&records_used);
    free(records);
    return used;
}

int main(int count, char **arguments)
{
    stress_run(count, arguments, run_round, "counted once");
    printf("%llu done, %llu failed, %llu cancelled, %llu timed out\n",
           (unsigned long long)totals[YOKE_STATE_DONE],
           (unsigned long long)totals[YOKE_STATE_FAILED],
           (unsigned long long)totals[YOKE_STATE_CANCELLED],
           (unsigned long long)totals[YOKE_STATE_TIMED_OUT]);
    return 0;
}
