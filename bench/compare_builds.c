/* Is one build faster than another? Both are measured in turn, round after round, and each row ends
 * in an interval for the ratio of their times. `make bench-compare` calls it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yoke/topology.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "rounds/machine.h"
#include "rounds/summary.h"

enum { OPTION_RUNS, OPTION_THRESHOLD, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_RUNS] = {"runs", 0, "N", 1, "measure every row N times, 8 to 1000; the default is 20"},
    [OPTION_THRESHOLD] = {"threshold", 0, "PERCENT", 1,
                          "fail where the new build is slower by more than that,\n"
                          "with confidence; the default is 2"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_help(void)
{
    printf(
        "Usage: compare_builds BASE NEW [options]\n"
        "Runs two builds of bench/compare/stopwatch.c in turn, the one first in even rounds and\n"
        "the other in odd ones. For each row it prints the median of the rounds' ratios, new\n"
        "over base, and the interval in which the true median lies with 99 %% confidence.\n"
        "Exit status 3: a row is slower beyond the threshold.\n\n");
    arguments_print_help(&table, 1, stdout);
}

/* Eight rounds are the least that give an interval of 99 %. */
enum { ROUNDS_LEAST = 8, ROUNDS_MAX = 1000, ROWS_MAX = 32, NAME_SIZE = 64, EXIT_SLOWER = 3 };

struct measurement {
    double seconds;
    char answer[NAME_SIZE];
};

/* ---- running --------------------------------------------------------------------------------- */

/* Opens the program with an argument, which has no quotes in it; NULL after a report. */
static FILE *open_program(const char *program, const char *argument)
{
    char command[1000];
    snprintf(command, sizeof command, "'%s' '%s'", program, argument);
    FILE *output = popen(command, "r");
    if (!output)
        report_failure("cannot run %s: %s", program, strerror(errno));
    return output;
}

static int measure(const char *program, const char *row, struct measurement *measurement)
{
    FILE *output = open_program(program, row);
    if (!output)
        return EXIT_FAILURE;
    int read = fscanf(output, "%lf %63[0-9]", &measurement->seconds, measurement->answer);
    if (pclose(output) != 0 || read != 2 || !(measurement->seconds > 0))
        return report_failure("%s fails at \"%s\"", program, row);
    return 0;
}

/* Returns how many rows the program has, or after a report 0. */
static unsigned read_rows(const char *program, char rows[ROWS_MAX][NAME_SIZE])
{
    FILE *output = popen(program, "r");
    unsigned count = 0;
    while (output && count < ROWS_MAX && fgets(rows[count], NAME_SIZE, output)) {
        rows[count][strcspn(rows[count], "\n")] = '\0';
        count++;
    }
    if (!output || pclose(output) != 0 || !count)
        return report_failure("%s does not tell what it measures", program), 0;
    return count;
}

/* ---- statistics ------------------------------------------------------------------------------ */

/* How many values to leave out at either end, so that what lies between has the true median in it
 * with 99 % confidence, whatever its distribution: each value is above it as a coin falls. */
static unsigned rank_of_interval(unsigned count)
{
    double chance = pow(0.5, count), below = 0; /* of so many heads, and of less                  */
    unsigned rank = 0;
    while (2 * (below + chance) <= 0.01) {
        below += chance;
        chance *= (double)(count - rank) / (rank + 1);
        rank++;
    }
    return rank - 1;
}

struct interval {
    double low, median, high;
};

