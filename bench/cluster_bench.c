/* What does a job on the cluster cost? A hub and its nodes on this machine, and one program that
 * submits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yoke/cluster.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "trips/cast.h"

enum { OPTION_NODES, OPTION_TRIPS, OPTION_JOBS, OPTION_ONLY, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_NODES] = {"nodes", 0, "N", 1, "so many nodes of one worker, 1 to 16; else 2"},
    [OPTION_TRIPS] = {"trips", 0, "N", 1, "so many round trips, one after the other; else 2000"},
    [OPTION_JOBS] = {"jobs", 0, "N", 1, "so many small jobs at once; else 100000"},
    [OPTION_ONLY] = {"only", 0, "NAME", 1,
                     "measure only: trips, small, large, sleep, work or idle"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void must(yoke_status status)
{
    if (status != YOKE_OK)
        exit(report_status(status));
}

static yoke_job *submit(yoke_server *server, const char *kernel, const void *argument,
                        size_t argument_size, size_t result_size)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = kernel;
    task.kernel_version = 1;
    task.argument = argument;
    task.argument_size = argument_size;
    task.result_size = result_size;
    yoke_job *job;
    must(yoke_submit(server, &task, &job));
    return job;
}

/* ---- one after the other --------------------------------------------------------------------- */

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static void measure_trips(yoke_server *server, size_t trips)
{
    enum { WARM = 100 };
    double *times = malloc((trips + WARM) * sizeof *times);
    if (!times)
        exit(report_failure("no memory for %zu times", trips));
    unsigned char bytes[64] = {0};
    for (size_t i = 0; i < trips + WARM; i++) {
        double begin = now();
        yoke_job *job = submit(server, "echo", bytes, sizeof bytes, sizeof bytes);
        must(yoke_job_result(job, bytes, sizeof bytes));
        times[i] = now() - begin;
        yoke_job_release(job);
    }
    qsort(times + WARM, trips, sizeof *times, compare);
    printf("round trip of 64 bytes, us          p50 %8.0f   p99 %8.0f\n",
           times[WARM + trips / 2] * 1e6, times[WARM + trips * 99 / 100] * 1e6);
    free(times);
}

/* ---- many at once ---------------------------------------------------------------------------- */

/* Seconds until all of the jobs have ended. */
static double run_jobs(yoke_server *server, const char *kernel, size_t jobs, const void *argument,
                       size_t argument_size, size_t result_size)
{
    yoke_job **job = malloc(jobs * sizeof(yoke_job *));
    if (!job)
        exit(report_failure("no memory for %zu jobs", jobs));
    double begin = now();
    for (size_t i = 0; i < jobs; i++)
        job[i] = submit(server, kernel, argument, argument_size, result_size);
    must(yoke_server_wait(server, YOKE_FOREVER));
    double seconds = now() - begin;
    for (size_t i = 0; i < jobs; i++) {
        if (yoke_job_state(job[i]) != YOKE_STATE_DONE)
            exit(report_failure("a job of %s failed: %s", kernel, yoke_job_message(job[i])));
        yoke_job_release(job[i]);
    }
    free(job);
    return seconds;
}

static void measure_small(yoke_server *server, size_t jobs)
{
    unsigned char bytes[64] = {0};
    double seconds = run_jobs(server, "echo", jobs, bytes, sizeof bytes, sizeof bytes);
    printf("jobs of 64 bytes, all at once       %8.0f a second\n", (double)jobs / seconds);
}

static void measure_large(yoke_server *server)
{
    enum { JOBS = 50, SIZE = 1 << 20 };
    run_jobs(server, "fill", 4, NULL, 0, SIZE);
    double seconds = run_jobs(server, "fill", JOBS, NULL, 0, SIZE);
    printf("50 results of 1 MiB, all at once    %8.0f MB a second\n",
           (double)JOBS * ((double)SIZE / 1e6) / seconds);
}

/* Against workers that do nothing else all the time. */
static void measure_share(yoke_server *server, unsigned nodes, const char *kernel)
{
    enum { ROUNDS = 200 };
    const uint64_t length = 10000000;
    unsigned char bytes[8];
    yoke_pack_u64(bytes, length);
    double seconds = run_jobs(server, kernel, (size_t)nodes * ROUNDS, bytes, sizeof bytes, 0);
    printf("jobs of 10 ms that %-6s           %8.1f %% of the ideal\n",
           *kernel == 'n' ? "sleep" : "work", 100 * ROUNDS * ((double)length / 1e9) / seconds);
}

static void measure_idle(const struct cast *cast)
{
    const struct timespec wait = {5, 0};
    double node = cast_processor_time(cast->node[0]), hub = cast_processor_time(cast->hub);
    nanosleep(&wait, NULL);
    printf("an idle node, the idle hub          %8.2f %%, %.2f %% of a core\n",
           20 * (cast_processor_time(cast->node[0]) - node),
           20 * (cast_processor_time(cast->hub) - hub));
}

static yoke_cluster *join(const struct cast *cast)
{
    yoke_cluster_options how = cast_options(cast);
    yoke_cluster *cluster;
    double begin = now();
    while (yoke_cluster_open(&how, &cluster) != YOKE_OK) {
        if (now() - begin > 10)
            exit(report_status(YOKE_SYSTEM));
    }
    return cluster;
}

static void run(unsigned nodes, size_t trips, size_t jobs, const char *only)
{
    struct cast cast = {0};
    cast_open(&cast, nodes, 1);
    yoke_cluster *cluster = join(&cast);
    yoke_server_options how = YOKE_SERVER_OPTIONS_INIT;
    how.cluster = cluster;
    yoke_server *server;
    must(yoke_server_open(&how, &server));
    if (!only || strcmp(only, "trips") == 0)
        measure_trips(server, trips);
    if (!only || strcmp(only, "small") == 0)
        measure_small(server, jobs);
    if (!only || strcmp(only, "large") == 0)
        measure_large(server);
    if (!only || strcmp(only, "sleep") == 0)
        measure_share(server, nodes, "nap");
    if (!only || strcmp(only, "work") == 0)
        measure_share(server, nodes, "work");
    if (!only || strcmp(only, "idle") == 0)
        measure_idle(&cast);
    yoke_server_release(server);
    yoke_cluster_release(cluster);
    cast_close(&cast);
}

/* ---- the command line ------------------------------------------------------------------------ */

static bool read_count(const char *what, const char *text, expression_integer most,
                       expression_integer *count)
{
    if (text && !value_bound(what, text, count))
        return false;
    if (*count >= 1 && *count <= most)
        return true;
    report_usage("%s=%.60s is out of its range", what, text);
    return false;
}

int main(int count, char **words)
{
    report_program("cluster_bench");
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, count > 0 ? words + 1 : words);
    if (status)
        return status;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    if (arguments.value[OPTION_HELP]) {
        printf("Usage: cluster_bench [options]\n"
               "Measures what a job on a cluster costs, with a hub and nodes on this machine.\n\n");
        arguments_print_help(&table, 1, stdout);
        return report_close(EXIT_SUCCESS);
    }
    expression_integer nodes = 2, trips = 2000, jobs = 100000;
    if (!read_count("--nodes", arguments.value[OPTION_NODES], NODES_MAX, &nodes) ||
        !read_count("--trips", arguments.value[OPTION_TRIPS], 1000000, &trips) ||
        !read_count("--jobs", arguments.value[OPTION_JOBS], 10000000, &jobs))
        return EXIT_USAGE;
    run((unsigned)nodes, (size_t)trips, (size_t)jobs, arguments.value[OPTION_ONLY]);
    return report_close(EXIT_SUCCESS);
}
