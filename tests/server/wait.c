/* Jobs that wait for jobs. */
#include "with_server.h"

/* ---- waiting inside jobs --------------------------------------------------------------------- */

Test(server_wait, recursive_fibonacci_by_submit_and_wait, .timeout = 60)
{
    unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    const unsigned workers[] = {1, 2, 3, 2 * cores};
    for (int i = 0; i < 4; i++) {
        yoke_server *server = open_server(workers[i]);
        yoke_job *job = submit(server, fibonacci, &(int){20}, sizeof(int), sizeof(int));
        int sum;
        cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
        cr_assert_eq(sum, 6765);
        yoke_job_release(job);
        yoke_server_statistics now = statistics_of(server);
        cr_assert_eq(now.done, 21891, "the calls of fib(20)");
        yoke_server_release(server);
    }
}

static yoke_status descend(yoke_context *context, const void *argument, void *result)
{
    int depth = *(const int *)argument;
    int *reached = result;
    *reached = 0;
    if (depth) {
        yoke_job *job = submit(yoke_context_server(context), descend, &(int){depth - 1},
                               sizeof depth, sizeof depth);
        cr_assert_eq(yoke_job_result(job, reached, sizeof *reached), YOKE_OK);
        yoke_job_release(job);
    }
    ++*reached;
    return YOKE_OK;
}

Test(server_wait, a_chain_of_waiting_jobs_is_as_deep_as_one_likes, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_job *job = submit(server, descend, &(int){1000}, sizeof(int), sizeof(int));
    int reached;
    cr_assert_eq(yoke_job_result(job, &reached, sizeof reached), YOKE_OK);
    cr_assert_eq(reached, 1001);
    yoke_job_release(job);
    yoke_server_release(server);
}

/* One worker; A submits C, which waits for A's other child B's sibling order: helping with anything
 * but the awaited job would deadlock here. */
struct family {
    yoke_job *_Atomic a;
    atomic_int c_done;
};

static yoke_status child_c(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct family *family = *(struct family *const *)argument;
    cr_assert_eq(yoke_job_wait(atomic_load(&family->a), YOKE_FOREVER), YOKE_OK);
    atomic_store(&family->c_done, 1);
    return YOKE_OK;
}

static yoke_status parent_a(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct family *family = *(struct family *const *)argument;
    while (!atomic_load(&family->a))
        nap(100000);
    yoke_server *server = yoke_context_server(context);
    yoke_job_release(submit(server, child_c, argument, sizeof family, 0));
    yoke_job *b = submit(server, nothing, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(b, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(b);
    cr_assert_eq(atomic_load(&family->c_done), 0, "c cannot end before a");
    return YOKE_OK;
}

Test(server_wait, a_waiting_job_runs_only_what_it_waits_for, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        struct family family = {NULL, 0}, *pointer = &family;
        yoke_job *a = submit(server, parent_a, &pointer, sizeof pointer, 0);
        atomic_store(&family.a, a);
        cr_assert_eq(yoke_job_result(a, NULL, 0), YOKE_OK);
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(atomic_load(&family.c_done), 1);
        yoke_job_release(a);
        yoke_server_release(server);
    }
}

/* ---- deadlocks ------------------------------------------------------------------------------- */

static yoke_status wait_for(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    yoke_job *_Atomic *job = *(yoke_job * _Atomic *const *)argument;
    while (!atomic_load(job))
        nap(100000);
    *(yoke_status *)result = yoke_job_wait(atomic_load(job), YOKE_FOREVER);
    return YOKE_OK;
}

Test(server_wait, a_job_cannot_wait_for_itself, .timeout = 20)
{
    yoke_server *server = open_server(1);
    yoke_job *_Atomic self = NULL;
    yoke_job *_Atomic *pointer = &self;
    yoke_job *job = submit(server, wait_for, &pointer, sizeof pointer, sizeof(yoke_status));
    atomic_store(&self, job);
    yoke_status answer = YOKE_OK;
    cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
    cr_assert_eq(answer, YOKE_DEADLOCK);
    yoke_job_release(job);
    yoke_server_release(server);
}

static yoke_status wait_for_parent(yoke_context *context, const void *argument, void *result)
{
    yoke_job *_Atomic *job = *(yoke_job * _Atomic *const *)argument;
    yoke_job *child =
        submit(yoke_context_server(context), wait_for, &job, sizeof job, sizeof(yoke_status));
    /* Whichever waits second is refused. */
    yoke_status mine = yoke_job_wait(child, YOKE_FOREVER), its = YOKE_OK;
    if (mine == YOKE_OK)
        cr_assert_eq(yoke_job_result(child, &its, sizeof its), YOKE_OK);
    cr_assert((mine == YOKE_DEADLOCK) != (its == YOKE_DEADLOCK));
    *(yoke_status *)result = YOKE_DEADLOCK;
    yoke_job_release(child);
    return YOKE_OK;
}

Test(server_wait, a_job_cannot_wait_for_one_that_waits_for_it, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 100; i++) {
            yoke_job *_Atomic parent = NULL;
            yoke_job *_Atomic *pointer = &parent;
            yoke_job *job =
                submit(server, wait_for_parent, &pointer, sizeof pointer, sizeof(yoke_status));
            atomic_store(&parent, job);
            yoke_status answer = YOKE_OK;
            cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
            cr_assert_eq(answer, YOKE_DEADLOCK);
            cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
            yoke_job_release(job); /* the child may have used it until now */
        }
        yoke_server_release(server);
    }
}

