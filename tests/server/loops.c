/* What pieces of loops may do: loops of their own, waits, cancels. */
#include "with_server.h"
#include "yoke/group.h"

TestSuite(server_loops, .timeout = 60);

/* ---- loops inside loops ---------------------------------------------------------------------- */

enum { PIECES = 6, DEPTH_MAX = 3 };

struct nest {
    yoke_context *context;
    unsigned depth; /* of the loops that are still to come */
    atomic_uint *pieces;
};

static yoke_status go_deeper(uint64_t lo, uint64_t hi, void *argument)
{
    const struct nest *outer = argument;
    struct nest inner = {outer->context, outer->depth - 1, outer->pieces};
    cr_assert_eq(hi, lo + 1);
    if (outer->depth)
        return yoke_for_each(outer->context, 0, PIECES, 1, go_deeper, &inner);
    atomic_fetch_add(outer->pieces, 1);
    return YOKE_OK;
}

static yoke_status nest_loops(yoke_context *context, const void *argument, void *result)
{
    struct nest nest = {context, *(const unsigned *)argument - 1, result};
    return yoke_for_each(context, 0, PIECES, 1, go_deeper, &nest);
}

Test(server_loops, a_piece_may_use_loops)
{
    static const unsigned workers[] = {1, 2, 4};
    for (int i = 0; i < 3; i++) {
        yoke_server *server = open_server(workers[i]);
        for (unsigned depth = 1, expected = PIECES; depth <= DEPTH_MAX; depth++, expected *= PIECES)
            for (int times = 0; times < 20; times++) {
                yoke_job *jobs[2]; /* so that both have helpers at times, and neither at others */
                for (int j = 0; j < 2; j++)
                    jobs[j] = submit(server, nest_loops, &depth, sizeof depth, sizeof(unsigned));
                for (int j = 0; j < 2; j++) {
                    unsigned pieces;
                    cr_assert_eq(yoke_job_result(jobs[j], &pieces, sizeof pieces), YOKE_OK);
                    cr_assert_eq(pieces, expected);
                    yoke_job_release(jobs[j]);
                }
            }
        yoke_server_release(server);
    }
}

/* ---- waiting in a piece ---------------------------------------------------------------------- */

static yoke_status wait_for_one(yoke_server *server, int value)
{
    yoke_job *job = submit(server, twice, &value, sizeof value, sizeof value);
    int result = 0;
    yoke_status status = yoke_job_result(job, &result, sizeof result);
    cr_assert_eq(result, 2 * value);
    yoke_job_release(job);
    return status;
}

static yoke_status wait_for_any(yoke_server *server, int value)
{
    yoke_job *jobs[3];
    size_t index = 3;
    for (int i = 0; i < 3; i++)
        jobs[i] = submit(server, twice, &value, sizeof value, sizeof value);
    yoke_status status = yoke_wait_any(jobs, 3, YOKE_FOREVER, &index);
    cr_assert_lt(index, 3);
    cr_assert_eq(yoke_job_state(jobs[index]), YOKE_STATE_DONE);
    if (status == YOKE_OK)
        status = yoke_wait_all(jobs, 3, YOKE_FOREVER);
    for (int i = 0; i < 3; i++)
        yoke_job_release(jobs[i]);
    return status;
}

static yoke_status wait_for_group(yoke_server *server, int value)
{
    yoke_group *group;
    yoke_job *jobs[3];
    yoke_task task = task_twice(&value);
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(yoke_group_submit(group, &task, &jobs[i]), YOKE_OK);
    yoke_status status = yoke_group_wait(group, YOKE_FOREVER);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(yoke_job_state(jobs[i]), YOKE_STATE_DONE);
        yoke_job_release(jobs[i]);
    }
    yoke_group_release(group);
    return status;
}

/* Its jobs end one way or the other. */
static yoke_status cancel_some(yoke_server *server, int value)
{
    yoke_job *jobs[3];
    for (int i = 0; i < 3; i++)
        jobs[i] = submit(server, twice, &value, sizeof value, sizeof value);
    yoke_status status = yoke_job_cancel(jobs[1]);
    if (status == YOKE_OK)
        status = yoke_wait_all(jobs, 3, YOKE_FOREVER);
    cr_assert_eq(yoke_job_state(jobs[0]), YOKE_STATE_DONE);
    cr_assert_geq(yoke_job_state(jobs[1]), YOKE_STATE_DONE);
    for (int i = 0; i < 3; i++)
        yoke_job_release(jobs[i]);
    return status;
}

