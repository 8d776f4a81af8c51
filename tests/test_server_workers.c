/* Jobs among themselves: waiting inside jobs, nested OpenMP tasks, changing numbers of workers, and
 * the statistics table. */
#include <criterion/criterion.h>
#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "yoke/server.h"

static yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

static void nap(long nanoseconds)
{
    nanosleep(&(struct timespec){0, nanoseconds}, NULL);
}

static yoke_job *submit(yoke_server *server, yoke_kernel kernel, const void *argument,
                        size_t argument_size, size_t result_size)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = argument;
    task.argument_size = argument_size;
    task.result_size = result_size;
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

/* ---- waiting inside jobs --------------------------------------------------------------------- */

static yoke_status fibonacci(yoke_context *context, const void *argument, void *result)
{
    int n = *(const int *)argument;
    int *sum = result;
    *sum = n;
    if (n < 2)
        return YOKE_OK;
    yoke_server *server = yoke_context_server(context);
    yoke_job *jobs[2];
    for (int i = 0; i < 2; i++)
        jobs[i] = submit(server, fibonacci, &(int){n - 1 - i}, sizeof n, sizeof n);
    *sum = 0;
    for (int i = 0; i < 2; i++) {
        int part;
        cr_assert_eq(yoke_job_result(jobs[i], &part, sizeof part), YOKE_OK);
        yoke_job_release(jobs[i]);
        *sum += part;
    }
    return YOKE_OK;
}

Test(server_workers, recursive_fibonacci_by_submit_and_wait, .timeout = 60)
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
        yoke_server_statistics now = {.size = sizeof now};
        cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
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

Test(server_workers, a_chain_of_waiting_jobs_is_as_deep_as_one_likes, .timeout = 20)
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

static yoke_status child_b(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
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
    yoke_job *b = submit(server, child_b, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(b, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(b);
    cr_assert_eq(atomic_load(&family->c_done), 0, "c cannot end before a");
    return YOKE_OK;
}

Test(server_workers, a_waiting_job_runs_only_what_it_waits_for, .timeout = 20)
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

Test(server_workers, a_job_cannot_wait_for_itself, .timeout = 20)
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

Test(server_workers, a_job_cannot_wait_for_one_that_waits_for_it, .timeout = 20)
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

Test(server_workers, a_ring_of_waits_is_broken_once_or_more, .timeout = 60)
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

static yoke_status wait_for_flag(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    atomic_int *const *flags = argument;
    atomic_fetch_add(flags[0], 1);
    while (!atomic_load(flags[1]))
        nap(100000);
    return YOKE_OK;
}

Test(server_workers, a_wait_inside_a_job_may_time_out, .timeout = 20)
{
    yoke_server *server = open_server(2);
    atomic_int arrived = 0, open = 0;
    atomic_int *flags[] = {&arrived, &open};
    yoke_job *slow = submit(server, wait_for_flag, flags, sizeof flags, 0);
    while (!atomic_load(&arrived))
        nap(100000);
    yoke_job *job = submit(server, wait_briefly, &slow, sizeof slow, sizeof(yoke_status));
    yoke_status answer = YOKE_OK;
    cr_assert_eq(yoke_job_result(job, &answer, sizeof answer), YOKE_OK);
    cr_assert_eq(answer, YOKE_TIMED_OUT);
    atomic_store(&open, 1);
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

Test(server_workers, a_blocked_worker_is_stood_in_for, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        atomic_int arrived = 0, open = 0;
        atomic_int *flags[] = {&arrived, &open};
        yoke_job *_Atomic slow = submit(server, wait_for_flag, flags, sizeof flags, 0);
        while (!atomic_load(&arrived))
            nap(10000);
        yoke_job *_Atomic *pointer = &slow;
        yoke_job *waiting = submit(server, wait_for, &pointer, sizeof pointer, sizeof(yoke_status));
        while (yoke_job_state(waiting) == YOKE_STATE_QUEUED)
            nap(10000);
        yoke_job *last = submit(server, raise_flag, &flags[1], sizeof flags[1], 0);
        yoke_status answer = YOKE_INVALID;
        cr_assert_eq(yoke_job_result(waiting, &answer, sizeof answer), YOKE_OK);
        cr_assert_eq(answer, YOKE_OK);
        yoke_job_release(last);
        yoke_job_release(waiting);
        yoke_job_release(slow);
    }
    yoke_server_release(server);
}

/* ---- OpenMP inside jobs ---------------------------------------------------------------------- */

static atomic_int tasks_run;

static void add_tasks(int count)
{
    for (int i = 0; i < count; i++) {
#pragma omp task
        {
#pragma omp task
            atomic_fetch_add(&tasks_run, 1);
            atomic_fetch_add(&tasks_run, 1);
        }
    }
}

static yoke_status use_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    add_tasks(*(const int *)argument);
    return YOKE_OK;
}

static yoke_status check_tasks_done(yoke_job *job, void *expected)
{
    (void)job;
    cr_assert_eq(atomic_load(&tasks_run), *(int *)expected, "tasks end with their job");
    return YOKE_OK;
}

Test(server_workers, openmp_tasks_belong_to_their_job, .timeout = 30)
{
    const int counts[] = {1, 10, 300, 3000};
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 4; i++) {
            int expected = 2 * counts[i];
            atomic_store(&tasks_run, 0);
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = use_tasks;
            task.argument = &counts[i], task.argument_size = sizeof counts[i];
            task.callback = check_tasks_done, task.callback_context = &expected;
            yoke_job *job;
            cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
            cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

static yoke_status meet_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    /* Both tasks must run at the same time, or neither ends. */
    static atomic_int arrived;
    atomic_store(&arrived, 0);
    for (int i = 0; i < 2; i++) {
#pragma omp task
        {
            atomic_fetch_add(&arrived, 1);
            while (atomic_load(&arrived) < 2)
                nap(100000);
        }
    }
#pragma omp taskwait
    return YOKE_OK;
}

Test(server_workers, idle_workers_help_with_nested_tasks, .timeout = 30)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 50; i++) {
        yoke_job *job = submit(server, meet_in_tasks, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        yoke_job_release(job);
        nap(i % 3 ? 0 : 1000000);
    }
    yoke_server_release(server);
}

