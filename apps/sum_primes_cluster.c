/* Parallel Python's first example on a cluster: its jobs run on whichever nodes are there. */
#include <stdio.h>
#include <yoke/yoke.h>

#include <yoke/cluster.h>

#include "cli/arguments.h"
#include "cli/report.h"

enum { OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static const char usage[] =
    "Usage: sum_primes_cluster\n"
    "    the hub is $YOKE_SERVERS, else 127.0.0.1:4222; the file $YOKE_CREDENTIALS\n"
    "    lets us in: `yoke hub` writes it\n";

/* Ends the program when a call has failed. */
static void must(yoke_status status)
{
    if (status != YOKE_OK)
        exit(report_status(status));
}

/* Names the kernel that the nodes are to run, and packs its argument: no code travels. */
static yoke_remote *submit(yoke_cluster *cluster, uint64_t below)
{
    unsigned char interval[16];
    yoke_pack_u64(yoke_pack_u64(interval, 0), below);
    yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
    task.kernel = "sum_primes";
    task.version = 1;
    task.argument = interval;
    task.argument_size = sizeof interval;
    task.result_size = 16;
    yoke_remote *job;
    must(yoke_cluster_submit(cluster, &task, &job));
    return job;
}

/* Prints the job's result, for which it waits if need be, and gives the handle back. */
static void collect(uint64_t below, yoke_remote *job)
{
    unsigned char bytes[16];
    yoke_uint128 sum;
    char text[YOKE_UINT128_TEXT_SIZE];
    must(yoke_remote_result(job, bytes, sizeof bytes));
    yoke_unpack_u128(bytes, &sum);
    printf("Sum of primes below %d is %s\n", (int)below, yoke_uint128_text(sum, text));
    yoke_remote_release(job);
}

static int run(void)
{
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    how.servers = getenv("YOKE_SERVERS");
    how.credentials = getenv("YOKE_CREDENTIALS");
    yoke_cluster *cluster;
    must(yoke_cluster_open(&how, &cluster));
    collect(100, submit(cluster, 100));
    yoke_remote *jobs[8];
    for (uint64_t i = 0; i < 8; i++)
        jobs[i] = submit(cluster, 100000 + 100 * i);
    for (uint64_t i = 0; i < 8; i++)
        collect(100000 + 100 * i, jobs[i]);
    must(yoke_cluster_print_stats(cluster, stdout));
    yoke_cluster_release(cluster);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    report_program("sum_primes_cluster");
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, count > 0 ? words + 1 : words);
    if (status == 0 && arguments.operands)
        status = report_usage("options only are expected, not \"%.60s\"", arguments.operand[0]);
    else if (status == 0 && arguments.value[OPTION_HELP])
        fputs(usage, stdout);
    else if (status == 0)
        status = run();
    return report_close(status);
}
