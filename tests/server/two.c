/* Jobs of one server that wait for jobs of another. */
#include "with_server.h"

static yoke_server *servers[2];
static unsigned workers_of_each;

static void open_both(unsigned workers)
{
    workers_of_each = workers;
    for (int i = 0; i < 2; i++)
        servers[i] = open_server(workers);
}

static void release_both(void)
{
    for (int i = 0; i < 2; i++) {
        yoke_server_statistics now = statistics_of(servers[i]);
        cr_assert_eq(now.submitted, now.done);
        cr_assert_eq(now.queued + now.running, 0);
        yoke_server_release(servers[i]);
    }
}

/* How many kernels use each number. */
static atomic_int users[2][64];

static void use_number(yoke_context *context, bool inside)
{
    unsigned worker = yoke_context_worker(context);
    cr_assert(inside || worker < workers_of_each);
    atomic_int *mine = &users[yoke_context_server(context) == servers[1]][worker];
    cr_assert_eq(atomic_fetch_add(mine, 1), 0);
    nap(1000);
    cr_assert_eq(atomic_fetch_sub(mine, 1), 1);
}

struct way {
    int depth;
    bool inside;
};

static yoke_status hop(yoke_context *context, const void *argument, void *result)
{
    const struct way *way = argument;
    *(int *)result = 1;
    use_number(context, way->inside);
    if (!way->depth)
        return YOKE_OK;
    struct way next = {way->depth - 1, true};
    int below;
    yoke_job *job = submit(servers[next.depth % 2], hop, &next, sizeof next, sizeof below);
    yoke_status status = yoke_job_result(job, &below, sizeof below);
    *(int *)result += status == YOKE_OK ? below : 0;
    yoke_job_release(job);
    return status;
}

Test(server_two, a_chain_of_waits_between_them_is_as_deep_as_one_likes, .timeout = 60)
{
    const int depths[] = {7, 16, 1000};
    for (unsigned workers = 1; workers <= 4; workers += 3)
        for (int i = 0; i < 3; i++) {
            struct way way = {depths[i], false};
            int hops;
            open_both(workers);
            yoke_job *job = submit(servers[0], hop, &way, sizeof way, sizeof hops);
            cr_assert_eq(yoke_job_result(job, &hops, sizeof hops), YOKE_OK, "%s",
                         yoke_last_error());
            cr_assert_eq(hops, way.depth + 1);
            yoke_job_release(job);
            release_both();
        }
}

Test(server_two, many_such_chains_at_a_time, .timeout = 120)
{
    enum { CHAINS = 60 };
    for (unsigned workers = 1; workers <= 3; workers++) {
        open_both(workers);
        yoke_job *jobs[CHAINS];
        for (int i = 0; i < CHAINS; i++) {
            struct way way = {1 + i % 40, false};
            jobs[i] = submit(servers[i % 2], hop, &way, sizeof way, sizeof(int));
        }
        for (int i = 0; i < CHAINS; i++) {
            int hops;
            cr_assert_eq(yoke_job_result(jobs[i], &hops, sizeof hops), YOKE_OK, "%s",
                         yoke_last_error());
            cr_assert_eq(hops, 2 + i % 40);
            yoke_job_release(jobs[i]);
        }
        for (int i = 0; i < 2; i++)
            cr_assert_eq(yoke_server_wait(servers[i], YOKE_FOREVER), YOKE_OK);
        release_both();
    }
}

/* ---- dependent jobs and rings ---------------------------------------------------------------- */

static yoke_status wait_for(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    return yoke_job_wait(*(yoke_job *const *)argument, YOKE_FOREVER);
}

Test(server_two, a_wait_runs_what_a_job_of_the_other_comes_after, .timeout = 60)
{
    enum { ROUNDS = 300 };
    open_both(1);
    for (int round = 0; round < ROUNDS; round++) {
        yoke_job *jobs[3] = {submit(servers[1], nothing, NULL, 0, 0)};
        for (int i = 1; i < 3; i++) {
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = nothing;
            task.after = &jobs[i - 1];
            task.after_count = 1;
            cr_assert_eq(yoke_submit(servers[1], &task, &jobs[i]), YOKE_OK);
        }
        yoke_job *waits = submit(servers[0], wait_for, &jobs[2], sizeof jobs[2], 0);
        cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
        yoke_job_release(waits);
        for (int i = 0; i < 3; i++)
            yoke_job_release(jobs[i]);
    }
    for (int i = 0; i < 2; i++)
        cr_assert_eq(yoke_server_wait(servers[i], YOKE_FOREVER), YOKE_OK);
    release_both();
}

static yoke_job *_Atomic ring[2];
static atomic_int refused;

static yoke_status wait_for_other(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    int other = *(const int *)argument;
    while (!atomic_load(&ring[other]))
        nap(10000);
    yoke_status status = yoke_job_wait(atomic_load(&ring[other]), YOKE_FOREVER);
    cr_assert(status == YOKE_OK || status == YOKE_DEADLOCK);
    atomic_fetch_add(&refused, status == YOKE_DEADLOCK);
    return YOKE_OK;
}

Test(server_two, a_ring_between_them_is_broken, .timeout = 60)
{
    for (int round = 0; round < 200; round++) {
        open_both(1);
        atomic_store(&refused, 0);
        for (int i = 0; i < 2; i++)
            atomic_store(&ring[i], NULL);
        for (int i = 0; i < 2; i++)
            atomic_store(&ring[i],
                         submit(servers[i], wait_for_other, &(int){1 - i}, sizeof(int), 0));
        for (int i = 0; i < 2; i++)
            cr_assert_eq(yoke_job_result(ring[i], NULL, 0), YOKE_OK);
        for (int i = 0; i < 2; i++) /* now that neither waits for the other any more */
            yoke_job_release(ring[i]);
        cr_assert_geq(atomic_load(&refused), 1);
        for (int i = 0; i < 2; i++)
            cr_assert_eq(yoke_server_wait(servers[i], YOKE_FOREVER), YOKE_OK);
        release_both();
    }
}

/* The other server is closed and released as soon as its job has ended. */
Test(server_two, the_other_may_go_when_its_job_has_ended, .timeout = 60)
{
    yoke_server *stays = open_server(2);
    for (int round = 0; round < 100; round++) {
        yoke_server *goes = open_server(1);
        yoke_job *job = submit(goes, nothing, NULL, 0, 0);
        yoke_job *waits = submit(stays, wait_for, &job, sizeof(yoke_job *), 0);
        if (round % 2)
            cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        yoke_server_release(goes);
        cr_assert_eq(yoke_job_result(waits, NULL, 0), YOKE_OK, "%s", yoke_last_error());
        yoke_job_release(job);
        yoke_job_release(waits);
    }
    yoke_server_release(stays);
}
