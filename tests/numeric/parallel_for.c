/* Loops from anywhere: every number once, failures, cancelling, limits, state, nesting. */
#include <pthread.h>

#include "with_loop.h"
#include "yoke/task.h"

TestSuite(numeric_for, .timeout = 60);

enum { NUMBERS_MAX = 5000 };

struct visits {
    uint64_t lo, grain;
    atomic_uint of[NUMBERS_MAX], pieces, wrong;
};

static yoke_status visit(const yoke_piece *piece, void *argument)
{
    struct visits *visits = argument;
    atomic_fetch_add(&visits->pieces, 1);
    if (piece->hi <= piece->lo || (visits->grain && piece->hi - piece->lo > visits->grain) ||
        piece->worker >= piece->workers || piece->accumulator || yoke_piece_cancelled(piece))
        atomic_fetch_add(&visits->wrong, 1);
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        atomic_fetch_add(&visits->of[i - visits->lo], 1);
    return YOKE_OK;
}

static void check_visits(yoke_server *server, uint64_t lo, uint64_t count, uint64_t grain)
{
    static struct visits visits;
    memset(&visits, 0, sizeof visits);
    visits.lo = lo, visits.grain = grain;
    yoke_loop loop = YOKE_LOOP(lo, lo + count, visit, &visits);
    loop.grain = grain;
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(visits.wrong, 0);
    if (grain)
        cr_assert_eq(visits.pieces, count ? (count - 1) / grain + 1 : 0);
    for (uint64_t i = 0; i < NUMBERS_MAX; i++)
        cr_assert_eq(visits.of[i], i < count);
}

static void check_all_visits(yoke_server *server)
{
    static const uint64_t counts[] = {0, 1, 2, 63, 64, 65, 1000, NUMBERS_MAX};
    static const uint64_t grains[] = {0, 1, 7, 64, 4999, UINT64_MAX};
    static const uint64_t starts[] = {0, 12345, UINT64_MAX - NUMBERS_MAX};
    for (int c = 0; c < 8; c++)
        for (int g = 0; g < 6; g++)
            for (int s = 0; s < 3; s++)
                check_visits(server, starts[s], counts[c], grains[g]);
}

Test(numeric_for, visits_every_number_once)
{
    check_all_visits(NULL);
    for (unsigned workers = 1; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        check_all_visits(server);
        yoke_server_release(server);
    }
}

static yoke_status loop_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    check_all_visits(yoke_context_server(context));
    return YOKE_OK;
}

Test(numeric_for, visits_every_number_once_inside_a_job)
{
    yoke_server *server = open_server(3);
    yoke_job *job = submit(server, loop_in_job, NULL, 0, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
    yoke_job_release(job);
    yoke_server_release(server);
}

/* ---- help ------------------------------------------------------------------------------------ */

/* Pieces that wait for each other, which they should not: only with help does the loop end. They
 * are slow, so that it calls for help each time. */
static yoke_status meet(const yoke_piece *piece, void *argument)
{
    atomic_int *present = argument;
    nap(100000);
    atomic_fetch_add(present, 1);
    while (atomic_load(present) < (int)piece->workers)
        nap(10000);
    return YOKE_OK;
}

static yoke_status meet_on(yoke_server *server, unsigned workers)
{
    atomic_int present = 0;
    yoke_loop loop = YOKE_LOOP(0, workers, meet, &present);
    loop.grain = 1;
    return yoke_parallel_for(server, &loop);
}

static yoke_status meet_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    return meet_on(yoke_context_server(context), *(const unsigned *)argument);
}

Test(numeric_for, has_the_help_of_idle_workers)
{
    for (unsigned workers = 2; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 20; i++) {
            nap(i % 4 * 100000);
            cr_assert_eq(meet_on(server, workers), YOKE_OK);
            yoke_job *job = submit(server, meet_in_job, &workers, sizeof workers, 0);
            cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

static yoke_status note_worker(const yoke_piece *piece, void *argument)
{
    if (piece->worker || piece->workers != 1)
        atomic_fetch_add((atomic_uint *)argument, 1);
    return YOKE_OK;
}

Test(numeric_for, has_no_more_threads_than_asked)
{
    yoke_server *server = open_server(3);
    atomic_uint wrong = 0;
    yoke_loop loop = YOKE_LOOP(0, 100000, note_worker, &wrong);
    loop.workers = 1;
    loop.grain = 10;
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK);
    cr_assert_eq(wrong, 0);
    yoke_server_release(server);
}

/* ---- nesting --------------------------------------------------------------------------------- */

struct nest {
    yoke_server *server;
    unsigned depth;
    atomic_uint *pieces;
};

static yoke_status go_deeper(const yoke_piece *piece, void *argument)
{
    const struct nest *outer = argument;
    struct nest inner = {outer->server, outer->depth - 1, outer->pieces};
    yoke_loop loop = YOKE_LOOP(0, 6, go_deeper, &inner);
    loop.grain = 1;
    cr_assert_eq(piece->hi, piece->lo + 1);
    if (outer->depth)
        return yoke_parallel_for(outer->server, &loop);
    atomic_fetch_add(outer->pieces, 1);
    return YOKE_OK;
}

Test(numeric_for, a_piece_may_use_loops)
{
    for (unsigned workers = 1; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 20; i++) {
            atomic_uint pieces = 0;
            struct nest nest = {server, 3, &pieces};
            yoke_loop loop = YOKE_LOOP(0, 6, go_deeper, &nest);
            loop.grain = 1;
            cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK, "%s", yoke_last_error());
            cr_assert_eq(pieces, 6 * 6 * 6 * 6);
        }
        yoke_server_release(server);
    }
}