struct waits {
    yoke_server *server;
    yoke_status (*wait)(yoke_server *server, int value);
    atomic_uint pieces;
};

static yoke_status wait_in_piece(uint64_t lo, uint64_t hi, void *argument)
{
    struct waits *waits = argument;
    (void)hi;
    atomic_fetch_add(&waits->pieces, 1);
    return waits->wait(waits->server, (int)lo);
}

static yoke_status wait_in_loop(yoke_context *context, const void *argument, void *result)
{
    struct waits *waits = *(struct waits *const *)argument;
    (void)result;
    return yoke_for_each(context, 0, 50, 1, wait_in_piece, waits);
}

Test(server_loops, a_piece_may_wait_and_cancel)
{
    static yoke_status (*const kinds[])(yoke_server *, int) = {wait_for_one, wait_for_any,
                                                               wait_for_group, cancel_some};
    static const unsigned workers[] = {1, 2, 4};
    for (int i = 0; i < 3; i++) {
        yoke_server *server = open_server(workers[i]);
        for (int kind = 0; kind < 4; kind++) {
            struct waits waits = {server, kinds[kind], 0}, *pointer = &waits;
            yoke_job *job = submit(server, wait_in_loop, &pointer, sizeof pointer, 0);
            cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
            cr_assert_eq(atomic_load(&waits.pieces), 50);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

/* ---- waiting for one's own job --------------------------------------------------------------- */

struct own {
    yoke_server *server;
    yoke_job *_Atomic job;
    atomic_uint arrived, refused;
    bool by_another; /* waits for a job that waits for it */
};

static yoke_status wait_for_argument(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    return yoke_job_wait(*(yoke_job *const *)argument, YOKE_FOREVER);
}

/* All pieces at the same time, and so on a thread each. */
static yoke_status wait_for_own_job(uint64_t lo, uint64_t hi, void *argument)
{
    struct own *own = argument;
    (void)lo, (void)hi;
    atomic_fetch_add(&own->arrived, 1);
    while (atomic_load(&own->arrived) < 2 || !atomic_load(&own->job))
        nap(10000);
    yoke_job *job = atomic_load(&own->job);
    yoke_status status;
    if (own->by_another) {
        yoke_job *another = submit(own->server, wait_for_argument, &job, sizeof job, 0);
        status = yoke_job_wait(another, YOKE_FOREVER);
        if (status == YOKE_OK)
            status = yoke_job_status(another);
        yoke_job_release(another);
    } else {
        status = yoke_job_wait(job, YOKE_FOREVER);
    }
    atomic_fetch_add(&own->refused, status == YOKE_DEADLOCK);
    return YOKE_OK;
}

static yoke_status loop_over_own_job(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    return yoke_for_each(context, 0, 2, 1, wait_for_own_job, *(struct own *const *)argument);
}

Test(server_loops, a_piece_cannot_wait_for_its_own_job_on_any_thread)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 20; i++) {
        struct own own = {.server = server, .by_another = i % 2}, *pointer = &own;
        yoke_job *job = submit(server, loop_over_own_job, &pointer, sizeof pointer, 0);
        atomic_store(&own.job, job);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        cr_assert_eq(atomic_load(&own.refused), 2);
        /* Where a piece is refused, the other job may still wait. */
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

static yoke_status cancel_own_job(uint64_t lo, uint64_t hi, void *argument)
{
    struct own *own = argument;
    (void)lo, (void)hi;
    while (!atomic_load(&own->job))
        nap(10000);
    atomic_fetch_add(&own->arrived, 1);
    return yoke_job_cancel(atomic_load(&own->job));
}

static yoke_status loop_until_it_cancels(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    return yoke_for_each(context, 0, 1000, 1, cancel_own_job, *(struct own *const *)argument);
}

Test(server_loops, a_piece_may_cancel_its_own_job)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        struct own own = {.server = server}, *pointer = &own;
        yoke_job *job = submit(server, loop_until_it_cancels, &pointer, sizeof pointer, 0);
        atomic_store(&own.job, job);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_CANCELLED);
        cr_assert_leq(atomic_load(&own.arrived), workers);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}
