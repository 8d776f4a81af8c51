/* Parallel Python's first example on a cluster: that of sum_primes.c, with a server that is opened
 * on the cluster, and with bytes that mean the same on every machine. */
#include <omp.h>
#include <stdio.h>
#include <yoke/yoke.h>

#include <yoke/cluster.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"

enum { OPTION_REMOTE_ONLY, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_REMOTE_ONLY] = {"remote-only", 0, NULL, 1, "leave all jobs to the nodes"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static const char usage[] =
    "Usage: sum_primes_cluster [ncpus]\n"
    "    [ncpus] - the number of workers to run in parallel on this machine,\n"
    "    if omitted it will be set to the number of processors in the system;\n"
    "    the hub is $YOKE_SERVERS, else 127.0.0.1:4222; the file $YOKE_CREDENTIALS\n"
    "    lets us in: `yoke hub` writes it\n";

/* The kernel, for jobs that run here. On the nodes the one runs that goes by its name there: every
 * `yoke node` knows it. */
static yoke_status sum_primes(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    uint64_t lo, hi;
    yoke_uint128 sum;
    yoke_unpack_u64(yoke_unpack_u64(argument, &lo), &hi);
    yoke_status status = yoke_sum_primes(NULL, lo, hi, NULL, &sum);
    yoke_pack_u128(result, sum);
    return status;
}

/* Ends the program when a call has failed. */
static void must(yoke_status status)
{
    if (status != YOKE_OK)
        exit(report_status(status));
}

/* Hands a job to the server and returns at once; it starts as soon as a worker is free, here or on
 * a node. */
static yoke_job *submit(yoke_server *server, uint64_t below)
{
    unsigned char interval[16];
    yoke_pack_u64(yoke_pack_u64(interval, 0), below);
    yoke_job *job;
    must(yoke_submit(server, &YOKE_TASK(sum_primes, interval, unsigned char[16]), &job));
    return job;
}

/* Prints the job's result, for which it waits if need be, and gives the handle back. */
static void collect(uint64_t below, yoke_job *job)
{
    unsigned char bytes[16];
    yoke_uint128 sum;
    char text[YOKE_UINT128_TEXT_SIZE];
    must(yoke_job_result(job, bytes, sizeof bytes));
    yoke_unpack_u128(bytes, &sum);
    printf("Sum of primes below %d is %s\n", (int)below, yoke_uint128_text(sum, text));
    yoke_job_release(job);
}

static void run(yoke_server *server)
{
    collect(100, submit(server, 100));

    double began = omp_get_wtime();
    yoke_job *jobs[8];
    for (uint64_t i = 0; i < 8; i++)
        jobs[i] = submit(server, 100000 + 100 * i);
    for (uint64_t i = 0; i < 8; i++)
        collect(100000 + 100 * i, jobs[i]);
    printf("Time elapsed:  %.6f s\n", omp_get_wtime() - began);
}

/* Such as that no node answers. */
static void print_warning(yoke_log_level level, const char *line, void *context)
{
    (void)level, (void)context;
    report_failure("%s", line);
}

static int open_and_run(const struct arguments *arguments)
{
    yoke_server_options how = YOKE_SERVER_OPTIONS_INIT;
    if (arguments->operands > 1)
        return report_usage("too many arguments: \"%.60s\"; only [ncpus] is expected",
                            arguments->operand[1]);
    how.workers = YOKE_WORKERS_ALL;
    if (arguments->operands == 1 && !value_workers("ncpus", arguments->operand[0], &how.workers))
        return EXIT_USAGE;
    if (arguments->value[OPTION_REMOTE_ONLY])
        how.workers = 0;
    yoke_cluster_options where = YOKE_CLUSTER_OPTIONS_INIT;
    where.servers = value_variable("YOKE_SERVERS");
    where.credentials = value_variable("YOKE_CREDENTIALS");
    yoke_log_set(print_warning, NULL, YOKE_LOG_WARNING);
    must(yoke_kernel_register("sum_primes", 1, sum_primes));

    yoke_cluster *cluster;
    yoke_server *server;
    must(yoke_cluster_open(&where, &cluster));
    how.cluster = cluster;
    must(yoke_server_open(&how, &server));
    run(server);
    must(yoke_server_print_statistics(server, stdout));
    yoke_server_release(server);
    yoke_cluster_release(cluster);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    report_program("sum_primes_cluster");
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, count > 0 ? words + 1 : words);
    if (status == 0 && arguments.value[OPTION_HELP]) {
        printf("%s\nOptions:\n", usage);
        arguments_print_help(&table, 1, stdout);
    } else if (status == 0) {
        status = open_and_run(&arguments);
    }
    return report_close(status);
}
