/* Measures the constants of the cost model, which chooses between sieve and sums below n and says
 * how long they take, on this machine: those of lib/primes/unit_costs.c. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include <yoke/yoke.h>

#include "calibration/measure.h"
#include "calibration/rows.h"
#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "rounds/isas.h"
#include "rounds/machine.h"
#include "rounds/rows.h"

enum { OPTION_ISA, OPTION_SECONDS, OPTION_WRITE, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_ISA] = {"isa", 0, "LIST", 1,
                    "for these instruction sets, as in portable,avx2; the\n"
                    "default is all that this processor can run"},
    [OPTION_SECONDS] = {"seconds", 0, "N", 1,
                        "take about N seconds for each, 1 to 3600; the default\n"
                        "is 60. What does not fit is estimated"},
    [OPTION_WRITE] = {"write", 0, "FILE", 1,
                      "put the rows into FILE as well, which is\n"
                      "lib/primes/unit_costs.c; rows of others stay"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_help(void)
{
    printf("Usage: calibrate [OPTION]...\n"
           "Measures what sums of primes take on one core of this machine, and prints how well\n"
           "`yoke sum --explain` tells that beforehand, and the constants that do it best.\n\n");
    arguments_print_help(&table, 1, stdout);
    printf(
        "\nThe machine should be idle otherwise. `make calibrate WRITE=1` has the library built\n"
        "with the constants at the next `make`.\n");
}

struct request {
    struct isas isas;
    double seconds;
    const char *file; /* or NULL */
};

static int read_request(struct request *request, const struct arguments *arguments)
{
    const char *isas = arguments->value[OPTION_ISA], *seconds = arguments->value[OPTION_SECONDS];
    expression_integer number = 60;
    if (arguments->operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments->operand[0]);
    if (seconds && !value_bound("--seconds", seconds, &number))
        return EXIT_USAGE;
    if (number < 1 || number > 3600)
        return report_usage("--seconds \"%.60s\" must lie between 1 and 3600", seconds);
    request->seconds = (double)number;
    request->file = arguments->value[OPTION_WRITE];
    int status = isas_read(&request->isas, isas ? isas : "all");
    /* What cannot be written shows before the measuring. */
    for (unsigned i = 0; i < request->isas.count && !status && request->file; i++)
        status = rows_replace(request->file, unit_costs_of(request->isas.name[i]));
    return status;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void print_row(const struct measurement *measurement, unsigned index)
{
    const struct measured *measured = &measurement->measured[index];
    char text[INTERVAL_TEXT_SIZE];
    interval_text((struct interval){measured->lo, measured->hi}, text);
    double before = measure_predict(measurement->before, measured);
    double now = measure_predict(&measurement->now, measured);
    bool sieve = measured->algorithm == YOKE_ALGORITHM_SIEVE;
    printf("%-8s %-6s %-22s %11.6f %11.6f %6.2f %11.6f %6.2f%s\n", measurement->now.isa,
           sieve ? "sieve" : "below", text, measured->seconds, before, before / measured->seconds,
           now, now / measured->seconds, index < measurement->checks ? "" : "  *");
}

static void print_table(const struct measurement *measurement)
{
    printf("\n%-8s %-6s %-22s %11s %11s %6s %11s %6s\n", "isa", "by", "sum over", "measured (s)",
           "as built", "ratio", "calibrated", "ratio");
    for (unsigned i = 0; i < measurement->count; i++)
        print_row(measurement, i);
    fflush(stdout);
}

/* ---- all ------------------------------------------------------------------------------------- */

static int describe_machine(char **words)
{
    static struct machine machine;
    yoke_topology *topology;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    machine_describe(&machine, topology);
    machine_add_run(&machine, words);
    machine_print(&machine, stdout);
    fflush(stdout);
    yoke_topology_release(topology);
    return 0;
}

static int calibrate(const struct request *request)
{
    static struct measurement measurement[ISAS_MAX];
    for (unsigned i = 0; i < request->isas.count; i++) {
        const char *isa = request->isas.name[i];
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "%s: about %.0f s\n", isa, request->seconds);
        int status = measure_unit_costs(isa, request->seconds, &measurement[i]);
        if (status)
            return status;
        print_table(&measurement[i]);
    }
    printf(
        "\nSeconds of one processor's time, the least of some runs. Ratio: by the one measured.\n"
        "*: checks the constants, which do not come from it.\n\n"
        "For lib/primes/unit_costs.c:\n\n");
    int status = 0;
    for (unsigned i = 0; i < request->isas.count && !status; i++) {
        rows_print(&measurement[i].now, stdout);
        if (request->file)
            status = rows_replace(request->file, &measurement[i].now);
    }
    return status;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("calibrate");
    static struct arguments arguments;
    static struct request request;
    int status = arguments_read(&arguments, &table, 1, argv + 1);
    if (!status && arguments.value[OPTION_HELP])
        return print_help(), report_close(EXIT_SUCCESS);
    if (!status)
        status = read_request(&request, &arguments);
    if (!status)
        status = describe_machine(argv);
    if (!status)
        status = calibrate(&request);
    return report_close(status);
}