Test(server_wait, a_ring_of_waits_is_broken_once_or_more, .timeout = 60)
{
    enum { RING = 4 };
    yoke_server *server = open_server(RING);
    for (int round = 0; round < 200; round++) {
        yoke_job *_Atomic next[RING] = {NULL};
        yoke_job *jobs[RING];
        for (int i = 0; i < RING; i++) {
            yoke_job *_Atomic *pointer = &next[i];
            jobs[i] = submit(server, wait_for, &pointer, sizeof pointer, sizeof(yoke_status));
        }
        for (int i = 0; i < RING; i++)
            atomic_store(&next[i], jobs[(i + 1) % RING]);
        int refused = 0;
        for (int i = 0; i < RING; i++) {
            yoke_status answer = YOKE_INVALID;
            cr_assert_eq(yoke_job_result(jobs[i], &answer, sizeof answer), YOKE_OK);
            cr_assert(answer == YOKE_OK || answer == YOKE_DEADLOCK);
            refused += answer == YOKE_DEADLOCK;
        }
        cr_assert_eq(refused, 1, "exactly the wait that would close the ring");
        for (int i = 0; i < RING; i++)
            yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

static yoke_status wait_briefly(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(yoke_status *)result = yoke_job_wait(*(yoke_job *const *)argument, YOKE_MILLISECONDS(5));
    return YOKE_OK;
}

Test(server_wait, a_wait_inside_a_job_may_time_out, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0};
    yoke_job *slow = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    yoke_job *job = submit(server, wait_briefly, &slow, sizeof slow, sizeof(yoke_status));
    yoke_status answer = YOKE_OK;
    cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
    cr_assert_eq(answer, YOKE_TIMED_OUT);
    atomic_store(&gate.open, 1);
    yoke_job_release(job);
    yoke_job_release(slow);
    yoke_server_release(server);
}

/* Two workers: one job runs, one waits for it. A stand-in must take the waiting one's place, or
 * the third job, which lets the first one end, never runs. */
static yoke_status raise_flag(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    atomic_store(*(atomic_int *const *)argument, 1);
    return YOKE_OK;
}

Test(server_wait, a_blocked_worker_is_stood_in_for, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        struct gate gate = {0};
        atomic_int *open = &gate.open;
        yoke_job *_Atomic slow = submit_gate(server, &gate);
        await_arrivals(&gate, 1);
        yoke_job *_Atomic *pointer = &slow;
        yoke_job *waiting = submit(server, wait_for, &pointer, sizeof pointer, sizeof(yoke_status));
        while (yoke_job_state(waiting) == YOKE_STATE_QUEUED)
            nap(10000);
        yoke_job *last = submit(server, raise_flag, &open, sizeof open, 0);
        yoke_status answer = YOKE_INVALID;
        cr_assert_eq(yoke_job_result(waiting, &answer, sizeof answer), YOKE_OK);
        cr_assert_eq(answer, YOKE_OK);
        yoke_job_release(last);
        yoke_job_release(waiting);
        yoke_job_release(slow);
    }
    yoke_server_release(server);
}