/* Keeps far more tasks than libgomp queues (64 a thread) until a later job stops it: both the
 * clogged queue and the creation of tasks inside the keeper must let that job through. */
static atomic_int stop_flood;

static void nested_nap(void)
{
    nap(200000);
}

static yoke_status flood(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    while (!atomic_load(&stop_flood)) {
#pragma omp task
        nested_nap();
    }
    return YOKE_OK;
}

static yoke_status stop(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    atomic_store(&stop_flood, 1);
    return YOKE_OK;
}

Test(server_workers, nested_tasks_do_not_keep_new_jobs_from_starting, .timeout = 60)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 5; i++) {
        atomic_store(&stop_flood, 0);
        yoke_job *flooding = submit(server, flood, NULL, 0, 0);
        nap(50000000);
        yoke_job *stopping = submit(server, stop, NULL, 0, 0);
        cr_assert_eq(yoke_job_result(stopping, NULL, 0), YOKE_OK);
        cr_assert_eq(yoke_job_result(flooding, NULL, 0), YOKE_OK);
        yoke_job_release(flooding);
        yoke_job_release(stopping);
    }
    yoke_server_release(server);
}

static yoke_status wait_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    static yoke_server *server;
    server = yoke_context_server(context);
    for (int i = 0; i < 8; i++) {
#pragma omp task
        {
            yoke_job *job = submit(server, fibonacci, &(int){5}, sizeof(int), sizeof(int));
            int sum = 0;
            cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
            cr_assert_eq(sum, 5);
            yoke_job_release(job);
        }
    }
    return YOKE_OK;
}

Test(server_workers, nested_tasks_may_submit_and_wait, .timeout = 30)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 50; i++) {
            yoke_job *job = submit(server, wait_in_tasks, NULL, 0, 0);
            cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
            yoke_job_release(job);
        }
        yoke_server_release(server);
    }
}

