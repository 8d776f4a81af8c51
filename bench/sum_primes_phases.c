/* What does the time of a sum of primes go into? The phases of the sieve, on one thread. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "phases/bars.h"
#include "phases/phases.h"
#include "plot/folder.h"
#include "plot/page.h"
#include "rounds/machine.h"
#include "rounds/rows.h"

enum {
    OPTION_HEIGHTS,
    OPTION_WIDTHS,
    OPTION_RUNS,
    OPTION_JSON,
    OPTION_PLOT,
    OPTION_HELP,
    OPTION_COUNT
};

static const struct option options[OPTION_COUNT] = {
    [OPTION_HEIGHTS] = {"heights", 0, "LIST", 1, HEIGHTS_HELP "all"},
    [OPTION_WIDTHS] = {"widths", 0, "LIST", 1, WIDTHS_HELP},
    [OPTION_RUNS] = {"runs", 0, "N", 1, "sum everything N times, 1 to 1000; the default is 5"},
    [OPTION_JSON] = {"json", 0, "FILE", 1, "write the results to FILE as well"},
    [OPTION_PLOT] = {"plot", 0, "[DIR]", 1, PLOT_HELP},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_help(void)
{
    printf("Usage: sum_primes_phases [OPTION]...\n"
           "Shows what the time of a sum of primes goes into, on one thread.\n"
           "YOKE_ISA chooses the instruction set.\n\n");
    arguments_print_help(&table, 1, stdout);
    printf("\nPhases: finding the sieving primes; entering them and finding their starts;\n"
           "pre-sieving; crossing off by small, medium and large sieving primes;\n"
           "testing what is left; summing; everything else.\n");
}

/* By round, for one row: all of the time, and each phase's. */
struct times {
    double all[ROUNDS_MAX], phase[PHASES][ROUNDS_MAX];
};

static int measure(struct interval row, unsigned round, struct times *times)
{
    yoke_primes_options primes_options = YOKE_PRIMES_OPTIONS_INIT;
    primes_options.algorithm = YOKE_ALGORITHM_SIEVE;
    double seconds[PHASES];
    yoke_uint128 sum;
    phases_begin();
    yoke_status status = yoke_sum_primes(NULL, row.lo, row.hi, &primes_options, &sum);
    phases_end(seconds);
    times->all[round] = 0;
    for (int phase = 0; phase < PHASES; phase++) {
        times->phase[phase][round] = seconds[phase];
        times->all[round] += seconds[phase];
    }
    return status == YOKE_OK ? 0 : report_status(status);
}

static void print_head(const struct machine *machine)
{
    machine_print(machine, stdout);
    printf("\n%-20s %9s", "one thread", "seconds");
    for (int phase = 0; phase < PHASES; phase++)
        printf(" %9s", phase_name[phase]);
    putchar('\n');
}

/* Sorts the times. */
static struct bar summarise_row(struct interval row, struct times *times, unsigned rounds)
{
    struct bar bar = {.row = row, .all = summarise(times->all, rounds)};
    for (int phase = 0; phase < PHASES; phase++)
        bar.phase[phase] = summarise(times->phase[phase], rounds).median;
    return bar;
}

static void print_row(const struct bar *bar)
{
    char name[INTERVAL_TEXT_SIZE];
    printf("%-20s %9.6f", interval_text(bar->row, name), bar->all.median);
    for (int phase = 0; phase < PHASES; phase++)
        printf(" %7.1f %%", 100 * bar->phase[phase] / bar->all.median);
    putchar('\n');
    fflush(stdout);
}

static void print_json_row(const struct bar *bar, FILE *stream)
{
    fprintf(stream, "    {\"lo\": %" PRIu64 ", \"hi\": %" PRIu64 ", \"seconds\": %.9f", bar->row.lo,
            bar->row.hi, bar->all.median);
    for (int phase = 0; phase < PHASES; phase++)
        fprintf(stream, ", \"%s\": %.9f", phase_name[phase], bar->phase[phase]);
    fputc('}', stream);
}

struct request {
    unsigned rows, rounds;
    struct interval row[ROWS_MAX];
};

static int run(const struct request *request, const struct machine *machine, FILE *json,
               struct bar *bars)
{
    static struct times times;
    print_head(machine);
    if (json) {
        fprintf(json, "{\n  \"benchmark\": \"sum_primes_phases\",\n  \"machine\": ");
        machine_print_json(machine, json);
        fprintf(json, ",\n  \"rounds\": %u,\n  \"results\": [", request->rounds);
    }
    for (unsigned i = 0; i < request->rows; i++) {
        int status = 0;
        for (unsigned round = 0; round < request->rounds && !status; round++)
            status = measure(request->row[i], round, &times);
        if (status)
            return status;
        bars[i] = summarise_row(request->row[i], &times, request->rounds);
        print_row(&bars[i]);
        if (json) {
            fputs(i ? ",\n" : "\n", json);
            print_json_row(&bars[i], json);
        }
    }
    if (json)
        fputs("\n  ]\n}\n", json);
    return 0;
}

static int run_with_file(const struct request *request, const struct machine *machine,
                         const char *path, struct bar *bars)
{
    if (!path)
        return run(request, machine, NULL, bars);
    FILE *json = fopen(path, "w");
    if (!json)
        return report_failure("cannot write %s: %s", path, strerror(errno));
    int status = run(request, machine, json, bars);
    errno = 0;
    bool failed = ferror(json);
    if ((fclose(json) || failed) && !status)
        return report_failure("cannot write %s: %s", path, strerror(errno));
    return status;
}

static int run_with_pictures(const struct request *request, const struct machine *machine,
                             const struct arguments *arguments)
{
    static struct bar bars[ROWS_MAX];
    const char *plot = arguments->value[OPTION_PLOT];
    const char *folder = plot ? folder_name(plot) : NULL;
    int status = folder ? folder_make(folder) : 0;
    if (!status)
        status = run_with_file(request, machine, arguments->value[OPTION_JSON], bars);
    if (status || !folder)
        return status;
    status = bars_write(bars, request->rows, request->rounds, machine, folder);
    if (!status)
        printf("\nPictures: %s/index.html\n", folder);
    return status;
}

static int describe_machine(struct machine *machine, char **words)
{
    yoke_topology *topology;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    machine_describe(machine, topology);
    page_warn(machine->busy);
    machine_add_run(machine, words);
    yoke_topology_release(topology);
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("sum_primes_phases");
    static struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, argv + 1);
    if (status)
        return status;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    if (arguments.value[OPTION_HELP])
        return print_help(), report_close(EXIT_SUCCESS);

    struct request request = {.rounds = 5};
    const char *heights = arguments.value[OPTION_HEIGHTS];
    request.rows =
        rows_make(heights ? heights : "all", arguments.value[OPTION_WIDTHS], request.row);
    if (!request.rows || !rounds_read(arguments.value[OPTION_RUNS], &request.rounds))
        return EXIT_USAGE;
    static struct machine machine;
    status = describe_machine(&machine, argv);
    if (!status)
        status = run_with_pictures(&request, &machine, &arguments);
    return report_close(status);
}
