/* The numbers of workers, by which kernels find what is theirs. */
#include "base/os.h"
#include "with_server.h"

enum { WORKERS = 4, ROUNDS = 30, JOBS = 200 };

static struct {
    atomic_uint limit; /* of the numbers, as far as jobs are concerned that start now */
    atomic_int present[4 * WORKERS];
    atomic_int above, shared;
} seen;

/* Two of them at a time under one number, or one under a number that no worker has, would write
 * where they must not if each worker had a place in an array. */
static yoke_status look_at_number(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    unsigned limit = atomic_load(&seen.limit);
    unsigned number = yoke_context_worker(context);
    if (number >= limit)
        atomic_fetch_add(&seen.above, 1);
    if (number >= 4 * WORKERS)
        return YOKE_OK;
    if (atomic_fetch_add(&seen.present[number], 1) > 0)
        atomic_fetch_add(&seen.shared, 1);
    for (int i = 0; i < 200; i++)
        os_pause();
    atomic_fetch_sub(&seen.present[number], 1);
    return YOKE_OK;
}

static void check_numbers(const char *machine, const char *const *places, unsigned count)
{
    cr_assert_eq(setenv("HWLOC_SYNTHETIC", machine, 1), 0);
    yoke_server *server = open_server(WORKERS);
    unsetenv("HWLOC_SYNTHETIC");
    for (int round = 0; round < ROUNDS; round++) {
        unsigned workers = round % 3 ? WORKERS : WORKERS - 1;
        cr_assert_eq(yoke_server_resize(server, workers), YOKE_OK);
        atomic_store(&seen.limit, workers);
        for (unsigned i = 0; i < JOBS; i++) {
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = look_at_number;
            task.place = places[i % count];
            cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK, "%s", yoke_last_error());
        }
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    }
    yoke_server_release(server);
    cr_expect_eq(atomic_load(&seen.above), 0, "%d of %d jobs saw a number that no worker has",
                 atomic_load(&seen.above), ROUNDS * JOBS);
    cr_expect_eq(atomic_load(&seen.shared), 0, "%d shared one", atomic_load(&seen.shared));
}

TestSuite(numbers, .timeout = 60);

Test(numbers, are_below_the_number_of_workers)
{
    static const char *const places[] = {"core:0", "core:1", NULL, "core:2", "core:0-2", NULL};
    check_numbers("core:4 pu:1", places, 6);
}

Test(numbers, are_so_on_every_node)
{
    static const char *const places[] = {"core:0", "numa:1", NULL, "core:2", "core:1", "numa:0"};
    check_numbers("numa:2 core:2 pu:1", places, 6);
}

/* ---- after standing in ----------------------------------------------------------------------- */

static atomic_int part; /* of the play below that is on */

static void await_part(int number)
{
    while (atomic_load(&part) < number)
        nap(100000);
}

static yoke_status stay_until(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    await_part(*(const int *)argument);
    return YOKE_OK;
}

static yoke_status stand_in(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    atomic_store(&part, 1); /* so the only worker is blocked, and this one stands in */
    await_part(2);
    return YOKE_OK;
}

static yoke_status number_of(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    *(unsigned *)result = yoke_context_worker(context);
    return YOKE_OK;
}

/* Waits for a job that runs elsewhere, and comes back while another one has its number. When that
 * has ended, what it runs itself has a number that a worker has. */
static yoke_status come_back(yoke_context *context, const void *argument, void *result)
{
    yoke_server *server = yoke_context_server(context);
    yoke_job *elsewhere = *(yoke_job *const *)argument;
    yoke_job *substitute = submit(server, stand_in, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(elsewhere, YOKE_FOREVER), YOKE_OK);
    atomic_store(&part, 2);
    while (yoke_job_state(substitute) == YOKE_STATE_RUNNING)
        nap(100000);
    nap(20000000); /* until the stand-in has left */
    yoke_job_release(substitute);
    yoke_job *inside = submit(server, number_of, NULL, 0, sizeof(unsigned));
    yoke_status status = yoke_job_result(inside, result, sizeof(unsigned));
    yoke_job_release(inside);
    return status;
}

Test(numbers, are_below_it_in_jobs_inside_a_job_that_came_back)
{
    yoke_server *other = open_server(1), *server = open_server(1);
    yoke_job *elsewhere = submit(other, stay_until, &(int){1}, sizeof(int), 0);
    while (yoke_job_state(elsewhere) != YOKE_STATE_RUNNING)
        nap(100000);
    yoke_job *job = submit(server, come_back, &elsewhere, sizeof elsewhere, sizeof(unsigned));
    unsigned number;
    cr_assert_eq(yoke_job_result(job, &number, sizeof number), YOKE_OK);
    cr_assert_eq(number, 0);
    yoke_job_release(job);
    yoke_job_release(elsewhere);
    yoke_server_release(server);
    yoke_server_release(other);
}
