/* Heat in a plate, one side of which is kept at 100 degrees and the others at 0: in each sweep
 * every point becomes the mean of its four neighbours, until none changes any more. A sweep is a
 * reduction: its pieces write rows, and their accumulators have the largest change. */
#include <math.h>
#include <stdio.h>

#include "cli/computation.h"
#include "cli/report.h"
#include "cli/values.h"

enum { OPTION_SIZE, OPTION_TOLERANCE, OPTION_THREADS, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_SIZE] = {"size", 's', "N", 1,
                     "N x N points, of which the outer ones stay as they\n"
                     "are; the default is 129"},
    [OPTION_TOLERANCE] = {"tolerance", 0, "N", 1,
                          "sweep until no point changes by more than 10^-N; the\n"
                          "default is 4"},
    [OPTION_THREADS] = COMPUTATION_THREADS,
    [OPTION_HELP] = COMPUTATION_HELP,
};

static const char usage[] =
    "Usage: jacobi [OPTION]...\n"
    "Finds how warm a plate is, one side of which is kept at 100 degrees, by sweeps\n"
    "of Jacobi.\n";

struct plate {
    uint64_t size;
    double tolerance;
    double *now, *next; /* size * size degrees, before a sweep and after it                       */
};

/* The body: sweeps the rows of a piece. */
static yoke_status sweep_rows(const yoke_piece *piece, void *argument)
{
    const struct plate *plate = argument;
    uint64_t size = plate->size;
    double largest = *(double *)piece->accumulator;
    for (uint64_t row = piece->lo; row < piece->hi; row++) {
        const double *now = plate->now + row * size;
        double *next = plate->next + row * size;
        for (uint64_t i = 1; i + 1 < size; i++) {
            next[i] = 0.25 * (((now - size)[i] + now[size + i]) + (now[i - 1] + now[i + 1]));
            largest = fmax(largest, fabs(next[i] - now[i]));
        }
    }
    *(double *)piece->accumulator = largest;
    return YOKE_OK;
}

static void take_larger(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into = fmax(*(double *)into, *(const double *)from);
}

/* Sweeps until the plate is at rest, and returns how many times. */
static uint64_t settle(yoke_server *server, struct plate *plate)
{
    yoke_loop loop = YOKE_LOOP(1, plate->size - 1, sweep_rows, plate);
    yoke_reduction reduction = YOKE_REDUCTION(double, take_larger);
    double change;
    uint64_t sweeps = 0;
    do {
        must(yoke_parallel_reduce(server, &loop, &reduction, &change));
        double *kept = plate->now;
        plate->now = plate->next;
        plate->next = kept;
        sweeps++;
    } while (change > plate->tolerance);
    return sweeps;
}

static int run(yoke_server *server, const void *choice)
{
    struct plate plate = *(const struct plate *)choice;
    uint64_t points = plate.size * plate.size;
    double *degrees = calloc(2 * points, sizeof *degrees);
    if (!degrees)
        return report_failure("there is no memory for %llu x %llu points; ask for less by --size",
                              (unsigned long long)plate.size, (unsigned long long)plate.size);
    plate.now = degrees;
    plate.next = degrees + points;
    for (uint64_t i = 0; i < plate.size; i++)
        plate.now[i] = plate.next[i] = 100;
    uint64_t sweeps = settle(server, &plate);
    printf("after %llu sweeps the centre has %.3f degrees\n", (unsigned long long)sweeps,
           plate.now[plate.size / 2 * plate.size + plate.size / 2]);
    free(degrees);
    return EXIT_SUCCESS;
}

static int read_choice(const struct arguments *arguments, void *argument)
{
    struct plate *plate = argument;
    uint64_t digits = 4;
    if (arguments->operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments->operand[0]);
    if (!value_whole("--size", arguments->value[OPTION_SIZE], 3, 100000, &plate->size) ||
        !value_whole("--tolerance", arguments->value[OPTION_TOLERANCE], 1, 12, &digits))
        return EXIT_USAGE;
    plate->tolerance = pow(10, -(double)digits);
    return 0;
}

int main(int count, char **words)
{
    struct plate plate = {.size = 129};
    const struct computation computation = {"jacobi",    usage, {options, OPTION_COUNT},
                                            read_choice, run,   &plate};
    return computation_main(&computation, count, words);
}
