/* A seeded storm of loops: stress_loops [seed] [loops] [rounds].
 *
 * Threads of the program and jobs of two servers call loops, reductions and scans of random sizes,
 * nested now and then, some with a body that fails, that waits for a job, or with a worker's state;
 * jobs are cancelled, and the servers resized and closed meanwhile. A loop that has ended well must
 * have done every number once, and a reduction or scan must have the bits that it has in the
 * calling thread alone; one that has not must say why, and leave its result alone. All states that
 * were opened must have been closed.
 *
 * A plain main() for ThreadSanitizer, as stress_server is. */
#define STRESS_NAME "stress_loops"
#include "stress.h"

#include <string.h>

#include "yoke/loop.h"

enum { CALLERS = 3, NUMBERS = 2000, WORKERS_MAX = 6 };

static yoke_server *servers[2];
static atomic_bool closing;      /* this round, or not */
static atomic_long states, left; /* open; and loops to go */
static double numbers[NUMBERS];

/* ---- bodies ---------------------------------------------------------------------------------- */

enum kind { PLAIN, FAILING, WAITING, NESTED, KINDS };

struct work {
    enum kind kind;
    yoke_server *server;
    uint64_t special; /* the number whose piece fails, waits or has a loop */
    bool alone;       /* without a server */
    bool may_end;     /* early, as its job may be cancelled, or the server closed */
    double prefix[NUMBERS];
    atomic_uchar done[NUMBERS];
};

static yoke_status nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    atomic_fetch_add(&progress, 1);
    return YOKE_OK;
}

static yoke_status wait_for_job(const struct work *work)
{
    yoke_task task = YOKE_TASK_INIT;
    yoke_job *job = NULL;
    task.kernel = nothing;
    yoke_status status = yoke_submit(work->server, &task, &job);
    if (status == YOKE_OK)
        status = yoke_job_wait(job, YOKE_FOREVER);
    yoke_job_release(job);
    return status;
}

static yoke_status count_up(const yoke_piece *piece, void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, (unsigned)(piece->hi - piece->lo));
    return YOKE_OK;
}

static yoke_status loop_inside(const struct work *work)
{
    atomic_uint count = 0;
    yoke_loop loop = YOKE_LOOP(0, 50, count_up, &count);
    loop.grain = work->special % 4;
    yoke_status status = yoke_parallel_for(work->server, &loop);
    REQUIRE(status != YOKE_OK || atomic_load(&count) == 50);
    return status;
}

static yoke_status do_special(const struct work *work)
{
    switch (work->kind) {
    case FAILING:
        return yoke_error_set(YOKE_SYSTEM, "number %u fails", (unsigned)work->special);
    case WAITING:
        return wait_for_job(work);
    case NESTED:
        return loop_inside(work);
    default:
        return YOKE_OK;
    }
}

static bool is_special(const struct work *work, const yoke_piece *piece)
{
    return piece->lo <= work->special && work->special < piece->hi;
}

static yoke_status mark(const yoke_piece *piece, void *argument)
{
    struct work *work = argument;
    REQUIRE(piece->lo < piece->hi && piece->hi <= NUMBERS && piece->worker < piece->workers);
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        atomic_fetch_add_explicit(&work->done[i], 1, memory_order_relaxed);
    return is_special(work, piece) ? do_special(work) : YOKE_OK;
}

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    struct work *work = argument;
    double *sum = piece->accumulator;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *sum += numbers[i];
    return is_special(work, piece) ? do_special(work) : YOKE_OK;
}

static yoke_status write_prefix(const yoke_piece *piece, void *argument)
{
    struct work *work = argument;
    double sum = *(double *)piece->accumulator;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        work->prefix[i] = sum += numbers[i];
    return YOKE_OK;
}