/* ---- how many run at a time ------------------------------------------------------------------ */

struct crowd {
    atomic_int present, most, expected;
    atomic_uint numbers; /* bit set: a kernel is running on the worker of that number */
};

static yoke_status join_crowd(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct crowd *crowd = *(struct crowd *const *)argument;
    unsigned number = yoke_context_worker(context);
    unsigned bit = 1u << number;
    cr_assert_lt(number, 32);
    cr_assert_eq(atomic_fetch_or(&crowd->numbers, bit) & bit, 0, "one kernel a number");
    int present = atomic_fetch_add(&crowd->present, 1) + 1;
    int most = atomic_load(&crowd->most);
    while (present > most && !atomic_compare_exchange_weak(&crowd->most, &most, present))
        ;
    /* Nobody leaves before all who are expected have been here at the same time. */
    while (atomic_load(&crowd->most) < atomic_load(&crowd->expected))
        nap(100000);
    nap(200000);
    atomic_fetch_sub(&crowd->present, 1);
    atomic_fetch_and(&crowd->numbers, ~bit);
    return YOKE_OK;
}

/* Exactly `expected` jobs at a time run on this server: no fewer, or it hangs, and no more. */
static void check_crowd(yoke_server *server, unsigned expected)
{
    nap(10000000); /* a worker in search of a job may still find one just after it became surplus */
    static struct crowd crowd;
    struct crowd *pointer = &crowd;
    atomic_store(&crowd.most, 0);
    atomic_store(&crowd.expected, (int)expected);
    for (unsigned i = 0; i < 5 * expected; i++)
        yoke_job_release(submit(server, join_crowd, &pointer, sizeof pointer, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&crowd.most), (int)expected);
}