/* ---- ending early ---------------------------------------------------------------------------- */

static yoke_status fail_at_10(const yoke_piece *piece, void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
    return piece->lo == 10 ? yoke_error_set(YOKE_SYSTEM, "ten") : YOKE_OK;
}

Test(numeric_for, ends_with_the_first_failure)
{
    yoke_server *server = open_server(2);
    atomic_uint pieces = 0;
    yoke_loop loop = YOKE_LOOP(0, 100000000, fail_at_10, &pieces);
    loop.grain = 1;
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_SYSTEM);
    cr_assert_str_eq(yoke_last_error(), "ten");
    cr_assert_lt(pieces, 10000000);
    yoke_server_release(server);
}

static yoke_status endless(const yoke_piece *piece, void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
    while (!yoke_piece_cancelled(piece))
        nap(10000);
    return YOKE_CANCELLED;
}

static bool after_20(void *argument)
{
    return atomic_load((atomic_uint *)argument) >= 20;
}

static yoke_status count_slowly(const yoke_piece *piece, void *argument)
{
    (void)piece;
    atomic_fetch_add((atomic_uint *)argument, 1);
    nap(10000);
    return YOKE_OK;
}

Test(numeric_for, leaves_when_it_is_told)
{
    yoke_server *server = open_server(2);
    atomic_uint pieces = 0;
    yoke_loop loop = YOKE_LOOP(0, 1000000, count_slowly, &pieces);
    loop.grain = 1;
    loop.cancelled = after_20;
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_CANCELLED);
    cr_assert(strstr(yoke_last_error(), "end early"));
    cr_assert_leq(pieces, 22);
    yoke_server_release(server);
}

Test(numeric_for, leaves_when_its_time_is_over)
{
    yoke_server *server = open_server(2);
    atomic_uint pieces = 0;
    yoke_loop loop = YOKE_LOOP(0, 1000, endless, &pieces);
    loop.grain = 1;
    loop.time_limit = YOKE_MILLISECONDS(20);
    cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_TIMED_OUT);
    cr_assert(strstr(yoke_last_error(), "time limit"));
    cr_assert_leq(pieces, 2);
    yoke_server_release(server);
}

static yoke_status endless_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    yoke_loop loop = YOKE_LOOP(0, 1000, endless, *(atomic_uint *const *)argument);
    loop.grain = 1;
    yoke_status status = yoke_parallel_for(yoke_context_server(context), &loop);
    cr_assert_eq(status, YOKE_CANCELLED);
    return status;
}

Test(numeric_for, leaves_when_its_job_is_cancelled)
{
    yoke_server *server = open_server(2);
    atomic_uint pieces = 0, *pointer = &pieces;
    yoke_job *job = submit(server, endless_in_job, &pointer, sizeof pointer, 0);
    while (!atomic_load(&pieces))
        nap(10000);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    cr_assert_leq(pieces, 2);
    yoke_job_release(job);
    yoke_server_release(server);
}

struct inner {
    yoke_server *server;
    atomic_uint pieces;
};

/* The first fails once others are in their inner loops. */
static yoke_status fail_beside(const yoke_piece *piece, void *argument)
{
    struct inner *inner = argument;
    if (piece->lo == 0) {
        while (!atomic_load(&inner->pieces))
            nap(10000);
        return YOKE_SYSTEM;
    }
    yoke_loop loop = YOKE_LOOP(0, 1000, endless, &inner->pieces);
    loop.grain = 1;
    cr_assert_eq(yoke_parallel_for(inner->server, &loop), YOKE_CANCELLED);
    return YOKE_CANCELLED;
}

Test(numeric_for, leaves_when_the_loop_around_it_fails)
{
    struct inner inner = {.server = open_server(2)};
    yoke_loop loop = YOKE_LOOP(0, 2, fail_beside, &inner);
    loop.grain = 1;
    cr_assert_eq(yoke_parallel_for(inner.server, &loop), YOKE_SYSTEM);
    yoke_server_release(inner.server);
}

static void *close_server(void *argument)
{
    struct inner *inner = argument;
    while (!atomic_load(&inner->pieces))
        nap(10000);
    yoke_server_close(inner->server);
    return NULL;
}

Test(numeric_for, leaves_when_the_server_closes)
{
    struct inner inner = {.server = open_server(2)};
    yoke_loop loop = YOKE_LOOP(0, 1000, endless, &inner.pieces);
    pthread_t thread;
    loop.grain = 1;
    pthread_create(&thread, NULL, close_server, &inner);
    yoke_status status = yoke_parallel_for(inner.server, &loop);
    cr_assert_eq(status, YOKE_CLOSED);
    pthread_join(thread, NULL);
    cr_assert_eq(yoke_parallel_for(inner.server, &loop), YOKE_CLOSED);
    yoke_server_release(inner.server);
}

