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
