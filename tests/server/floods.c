/* Floods of quick jobs, which workers take by the handful. */
#include "with_server.h"

static yoke_status open_gate(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct gate *gate = *(struct gate *const *)argument;
    atomic_store(&gate->open, 1);
    return YOKE_OK;
}

/* Among quick jobs there is one that only ends after the next one has run: whoever has taken both
 * must let go of the other. */
Test(server_floods, lets_go_of_what_a_worker_has_in_its_batch, .timeout = 60)
{
    yoke_server *server = open_server(2);
    enum { ROUNDS = 300, QUICK = 400 };
    for (int round = 0; round < ROUNDS; round++) {
        struct gate gate = {0}, *pointer = &gate;
        yoke_task quick = YOKE_TASK_INIT, stuck = YOKE_TASK_INIT, key = YOKE_TASK_INIT;
        quick.kernel = nothing;
        stuck.kernel = wait_at_gate;
        key.kernel = open_gate;
        stuck.argument = key.argument = &pointer;
        stuck.argument_size = key.argument_size = sizeof pointer;
        for (int i = 0; i < QUICK; i++) {
            if (i == round) {
                cr_assert_eq(yoke_submit(server, &stuck, NULL), YOKE_OK);
                cr_assert_eq(yoke_submit(server, &key, NULL), YOKE_OK);
            }
            cr_assert_eq(yoke_submit(server, &quick, NULL), YOKE_OK);
        }
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    }
    cr_expect_eq(statistics_of(server).done, ROUNDS * (QUICK + 2));
    yoke_server_release(server);
}

/* The same with one worker, whose job takes the next one out of its batch and runs it. */
static yoke_status submit_flood_and_wait(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_server *server = yoke_context_server(context);
    yoke_task quick = YOKE_TASK_INIT;
    quick.kernel = nothing;
    yoke_job *jobs[100];
    for (int i = 0; i < 100; i++)
        if (yoke_submit(server, &quick, &jobs[i]) != YOKE_OK)
            return YOKE_JOB_FAILED;
    yoke_status status = YOKE_OK;
    for (int i = 99; i >= 0; i--) {
        status = status == YOKE_OK ? yoke_job_wait(jobs[i], YOKE_FOREVER) : status;
        yoke_job_release(jobs[i]);
    }
    return status;
}

Test(server_floods, jobs_wait_for_jobs_in_hands, .timeout = 60)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        yoke_task flood = YOKE_TASK_INIT;
        flood.kernel = submit_flood_and_wait;
        for (int i = 0; i < 300; i++)
            cr_assert_eq(yoke_submit(server, &flood, NULL), YOKE_OK);
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(statistics_of(server).done, 300 * 101);
        yoke_server_release(server);
    }
}

/* A long job with others right behind it, in a flood: whoever took them together with it must not
 * keep them while thousands overtake them. */
enum { LONG = 200, BEHIND = 30, ALL = 100000, OVERTAKE = 1000 };
static atomic_int begun;
static int orders[ALL];
static atomic_int waiting_behind;

static yoke_status note_order(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    int number = *(const int *)argument;
    orders[number] = atomic_fetch_add(&begun, 1);
    if (number > LONG && number <= LONG + BEHIND)
        atomic_fetch_sub(&waiting_behind, 1);
    while (number == LONG && atomic_load(&waiting_behind) && atomic_load(&begun) < ALL)
        nap(100000);
    return YOKE_OK;
}

Test(server_floods, a_long_job_holds_up_none_behind_it, .timeout = 60)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0};
    yoke_job *gates[2];
    for (int i = 0; i < 2; i++)
        gates[i] = submit_gate(server, &gate);
    await_arrivals(&gate, 2);
    atomic_store(&waiting_behind, BEHIND);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = note_order;
    task.argument_size = sizeof(int);
    for (int i = 0; i < ALL; i++) {
        task.argument = &i;
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    }
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    for (int i = LONG + 1; i <= LONG + BEHIND; i++)
        cr_assert_leq(orders[i] - i, OVERTAKE, "job %d was overtaken by %d", i, orders[i] - i);
    for (int i = 0; i < 2; i++)
        yoke_job_release(gates[i]);
    yoke_server_release(server);
}
