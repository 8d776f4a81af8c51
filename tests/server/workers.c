/* How many workers there are, and what they have done. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "with_environment.h"
#include "with_server.h"

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
    struct gate gate = {0};
    for (int i = 0; i < 12; i++)
        yoke_job_release(submit_gate(server, &gate));
    await_arrivals(&gate, 1);
    nap(5000000);
    cr_assert_eq(atomic_load(&gate.arrived), 1);
    cr_assert_eq(yoke_server_resize(server, 12), YOKE_OK);
    await_arrivals(&gate, 12); /* none of them ends before */
    cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    check_crowd(server, 1); /* surplus workers have left */
    yoke_server_release(server);
}

Test(server_workers, surplus_workers_leave_after_their_job, .timeout = 20)
{
    yoke_server *server = open_server(4);
    struct gate gate = {0};
    for (int i = 0; i < 4; i++)
        yoke_job_release(submit_gate(server, &gate));
    await_arrivals(&gate, 4);
    cr_assert_eq(yoke_server_resize(server, 2), YOKE_OK);
    atomic_store(&gate.open, 1);
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

Test(server_workers, too_many_processes_are_refused, .timeout = 30)
{
    if (geteuid() == 0 && setuid(65534) != 0) /* root has no such limit */
        cr_skip_test("root cannot become anyone else here");
    struct rlimit limit = {4, 4};
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &limit), 0);
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 8;
    yoke_server *server = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_NO_THREADS);
    cr_assert_null(server);
    cr_assert(strstr(yoke_last_error(), "ulimit -u"));
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

/* ---- two NUMA nodes -------------------------------------------------------------------------- */

static yoke_server *open_on_two_nodes(unsigned workers)
{
    cr_assert_eq(setenv("HWLOC_SYNTHETIC", "numa:2 core:4 pu:1", 1), 0);
    yoke_server *server = open_server(workers);
    unsetenv("HWLOC_SYNTHETIC");
    return server;
}

Test(server_workers, every_node_has_a_scheduler, .timeout = 30)
{
    yoke_server *server = open_on_two_nodes(4);
    cr_assert_eq(statistics_of(server).nodes, 2);
    check_crowd(server, 4);
    submit_and_check(server);
    yoke_job *job = submit(server, fibonacci, &(int){16}, sizeof(int), sizeof(int));
    int sum;
    cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
    cr_assert_eq(sum, 987);
    yoke_job_release(job);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(yoke_server_print_statistics(server, stream), YOKE_OK);
    fclose(stream);
    cr_assert(strstr(text, "| local numa:0\n") && strstr(text, "| local numa:1\n"), "%s", text);
    free(text);
    yoke_server_release(server);
}

Test(server_workers, a_node_that_loses_its_workers_loses_its_jobs, .timeout = 30)
{
    yoke_server *server = open_on_two_nodes(2);
    struct gate gate = {0};
    yoke_job *running[2], *queued[20];
    for (int i = 0; i < 2; i++)
        running[i] = submit_gate(server, &gate);
    await_arrivals(&gate, 2); /* one on each node */
    for (int i = 0; i < 20; i++)
        queued[i] = submit(server, nothing, NULL, 0, 0);
    cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
    cr_assert_eq(statistics_of(server).nodes, 1);
    cr_assert_eq(statistics_of(server).queued, 20);
    atomic_store(&gate.open, 1);
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(yoke_job_result(queued[i], NULL, 0), YOKE_OK);
        yoke_job_release(queued[i]);
    }
    check_crowd(server, 1);
    cr_assert_eq(yoke_server_resize(server, 8), YOKE_OK);
    check_crowd(server, 8);
    for (int i = 0; i < 2; i++)
        yoke_job_release(running[i]);
    yoke_server_release(server);
}

/* ---- OpenMP's environment -------------------------------------------------------------------- */

Test(server_workers, openmp_settings_do_not_matter, .timeout = 120)
{
    char *settings[] = {"OMP_WAIT_POLICY=active", "OMP_WAIT_POLICY=passive", "OMP_PROC_BIND=close",
                        "OMP_PROC_BIND=spread",   "OMP_DYNAMIC=true",        "OMP_NESTED=true",
                        "OMP_PLACES=cores",       "OMP_MAX_ACTIVE_LEVELS=0"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        check_environment("server_workers/as_many_jobs_run*", (char *const[]){settings[i], NULL});
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
        yoke_job_release(submit(server, i ? nothing : fail, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(yoke_server_print_statistics(server, stream), YOKE_OK);
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
        cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_OK);
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
    cr_assert_eq(yoke_server_print_statistics(server, full), YOKE_SYSTEM);
    fclose(full);
    yoke_server_release(server);
}