static yoke_status add_and_write(const yoke_piece *piece, void *argument)
{
    struct work *work = argument;
    double *sum = piece->accumulator, *before = piece->before;
    for (uint64_t i = piece->lo; i < piece->hi; i++) {
        *sum += numbers[i];
        work->prefix[i] = *before += numbers[i];
    }
    return is_special(work, piece) ? do_special(work) : YOKE_OK;
}

static void combine(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}

static yoke_status open_state(unsigned worker, void *argument, void **state)
{
    (void)worker, (void)argument;
    *state = malloc(1);
    atomic_fetch_add(&states, 1);
    return YOKE_OK;
}

static void close_state(void *state, void *argument)
{
    (void)argument;
    free(state);
    atomic_fetch_sub(&states, 1);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static const yoke_reduction sum_of = {
    .size = sizeof(yoke_reduction), .accumulator_size = sizeof(double), .combine = combine};

/* In the calling thread alone, of bodies that do nothing else. */
static void check_bits(const yoke_loop *loop, const struct work *work, double sum, bool scanned)
{
    static _Thread_local struct work twin;
    twin.kind = PLAIN;
    yoke_loop alone = YOKE_LOOP(loop->lo, loop->hi, add_up, &twin);
    double expected = 0;
    alone.grain = loop->grain;
    yoke_status status = scanned
                             ? yoke_parallel_scan(NULL, &alone, &sum_of, write_prefix, &expected)
                             : yoke_parallel_reduce(NULL, &alone, &sum_of, &expected);
    if (status == YOKE_CANCELLED && work->may_end)
        return; /* the job was, meanwhile */
    REQUIRE(status == YOKE_OK);
    REQUIRE(memcmp(&sum, &expected, sizeof sum) == 0);
    REQUIRE(!scanned || loop->lo >= loop->hi ||
            memcmp(&work->prefix[loop->lo], &twin.prefix[loop->lo],
                   (loop->hi - loop->lo) * sizeof *twin.prefix) == 0);
}

static void check_status(const struct work *work, const yoke_loop *loop, yoke_status status)
{
    bool fails = work->kind == FAILING && loop->lo <= work->special && work->special < loop->hi;
    if (status == YOKE_OK)
        REQUIRE(!fails);
    else if (status == YOKE_SYSTEM)
        REQUIRE(fails && strstr(yoke_last_error(), "fails"));
    else
        REQUIRE(work->may_end &&
                (status == YOKE_CANCELLED || status == YOKE_CLOSED || status == YOKE_TIMED_OUT));
    REQUIRE(status == YOKE_OK || yoke_last_error()[0]);
}

static void loop_over(const yoke_loop *given, struct work *work)
{
    yoke_loop loop = *given;
    loop.body = mark;
    memset(work->done, 0, sizeof work->done);
    yoke_status status = yoke_parallel_for(work->alone ? NULL : work->server, &loop);
    check_status(work, &loop, status);
    for (unsigned i = 0; i < NUMBERS; i++) {
        unsigned done = atomic_load_explicit(&work->done[i], memory_order_relaxed);
        bool inside = loop.lo <= i && i < loop.hi;
        REQUIRE(status == YOKE_OK ? done == inside : done <= inside);
    }
}

static void add_over(const yoke_loop *given, struct work *work, bool scanned)
{
    yoke_loop loop = *given;
    double sum = 0.5;
    loop.body = add_up;
    yoke_server *server = work->alone ? NULL : work->server;
    yoke_reduction reduction = sum_of;
    if (work->special % 2)
        reduction.add_and_write = add_and_write;
    yoke_status status = scanned ? yoke_parallel_scan(server, &loop, &reduction, write_prefix, &sum)
                                 : yoke_parallel_reduce(server, &loop, &reduction, &sum);
    check_status(work, &loop, status);
    if (status == YOKE_OK)
        check_bits(&loop, work, sum, scanned);
    else
        REQUIRE(sum == 0.5);
}

static void call_loop(uint64_t *random, struct work *work)
{
    yoke_loop loop = YOKE_LOOP(below(random, NUMBERS), below(random, NUMBERS), mark, work);
    loop.grain = below(random, 2) ? below(random, 40) : 0;
    loop.workers = below(random, 4);
    loop.priority = (int)below(random, 3) - 1;
    loop.time_limit = below(random, 50) ? 0 : 1000;
    if (!below(random, 3))
        loop.open = open_state, loop.close = close_state;
    work->kind = (enum kind)below(random, KINDS);
    work->special = below(random, NUMBERS);
    work->alone = !below(random, 8);
    work->may_end = work->may_end || loop.time_limit;
    switch (below(random, 3)) {
    case 0:
        loop_over(&loop, work);
        break;
    default:
        add_over(&loop, work, below(random, 2));
    }
    atomic_fetch_add(&progress, 1);
}

/* ---- jobs and threads ------------------------------------------------------------------------ */

static yoke_status loop_in_job(yoke_context *context, const void *argument, void *result)
{
    uint64_t random = *(const uint64_t *)argument;
    struct work *work = malloc(sizeof *work);
    (void)result;
    work->server = yoke_context_server(context);
    for (int i = 0; i < 3; i++) {
        work->may_end = true;
        if (!yoke_context_cancelled(context))
            call_loop(&random, work);
    }
    free(work);
    return YOKE_OK;
}

static bool submit_loops(uint64_t *random, yoke_server *server, yoke_job **job)
{
    uint64_t seed = next_random(random);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = loop_in_job;
    task.argument = &seed;
    task.argument_size = sizeof seed;
    task.priority = (int)below(random, 3) - 1;
    yoke_status status = yoke_submit(server, &task, job);
    REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
    return status == YOKE_OK;
}

static void wait_for_loops(uint64_t *random, yoke_job *job)
{
    if (!below(random, 3))
        REQUIRE(yoke_job_cancel(job) == YOKE_OK);
    REQUIRE(yoke_job_wait(job, YOKE_FOREVER) == YOKE_OK);
    yoke_job_release(job);
}

static void *call_loops(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    struct work *work = malloc(sizeof *work);
    while (atomic_fetch_sub(&left, 1) > 0) {
        yoke_server *server = servers[below(&random, 2)];
        yoke_job *job = NULL;
        if (below(&random, 2) && submit_loops(&random, server, &job))
            wait_for_loops(&random, job);
        work->server = server;
        work->may_end = atomic_load(&closing);
        call_loop(&random, work);
        if (!below(&random, 20)) {
            yoke_status status = yoke_server_resize(server, 1 + below(&random, WORKERS_MAX));
            REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
        }
        if (!below(&random, 50))
            nanosleep(&(struct timespec){0, below(&random, 300000)}, NULL);
    }
    free(work);
    return NULL;
}

static uint64_t run_round(uint64_t *random, unsigned loops, bool close_early)
{
    pthread_t threads[CALLERS];
    for (int i = 0; i < 2; i++) {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = 1 + below(random, WORKERS_MAX);
        REQUIRE(yoke_server_open(&options, &servers[i]) == YOKE_OK);
    }
    for (unsigned i = 0; i < NUMBERS; i++)
        numbers[i] = (double)next_random(random) / (double)(1 + next_random(random) % 100000);
    atomic_store(&left, (long)loops);
    atomic_store(&closing, close_early);
    for (unsigned i = 0; i < CALLERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, call_loops,
                               (void *)(uintptr_t)next_random(random)) == 0);
    while (close_early && atomic_load(&left) > (long)loops / 4)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    for (int i = 0; i < 2 && close_early; i++)
        REQUIRE(yoke_server_close(servers[i]) == YOKE_OK);
    for (unsigned i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        yoke_server_release(servers[i]);
    REQUIRE(atomic_load(&states) == 0);
    return loops;
}

int main(int count, char **arguments)
{
    stress_run(count, arguments, run_round, "every number once, and the same bits");
    return 0;
}
