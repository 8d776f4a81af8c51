/* Waiting for any or all of several jobs. */
#include "with_server.h"

enum { JOBS = 5 };

struct gates {
    struct gate gates[JOBS];
    yoke_job *jobs[JOBS];
};

static void submit_gates(yoke_server *server, struct gates *gates)
{
    *gates = (struct gates){0};
    for (int i = 0; i < JOBS; i++)
        gates->jobs[i] = submit_gate(server, &gates->gates[i]);
}

static void open_gates(struct gates *gates)
{
    for (int i = 0; i < JOBS; i++)
        atomic_store(&gates->gates[i].open, 1);
}

static void release_gates(struct gates *gates)
{
    for (int i = 0; i < JOBS; i++)
        yoke_job_release(gates->jobs[i]);
}

Test(server_wait_many, any_tells_which_job_has_ended, .timeout = 20)
{
    yoke_server *server = open_server(JOBS);
    for (int first = 0; first < JOBS; first++) {
        struct gates gates;
        submit_gates(server, &gates);
        size_t index = 99;
        cr_assert_eq(yoke_wait_any(gates.jobs, JOBS, 0, &index), YOKE_TIMED_OUT);
        cr_assert_eq(yoke_wait_any(gates.jobs, JOBS, YOKE_MILLISECONDS(1), &index), YOKE_TIMED_OUT);
        cr_assert_eq(index, 99, "untouched");
        atomic_store(&gates.gates[first].open, 1);
        cr_assert_eq(yoke_wait_any(gates.jobs, JOBS, YOKE_FOREVER, &index), YOKE_OK);
        cr_assert_eq(index, (size_t)first);
        cr_assert_eq(yoke_wait_any(gates.jobs, JOBS, 0, NULL), YOKE_OK, "again, at once");
        open_gates(&gates);
        cr_assert_eq(yoke_wait_all(gates.jobs, JOBS, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(yoke_wait_any(gates.jobs, JOBS, 0, &index), YOKE_OK);
        cr_assert_eq(index, 0, "the first of those that have ended");
        release_gates(&gates);
    }
    yoke_server_release(server);
}

Test(server_wait_many, all_waits_for_the_last, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gates gates;
    submit_gates(server, &gates);
    for (int i = 0; i < JOBS - 1; i++)
        atomic_store(&gates.gates[i].open, 1);
    cr_assert_eq(yoke_wait_all(gates.jobs, JOBS, YOKE_MILLISECONDS(20)), YOKE_TIMED_OUT);
    cr_assert_eq(yoke_wait_all(gates.jobs, JOBS - 1, YOKE_FOREVER), YOKE_OK);
    open_gates(&gates);
    cr_assert_eq(yoke_wait_all(gates.jobs, JOBS, YOKE_FOREVER), YOKE_OK);
    for (int i = 0; i < JOBS; i++)
        cr_assert_eq(yoke_job_state(gates.jobs[i]), YOKE_STATE_DONE);
    release_gates(&gates);
    yoke_server_release(server);
}

Test(server_wait_many, wrong_arguments_are_refused, .timeout = 20)
{
    yoke_job *none = NULL;
    cr_assert_eq(yoke_wait_any(NULL, 0, 0, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_wait_any(NULL, 1, 0, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_wait_any(&none, 1, 0, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_wait_any(&none, 1, -5, NULL), YOKE_INVALID);
    cr_assert_eq(yoke_wait_all(&none, 1, 0), YOKE_INVALID);
    cr_assert_eq(yoke_wait_all(NULL, 0, 0), YOKE_OK);
}

/* ---- inside jobs ----------------------------------------------------------------------------- */

static yoke_status wait_for_children(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    yoke_server *server = yoke_context_server(context);
    yoke_job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit(server, twice, &i, sizeof i, sizeof i);
    size_t index = JOBS;
    cr_assert_eq(yoke_wait_any(jobs, JOBS, YOKE_FOREVER, &index), YOKE_OK);
    cr_assert_lt(index, (size_t)JOBS);
    cr_assert_eq(yoke_job_state(jobs[index]), YOKE_STATE_DONE);
    cr_assert_eq(yoke_wait_all(jobs, JOBS, YOKE_FOREVER), YOKE_OK);
    for (int i = 0, value; i < JOBS; i++) {
        cr_assert_eq(yoke_job_result(jobs[i], &value, sizeof value), YOKE_OK);
        *(int *)result += value;
        yoke_job_release(jobs[i]);
    }
    return YOKE_OK;
}

Test(server_wait_many, a_job_runs_what_it_waits_for, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0, sum; i < 100; i++) {
            yoke_job *job = submit(server, wait_for_children, NULL, 0, sizeof sum);
            cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
            cr_assert_eq(sum, JOBS * (JOBS - 1));
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

/* What a job waits for, filled in once all jobs are submitted. */
struct wanted {
    yoke_job *jobs[2];
    atomic_bool known;
};

static yoke_status wait_for_wanted(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    struct wanted *wanted = *(struct wanted *const *)argument;
    while (!atomic_load(&wanted->known))
        nap(20000);
    *(yoke_status *)result = yoke_wait_any(wanted->jobs, 2, YOKE_FOREVER, NULL);
    return YOKE_OK;
}

static void want(struct wanted *wanted, yoke_job *one, yoke_job *other)
{
    wanted->jobs[0] = one;
    wanted->jobs[1] = other;
    atomic_store(&wanted->known, true);
}

/* Two jobs that wait for each other or for a third that runs: a ring with a way out. */
Test(server_wait_many, a_ring_with_a_way_out_is_no_deadlock, .timeout = 60)
{
    yoke_server *server = open_server(3);
    for (int round = 0; round < 100; round++) {
        struct gate gate = {0};
        yoke_job *way_out = submit_gate(server, &gate);
        struct wanted wanted[2] = {{{NULL}, false}, {{NULL}, false}};
        yoke_job *jobs[2];
        for (int i = 0; i < 2; i++) {
            struct wanted *pointer = &wanted[i];
            jobs[i] =
                submit(server, wait_for_wanted, &pointer, sizeof pointer, sizeof(yoke_status));
        }
        for (int i = 0; i < 2; i++)
            want(&wanted[i], jobs[1 - i], way_out);
        nap(round % 4 * 50000);
        atomic_store(&gate.open, 1);
        for (int i = 0; i < 2; i++) {
            yoke_status answer = YOKE_INVALID;
            cr_assert_eq(yoke_job_result(jobs[i], &answer, sizeof answer), YOKE_OK);
            cr_assert_eq(answer, YOKE_OK);
        }
        for (int i = 0; i < 2; i++) /* not before both have ended: each waits for the other */
            yoke_job_release(jobs[i]);
        yoke_job_release(way_out);
    }
    yoke_server_release(server);
}

/* Three jobs, each of which waits for any of the two others. */
Test(server_wait_many, a_ring_without_a_way_out_is_broken_once, .timeout = 60)
{
    yoke_server *server = open_server(3);
    for (int round = 0; round < 100; round++) {
        struct wanted wanted[3] = {{{NULL}, false}, {{NULL}, false}, {{NULL}, false}};
        yoke_job *jobs[3];
        for (int i = 0; i < 3; i++) {
            struct wanted *pointer = &wanted[i];
            jobs[i] =
                submit(server, wait_for_wanted, &pointer, sizeof pointer, sizeof(yoke_status));
        }
        for (int i = 0; i < 3; i++)
            want(&wanted[i], jobs[(i + 1) % 3], jobs[(i + 2) % 3]);
        int refused = 0;
        for (int i = 0; i < 3; i++) {
            yoke_status answer = YOKE_INVALID;
            cr_assert_eq(yoke_job_result(jobs[i], &answer, sizeof answer), YOKE_OK);
            cr_assert(answer == YOKE_OK || answer == YOKE_DEADLOCK);
            refused += answer == YOKE_DEADLOCK;
        }
        cr_assert_eq(refused, 1, "the wait that would leave no one to go on");
        for (int i = 0; i < 3; i++)
            yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}