static struct interval interval_of(double *ratios, unsigned count)
{
    double median = summarise(ratios, count).median;
    unsigned rank = rank_of_interval(count);
    return (struct interval){ratios[rank], median, ratios[count - 1 - rank]};
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct comparison {
    const char *program[2]; /* base, new                                                          */
    unsigned rounds, rows;
    double threshold;
    char row[ROWS_MAX][NAME_SIZE];
    double seconds[2][ROWS_MAX][ROUNDS_MAX];
};

static int run_round(struct comparison *comparison, unsigned row, unsigned round)
{
    struct measurement found[2];
    /* Neither is always the first, which may find caches and clocks as another row left them. */
    for (unsigned turn = 0; turn < 2; turn++) {
        unsigned which = (turn + round) % 2;
        int status = measure(comparison->program[which], comparison->row[row], &found[which]);
        if (status)
            return status;
        comparison->seconds[which][row][round] = found[which].seconds;
    }
    if (strcmp(found[0].answer, found[1].answer) == 0)
        return 0;
    return report_failure("\"%s\" comes out as %s, and as %s in the base", comparison->row[row],
                          found[1].answer, found[0].answer);
}

static int run(struct comparison *comparison, bool progress)
{
    for (unsigned round = 0; round < comparison->rounds; round++)
        for (unsigned row = 0; row < comparison->rows; row++) {
            if (progress)
                fprintf(stderr, "\rround %u of %u: %-28s", round + 1, comparison->rounds,
                        comparison->row[row]);
            int status = run_round(comparison, row, round);
            if (status)
                return status;
        }
    if (progress)
        fprintf(stderr, "\r%60s\r", "");
    return 0;
}

/* Returns whether the row is slower beyond the threshold. */
static bool print_row(struct comparison *comparison, unsigned row)
{
    double ratios[ROUNDS_MAX];
    for (unsigned round = 0; round < comparison->rounds; round++)
        ratios[round] = comparison->seconds[1][row][round] / comparison->seconds[0][row][round];
    struct interval ratio = interval_of(ratios, comparison->rounds);
    bool beyond = ratio.low > 1 + comparison->threshold;
    const char *verdict = "same";
    if (ratio.low > 1)
        verdict = beyond ? "SLOWER" : "slower";
    else if (ratio.high < 1)
        verdict = "faster";
    printf("%-28s %11.3e %11.3e   %.3f (%.3f-%.3f)  %s\n", comparison->row[row],
           summarise(comparison->seconds[0][row], comparison->rounds).median,
           summarise(comparison->seconds[1][row], comparison->rounds).median, ratio.median,
           ratio.low, ratio.high, verdict);
    return beyond;
}

static int print(struct comparison *comparison)
{
    bool beyond = false;
    printf("\n%-28s %11s %11s   %s\n", "", "base (s)", "new (s)", "new / base");
    for (unsigned row = 0; row < comparison->rows; row++)
        beyond = print_row(comparison, row) || beyond;
    printf("\nMedians of %u rounds, in turn. In brackets the interval of the median of the ratios\n"
           "with 99 %% confidence: \"same\" where it has 1 in it, SLOWER where all of it is beyond "
           "%g.\n",
           comparison->rounds, 1 + comparison->threshold);
    return beyond ? EXIT_SLOWER : EXIT_SUCCESS;
}

static int compare(struct comparison *comparison)
{
    comparison->rows = read_rows(comparison->program[1], comparison->row);
    int status = comparison->rows ? run(comparison, isatty(STDERR_FILENO)) : EXIT_FAILURE;
    if (status)
        return status;
    yoke_topology *topology;
    if (yoke_topology_open(NULL, &topology) == YOKE_OK) {
        struct machine machine;
        machine_describe(&machine, topology);
        machine_print(&machine, stdout);
        yoke_topology_release(topology);
    }
    return print(comparison);
}

/* ---- the command line ------------------------------------------------------------------------ */

static int read_numbers(struct comparison *comparison, const struct arguments *arguments)
{
    const char *runs = arguments->value[OPTION_RUNS];
    const char *threshold = arguments->value[OPTION_THRESHOLD];
    expression_integer rounds = 20;
    if (runs && !value_bound("--runs", runs, &rounds))
        return EXIT_USAGE;
    if (rounds < ROUNDS_LEAST || rounds > ROUNDS_MAX)
        return report_usage("--runs \"%.60s\" must lie between %d and %d", runs, ROUNDS_LEAST,
                            ROUNDS_MAX);
    char *end = NULL;
    double percent = threshold ? strtod(threshold, &end) : 2;
    if (threshold && (end == threshold || *end || !(percent >= 0 && percent <= 1000)))
        return report_usage("--threshold \"%.60s\" must be a percentage from 0 to 1000", threshold);
    comparison->rounds = (unsigned)rounds;
    comparison->threshold = percent / 100;
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("compare_builds");
    struct arguments arguments;
    static struct comparison comparison; /* too large for a stack */
    int result = arguments_read(&arguments, &table, 1, argv + 1);
    if (result)
        return result;
    if (arguments.value[OPTION_HELP])
        return print_help(), report_close(EXIT_SUCCESS);
    if (arguments.operands != 2)
        return report_usage("expected two programs, BASE and NEW; `make bench-compare BASE=HEAD~1` "
                            "builds them");
    comparison.program[0] = arguments.operand[0];
    comparison.program[1] = arguments.operand[1];
    result = read_numbers(&comparison, &arguments);
    return report_close(result ? result : compare(&comparison));
}
