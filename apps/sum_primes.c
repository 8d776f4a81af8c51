/* Parallel Python's first example on yoke: open a server, submit jobs, collect their results. */
#include <omp.h>
#include <stdio.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/trace.h"
#include "cli/values.h"

enum { OPTION_ALGORITHM, OPTION_TRACE, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_ALGORITHM] = {"algorithm", 0, "NAME", 1,
                          "auto or sieve: sieve of Eratosthenes (the default)\n"
                          "trial: trial division, as the Python program does"},
    [OPTION_TRACE] = {"trace", 0, "FILE", 1, TRACE_HELP},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static const char usage[] =
    "Usage: sum_primes [ncpus]\n"
    "    [ncpus] - the number of workers to run in parallel,\n"
    "    if omitted it will be set to the number of processors in the system\n";

struct input {
    uint64_t below; /* sum the primes below this                                                  */
    yoke_algorithm algorithm;
};

/* The kernel: what a job runs, on whichever worker is free. It gets a copy of the argument and
 * room for the result. Without a server yoke_sum_primes() stays on this worker. */
static yoke_status sum_primes(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    const struct input *input = argument;
    yoke_primes_options how = YOKE_PRIMES_OPTIONS_INIT;
    how.algorithm = input->algorithm;
    return yoke_sum_primes(NULL, 0, input->below, &how, result);
}

/* Ends the program when a call has failed; the server's threads and memory end with it. */
static void must(yoke_status status)
{
    if (status != YOKE_OK)
        exit(report_status(status));
}

/* Hands a job to the server and returns at once; it starts as soon as a worker is free. */
static yoke_job *submit(yoke_server *server, const struct input *input)
{
    yoke_job *job;
    must(yoke_submit(server, &YOKE_TASK(sum_primes, *input, yoke_uint128), &job));
    return job;
}

/* Prints the job's result, for which it waits if need be, and gives the handle back. */
static void collect(const struct input *input, yoke_job *job)
{
    yoke_uint128 sum;
    char text[YOKE_UINT128_TEXT_SIZE];
    must(yoke_job_result(job, &sum, sizeof sum));
    printf("Sum of primes below %d is %s\n", (int)input->below, yoke_uint128_text(sum, text));
    yoke_job_release(job);
}

static void run(yoke_server *server, yoke_algorithm algorithm)
{
    const struct input first = {100, algorithm};
    collect(&first, submit(server, &first));

    double began = omp_get_wtime();
    struct input inputs[8];
    yoke_job *jobs[8];
    for (int i = 0; i < 8; i++) {
        inputs[i] = (struct input){100000 + 100 * (uint64_t)i, algorithm};
        jobs[i] = submit(server, &inputs[i]);
    }
    for (int i = 0; i < 8; i++)
        collect(&inputs[i], jobs[i]);
    printf("Time elapsed:  %.6f s\n", omp_get_wtime() - began);
}

static int open_and_run(const struct arguments *arguments)
{
    yoke_server_options how = YOKE_SERVER_OPTIONS_INIT; /* 0 workers: as many as fit the machine */
    yoke_algorithm algorithm = YOKE_ALGORITHM_AUTO;
    if (arguments->operands > 1)
        return report_usage("too many arguments: \"%.60s\"; only [ncpus] is expected",
                            arguments->operand[1]);
    if (arguments->operands == 1 && !value_workers("ncpus", arguments->operand[0], &how.workers))
        return EXIT_USAGE;
    const char *name = arguments->value[OPTION_ALGORITHM];
    if (name && !value_algorithm(name, &algorithm))
        return EXIT_USAGE;
    struct trace_file trace;
    int status = trace_open(&trace, arguments->value[OPTION_TRACE]);
    if (status != EXIT_SUCCESS)
        return status;
    how.trace = trace.path;

    yoke_server *server;
    must(yoke_server_open(&how, &server));
    printf("%s\nStarting yoke with %u workers\n", usage, yoke_server_workers(server));
    run(server, algorithm);
    must(yoke_server_print_statistics(server, stdout));
    status = trace_write(&trace, server);
    yoke_server_release(server);
    return status;
}

int main(int count, char **words)
{
    report_program("sum_primes");
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
