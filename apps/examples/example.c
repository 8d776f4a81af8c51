/* The main function that Parallel Python's examples share: see example.h. */
#include "example.h"

#include <stdio.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/trace.h"
#include "cli/values.h"

enum { OPTION_TRACE, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_TRACE] = {"trace", 0, "FILE", 1, TRACE_HELP},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_usage(const struct example *example)
{
    printf("Usage: %s%s\n", example->name, example->ncpus ? " [ncpus]" : "");
    if (example->ncpus)
        printf("    [ncpus] - the number of workers to run in parallel,\n"
               "    if omitted it will be set to the number of processors in the system\n");
    printf("\n");
}

static int print_help(const struct example *example)
{
    print_usage(example);
    printf("%s\n\nOptions:\n", example->summary);
    arguments_print_help(&table, 1, stdout);
    return EXIT_SUCCESS;
}

static int run(yoke_server *server, const void *choice)
{
    const struct example *example = choice;
    print_usage(example);
    if (example->ncpus)
        printf("Starting yoke with %u workers\n", yoke_server_workers(server));
    int status = example->run(server);
    if (status == EXIT_SUCCESS)
        must(yoke_server_print_statistics(server, stdout));
    return status;
}

static int open_and_run(const struct example *example, const struct arguments *arguments)
{
    unsigned workers = 0;
    if (arguments->operands > example->ncpus)
        return report_usage("too many arguments: \"%.60s\"; %s is expected",
                            arguments->operand[example->ncpus],
                            example->ncpus ? "only [ncpus]" : "none");
    if (arguments->operands == 1 && !value_workers("ncpus", arguments->operand[0], &workers))
        return EXIT_USAGE;
    return computation_run(workers, arguments->value[OPTION_TRACE], run, example);
}

int example_main(const struct example *example, int count, char **words)
{
    report_program(example->name);
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, count > 0 ? words + 1 : words);
    if (status == 0)
        status =
            arguments.value[OPTION_HELP] ? print_help(example) : open_and_run(example, &arguments);
    return report_close(status);
}