Test(server_workers, as_many_jobs_run_at_a_time_as_there_are_workers, .timeout = 60)
{
    const unsigned sizes[] = {1, 2, 4, 8, 16, 3, 1, 24, 2};
    yoke_server *server = open_server(2);
    for (int i = 0; i < 9; i++) {
        cr_assert_eq(yoke_server_resize(server, sizes[i]), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(yoke_server_workers(server), sizes[i]);
        check_crowd(server, sizes[i]);
    }
    yoke_server_release(server);
}

Test(server_workers, new_workers_take_queued_jobs_at_once, .timeout = 20)
{
    yoke_server *server = open_server(1);
    atomic_int arrived = 0, open = 0;
    atomic_int *flags[] = {&arrived, &open};
    for (int i = 0; i < 12; i++)
        yoke_job_release(submit(server, wait_for_flag, flags, sizeof flags, 0));
    while (atomic_load(&arrived) < 1)
        nap(100000);
    nap(5000000);
    cr_assert_eq(atomic_load(&arrived), 1);
    cr_assert_eq(yoke_server_resize(server, 12), YOKE_OK);
    while (atomic_load(&arrived) < 12) /* none of them ends before */
        nap(100000);
    cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
    atomic_store(&open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    check_crowd(server, 1); /* surplus workers have left */
    yoke_server_release(server);
}

Test(server_workers, surplus_workers_leave_after_their_job, .timeout = 20)
{
    yoke_server *server = open_server(4);
    atomic_int arrived = 0, open = 0;
    atomic_int *flags[] = {&arrived, &open};
    for (int i = 0; i < 4; i++)
        yoke_job_release(submit(server, wait_for_flag, flags, sizeof flags, 0));
    while (atomic_load(&arrived) < 4)
        nap(100000);
    cr_assert_eq(yoke_server_resize(server, 2), YOKE_OK);
    atomic_store(&open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    check_crowd(server, 2);
    yoke_server_release(server);
}

static yoke_status resize_inside(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    cr_assert_eq(yoke_server_resize(yoke_context_server(context), *(const unsigned *)argument),
                 YOKE_OK);
    return YOKE_OK;
}

Test(server_workers, a_job_may_resize_its_server, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const unsigned sizes[] = {9, 2, 1, 20, 4};
    for (int i = 0; i < 5; i++) {
        yoke_job *job = submit(server, resize_inside, &sizes[i], sizeof sizes[i], 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        yoke_job_release(job);
        cr_assert_eq(yoke_server_workers(server), sizes[i]);
        check_crowd(server, sizes[i]);
    }
    yoke_server_release(server);
}

Test(server_workers, too_many_threads_are_refused, .timeout = 30)
{
#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("AddressSanitizer itself needs the address space that this takes away");
#endif
    yoke_server *server = open_server(1);
    /* Stacks for hundreds of threads do not fit; the jobs do. */
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = UINT64_C(6) << 30;
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        cr_skip_test("address space cannot be limited here");
    yoke_status status = yoke_server_resize(server, YOKE_WORKERS_MAX);
    cr_assert_eq(status, YOKE_NO_THREADS);
    cr_assert(strstr(yoke_last_error(), "threads"));
    cr_assert_eq(yoke_server_workers(server), 1);
    check_crowd(server, 1);
    yoke_server_release(server);
}

Test(server_workers, an_idle_server_sleeps, .timeout = 30)
{
    yoke_server *server = open_server(2);
    check_crowd(server, 2);
    nap(50000000);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    nap(500000000);
    getrusage(RUSAGE_SELF, &after);
    long switches = after.ru_nvcsw - before.ru_nvcsw;
    cr_assert_lt(switches, 20, "%ld wake-ups", switches);
    yoke_server_release(server);
}

/* ---- statistics ------------------------------------------------------------------------------ */

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OK, "on purpose");
}

Test(server_workers, the_table_is_parallel_pythons, .timeout = 20)
{
    yoke_server *server = open_server(1);
    for (int i = 0; i < 9; i++)
        yoke_job_release(submit(server, i ? child_b : fail, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(yoke_server_print_stats(server, stream), YOKE_OK);
    fclose(stream);
    double sum, each, elapsed;
    int end = 0;
    cr_assert(sscanf(text,
                     "Job execution statistics:\n"
                     " job count | %% of all jobs | job time sum | time per job | job server\n"
                     "         9 |        100.00 | %lf | %lf | local\n"
                     "Time elapsed since server creation %lf\n"
                     "0 active tasks, 1 cores\n"
                     "1 failed, 0 cancelled\n%n",
                     &sum, &each, &elapsed, &end) == 3,
              "%s", text);
    cr_assert_eq((size_t)end, size, "%s", text);
    /* Columns stand where Parallel Python has them. */
    const char *row = strstr(text, "         9 |");
    cr_assert(row && strncmp(row + 26, " |     ", 7) == 0 && strncmp(row + 41, " |  ", 4) == 0);
    cr_assert(sum >= 0 && each >= 0 && elapsed > 0);
    free(text);
    yoke_server_release(server);
}

static yoke_status nap_and_wait(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    if (!argument) {
        nap(20000000);
        return YOKE_OK;
    }
    yoke_job *job = submit(yoke_context_server(context), nap_and_wait, NULL, 0, 0);
    yoke_job_wait(job, YOKE_FOREVER);
    yoke_job_release(job);
    return YOKE_OK;
}

Test(server_workers, time_spent_waiting_for_a_job_counts_once, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        yoke_job *job = submit(server, nap_and_wait, "", 1, 0);
        cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK);
        yoke_job_release(job);
        yoke_server_statistics now = {.size = sizeof now};
        cr_assert_eq(yoke_server_stats(server, &now), YOKE_OK);
        cr_assert(now.busy >= 20000000 && now.busy <= now.elapsed, "%lld of %lld ns",
                  (long long)now.busy, (long long)now.elapsed);
        yoke_server_release(server);
    }
}

Test(server_workers, a_stream_that_refuses_is_reported, .timeout = 20)
{
    yoke_server *server = open_server(1);
    FILE *full = fopen("/dev/full", "w");
    cr_assert(full);
    cr_assert_eq(yoke_server_print_stats(server, full), YOKE_SYSTEM);
    fclose(full);
    yoke_server_release(server);
}
