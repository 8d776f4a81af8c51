/* A loop inside a job gives way to jobs of higher priority, between pieces. */
#include <pthread.h>

#include "with_server.h"

TestSuite(server_give_way, .timeout = 120);

struct load {
    atomic_uint pieces; /* begun, of all loops */
    atomic_bool enough; /* the pieces that follow do nothing */
    atomic_uint urgent,
        most; /* urgent jobs that have run, and the most pieces that one saw begun */
    unsigned workers;
    atomic_uint loops; /* that have begun */
    pthread_mutex_t mutex;
    yoke_job *_Atomic loop;
};

static struct load *load_of(const void *argument)
{
    return *(struct load *const *)argument;
}

static void check_number(yoke_context *context, const struct load *load)
{
    cr_assert_lt(yoke_context_worker(context), load->workers);
}

static yoke_status short_piece(uint64_t lo, uint64_t hi, void *argument)
{
    struct load *load = argument;
    (void)lo, (void)hi;
    if (!atomic_load(&load->enough)) {
        atomic_fetch_add(&load->pieces, 1);
        nap(1000000);
    }
    return YOKE_OK;
}

enum { PIECES = 100000 };

/* Each worker is to have one: a worker that helps a loop leaves it for higher priorities alone, and
 * the loops that nobody has begun would wait for the end of that one. */
static yoke_status long_loop(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct load *load = load_of(argument);
    atomic_fetch_add(&load->loops, 1);
    while (atomic_load(&load->loops) < load->workers)
        nap(100000);
    return yoke_for_each(context, 0, PIECES, 1, short_piece, load);
}

static yoke_status see_pieces(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct load *load = load_of(argument);
    unsigned pieces = atomic_load(&load->pieces);
    check_number(context, load);
    atomic_store(&load->most, pieces);
    atomic_fetch_add(&load->urgent, 1);
    return YOKE_OK;
}

static yoke_job *submit_at(yoke_server *server, yoke_kernel kernel, struct load *load, int priority)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = &load;
    task.argument_size = sizeof load;
    task.priority = priority;
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void end_well(yoke_job *job)
{
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
}

static void await_pieces(struct load *load, unsigned count)
{
    while (atomic_load(&load->pieces) < count)
        nap(100000);
}

/* How many pieces begin between the submission of a job and its own beginning. */
static unsigned pieces_before(int loop_priority, int priority)
{
    struct load load = {.workers = 1};
    yoke_server *server = open_server(1);
    yoke_job *loop = submit_at(server, long_loop, &load, loop_priority);
    await_pieces(&load, 3);
    yoke_job *urgent = submit_at(server, see_pieces, &load, priority);
    unsigned pieces = atomic_load(&load.pieces);
    end_well(urgent);
    cr_assert_eq(yoke_job_state(loop), YOKE_STATE_RUNNING);
    atomic_store(&load.enough, true);
    end_well(loop);
    yoke_server_release(server);
    return load.most > pieces ? load.most - pieces : 0;
}

Test(server_give_way, after_the_piece_that_runs)
{
    cr_expect_leq(pieces_before(0, 1), 1);
    cr_expect_leq(pieces_before(YOKE_PRIORITY_MIN, YOKE_PRIORITY_MAX), 1);
    /* Plain jobs come in by the inbox. */
    cr_expect_leq(pieces_before(-1, 0), 1);
}

Test(server_give_way, not_to_jobs_of_the_same_priority_or_less)
{
    for (int priority = -1; priority <= 0; priority++) {
        struct load load = {.workers = 1};
        yoke_server *server = open_server(1);
        yoke_job *loop = submit_at(server, long_loop, &load, 0);
        await_pieces(&load, 3);
        yoke_job *other = submit_at(server, see_pieces, &load, priority);
        await_pieces(&load, atomic_load(&load.pieces) + 20);
        cr_expect_eq(yoke_job_state(other), YOKE_STATE_QUEUED);
        atomic_store(&load.enough, true);
        end_well(loop);
        end_well(other);
        yoke_server_release(server);
    }
}