/* ---- waiting for all jobs -------------------------------------------------------------------- */

struct last_job {
    yoke_server *server;
    atomic_bool runs, waited;
};

static yoke_status take_a_while(yoke_context *context, const void *argument, void *result)
{
    struct last_job *last = *(struct last_job *const *)argument;
    (void)context, (void)result;
    atomic_store(&last->runs, true);
    nap(20000000);
    return YOKE_OK;
}

/* The calling thread waits for those that help; of these one runs the job itself, as a rule. */
static yoke_status run_last_job(const yoke_piece *piece, void *argument)
{
    struct last_job *last = argument;
    if (piece->worker) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = take_a_while;
        task.argument = &last;
        task.argument_size = sizeof last;
        cr_assert_eq(yoke_run(last->server, &task, NULL), YOKE_OK);
    }
    for (int i = 0; i < 1000 && !atomic_load(&last->waited); i++)
        nap(1000000);
    return YOKE_OK;
}

static void *wait_for_last_job(void *argument)
{
    struct last_job *last = argument;
    while (!atomic_load(&last->runs))
        nap(100000);
    cr_expect_eq(yoke_server_wait(last->server, YOKE_SECONDS(20)), YOKE_OK);
    atomic_store(&last->waited, true);
    return NULL;
}

/* And before the loop has ended, which is no job. */
Test(numeric_for, a_wait_for_all_jobs_sees_those_that_helpers_run)
{
    for (int i = 0; i < 10; i++) {
        struct last_job last = {.server = open_server(2)};
        yoke_loop loop = YOKE_LOOP(0, 2, run_last_job, &last);
        pthread_t thread;
        loop.grain = 1;
        cr_assert_eq(pthread_create(&thread, NULL, wait_for_last_job, &last), 0);
        cr_assert_eq(yoke_parallel_for(last.server, &loop), YOKE_OK);
        bool ran = atomic_exchange(&last.runs, true); /* not so if nobody came to help */
        cr_expect(!ran || atomic_load(&last.waited), "nobody told who waited");
        pthread_join(thread, NULL);
        yoke_server_release(last.server);
    }
}

/* ---- state ----------------------------------------------------------------------------------- */

struct states {
    atomic_uint open, opened, busy[8], wrong, fails;
};

struct state {
    struct states *all;
    unsigned worker;
};

static yoke_status open_state(unsigned worker, void *argument, void **state)
{
    struct states *states = argument;
    if (atomic_load(&states->fails))
        return yoke_error_set(YOKE_NO_MEMORY, "no state");
    struct state *mine = malloc(sizeof *mine);
    *mine = (struct state){states, worker};
    atomic_fetch_add(&states->open, 1);
    atomic_fetch_add(&states->opened, 1);
    *state = mine;
    return YOKE_OK;
}

static void close_state(void *state, void *argument)
{
    struct states *states = argument;
    atomic_fetch_sub(&states->open, 1);
    free(state);
}

static yoke_status use_state(const yoke_piece *piece, void *argument)
{
    struct states *states = argument;
    const struct state *state = piece->state;
    if (state->worker != piece->worker || atomic_fetch_add(&states->busy[piece->worker], 1))
        atomic_fetch_add(&states->wrong, 1);
    for (volatile unsigned i = 0; i < 100;)
        i = i + 1;
    atomic_fetch_sub(&states->busy[piece->worker], 1);
    return YOKE_OK;
}

Test(numeric_for, each_worker_has_a_state_of_its_own)
{
    yoke_server *server = open_server(4);
    for (int i = 0; i < 200; i++) {
        static struct states states;
        memset(&states, 0, sizeof states);
        yoke_loop loop = YOKE_LOOP(0, 1000, use_state, &states);
        loop.open = open_state, loop.close = close_state;
        loop.grain = 1 + (uint64_t)i % 20;
        cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK);
        cr_assert_eq(states.wrong, 0);
        cr_assert_eq(states.open, 0);
        cr_assert(states.opened >= 1 && states.opened <= 8);
        states.fails = 1;
        cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_NO_MEMORY);
        cr_assert_str_eq(yoke_last_error(), "no state");
    }
    yoke_server_release(server);
}

/* ---- refusals -------------------------------------------------------------------------------- */

Test(numeric_for, refuses_what_cannot_be)
{
    atomic_uint count = 0;
    yoke_loop good = YOKE_LOOP(0, 10, count_slowly, &count), loop = good;
    cr_assert_eq(yoke_parallel_for(NULL, NULL), YOKE_INVALID);
    loop.body = NULL;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    loop = good, loop.size = 5;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    loop = good, loop.priority = YOKE_PRIORITY_MAX + 1;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    loop = good, loop.time_limit = -1;
    cr_assert_eq(yoke_parallel_for(NULL, &loop), YOKE_INVALID);
    cr_assert_eq(count, 0);
    cr_assert_eq(yoke_parallel_for(NULL, &good), YOKE_OK);
}