/* Every worker in a loop of its own, and as many urgent jobs that all run at the same time. */
Test(server_give_way, on_all_workers)
{
    enum { WORKERS = 3 };
    struct load load = {.workers = WORKERS};
    struct gate gate = {0};
    yoke_server *server = open_server(WORKERS);
    yoke_job *loops[WORKERS], *urgent[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        loops[i] = submit_at(server, long_loop, &load, 0);
    await_pieces(&load, 2 * WORKERS);
    yoke_task task = YOKE_TASK_INIT;
    struct gate *pointer = &gate;
    task.kernel = wait_at_gate;
    task.argument = &pointer;
    task.argument_size = sizeof pointer;
    task.priority = 1;
    for (int i = 0; i < WORKERS; i++)
        cr_assert_eq(yoke_submit(server, &task, &urgent[i]), YOKE_OK);
    await_arrivals(&gate, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        cr_expect_eq(yoke_job_state(loops[i]), YOKE_STATE_RUNNING); /* not only once it had ended */
    atomic_store(&gate.open, true);
    for (int i = 0; i < WORKERS; i++)
        end_well(urgent[i]);
    atomic_store(&load.enough, true);
    for (int i = 0; i < WORKERS; i++)
        end_well(loops[i]);
    yoke_server_release(server);
}

/* ---- what urgent jobs may need of the loop --------------------------------------------------- */

static yoke_status await_loop(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct load *load = load_of(argument);
    yoke_job *loop = atomic_load(&load->loop);
    atomic_store(&load->enough, true);
    return yoke_job_wait(loop, YOKE_FOREVER);
}

Test(server_give_way, to_a_job_that_waits_for_the_loop)
{
    struct load load = {.workers = 1};
    yoke_server *server = open_server(1);
    yoke_job *loop = submit_at(server, long_loop, &load, 0);
    atomic_store(&load.loop, loop);
    await_pieces(&load, 2);
    end_well(submit_at(server, await_loop, &load, 1));
    cr_expect_eq(yoke_job_state(loop), YOKE_STATE_DONE);
    end_well(loop);
    yoke_server_release(server);
}

static yoke_status loop_with_mutex(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct load *load = load_of(argument);
    pthread_mutex_lock(&load->mutex);
    yoke_status status = yoke_for_each(context, 0, PIECES, 1, short_piece, load);
    pthread_mutex_unlock(&load->mutex);
    return status;
}

static yoke_status take_mutex(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct load *load = load_of(argument);
    atomic_store(&load->enough, true);
    pthread_mutex_lock(&load->mutex);
    pthread_mutex_unlock(&load->mutex);
    return YOKE_OK;
}

Test(server_give_way, to_a_job_that_needs_what_the_loop_holds)
{
    struct load load = {.workers = 1, .mutex = PTHREAD_MUTEX_INITIALIZER};
    yoke_server *server = open_server(1);
    yoke_job *loop = submit_at(server, loop_with_mutex, &load, 0);
    await_pieces(&load, 2);
    end_well(submit_at(server, take_mutex, &load, 1));
    end_well(loop);
    yoke_server_release(server);
}

/* ---- beside everything else ------------------------------------------------------------------ */

static yoke_status hasty_piece(uint64_t lo, uint64_t hi, void *argument)
{
    struct load *load = argument;
    (void)lo, (void)hi;
    atomic_fetch_add(&load->pieces, 1);
    return YOKE_OK;
}

static yoke_status hasty_loop(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct load *load = load_of(argument);
    return yoke_for_each(context, 0, 2000, 1, hasty_piece, load);
}

Test(server_give_way, in_a_flood_of_priorities_and_changes_of_workers)
{
    enum { JOBS = 2000 };
    static yoke_job *jobs[JOBS];
    struct load load = {.workers = 4};
    yoke_server *server = open_server(4);
    unsigned loops = 0;
    for (int i = 0; i < JOBS; i++) {
        loops += i % 3 == 0;
        jobs[i] = submit_at(server, i % 3 ? see_pieces : hasty_loop, &load, i % 5 - 2);
        if (i % 50 == 0)
            cr_assert_eq(yoke_server_resize(server, 1 + (unsigned)i / 50 % 4), YOKE_OK);
    }
    for (int i = 0; i < JOBS; i++)
        end_well(jobs[i]);
    cr_expect_eq(atomic_load(&load.urgent), JOBS - loops);
    cr_expect_eq(atomic_load(&load.pieces), 2000 * loops);
    yoke_server_release(server);
}
