/* Integrals by a reduction: cells of an interval, each of them integrated by Simpson's rule, which
 * is refined where the function bends. Cells differ in cost by far, and who does which is left to
 * the moment; the sum has the same digits with any number of workers all the same. */
#include <math.h>
#include <stdio.h>

#include "cli/computation.h"
#include "cli/report.h"
#include "cli/values.h"

enum { OPTION_CELLS, OPTION_TOLERANCE, OPTION_THREADS, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_CELLS] = {"cells", 'c', "N", 1, "cut the interval into N cells; the default is 4096"},
    [OPTION_TOLERANCE] = {"tolerance", 0, "N", 1,
                          "refine until it is off by 10^-N; the default is 12"},
    [OPTION_THREADS] = COMPUTATION_THREADS,
    [OPTION_HELP] = COMPUTATION_HELP,
};

#define CIRCLE "4 / (1 + x^2) from 0 to 1"
#define BELL   "exp(-x^2) from -6 to 6"
#define WAVE   "sin(1 / x) from 0.001 to 1"

static const char usage[] =
    "Usage: integrate [FUNCTION] [OPTION]...\n"
    "Integrates a function, with the same digits on any number of workers.\n\n"
    "  circle   " CIRCLE " (the default)\n"
    "  bell     " BELL "\n"
    "  wave     " WAVE "\n";

static double circle(double x)
{
    return 4 / (1 + x * x);
}

static double bell(double x)
{
    return exp(-x * x);
}

/* Bends without end towards 0. */
static double wave(double x)
{
    return sin(1 / x);
}

/* What may be integrated. */
static const struct integrand {
    const char *text;
    double (*function)(double x);
    double from, to;
} integrands[] = {
    {CIRCLE, circle, 0, 1},
    {BELL, bell, -6, 6},
    {WAVE, wave, 0.001, 1},
};

struct choice {
    const struct integrand *integrand;
    uint64_t cells;
    double tolerance; /* of a cell                                                                */
};

/* What a reduction adds up. */
struct sum {
    double integral;
    uint64_t evaluations; /* of the function                                                      */
};

/* ---- one cell -------------------------------------------------------------------------------- */

/* A part of a cell: its ends and its middle, the function there, and what Simpson's rule says. */
struct part {
    double a, b, at_a, at_middle, at_b, integral;
};

/* Halves are not halved for ever: then the function is no smooth one. */
enum { DEPTH_MOST = 40 };

static double simpson(double width, double at_a, double at_middle, double at_b)
{
    return width / 6 * (at_a + 4 * at_middle + at_b);
}

/* Lyness 1969: two halves differ from the whole by 15 times the error of what they make together.
 */
static double refine(const struct choice *choice, struct part part, double tolerance, int depth,
                     struct sum *sum)
{
    double (*f)(double) = choice->integrand->function;
    double middle = (part.a + part.b) / 2, half = (part.b - part.a) / 2;
    double at_left = f((part.a + middle) / 2), at_right = f((middle + part.b) / 2);
    double left = simpson(half, part.at_a, at_left, part.at_middle);
    double right = simpson(half, part.at_middle, at_right, part.at_b);
    double error = (left + right - part.integral) / 15;
    sum->evaluations += 2;
    if (fabs(error) <= tolerance || depth == DEPTH_MOST)
        return left + right + error;
    struct part lower = {part.a, middle, part.at_a, at_left, part.at_middle, left};
    struct part upper = {middle, part.b, part.at_middle, at_right, part.at_b, right};
    return refine(choice, lower, tolerance / 2, depth + 1, sum) +
           refine(choice, upper, tolerance / 2, depth + 1, sum);
}

static double border(const struct choice *choice, uint64_t cell)
{
    double share = (double)cell / (double)choice->cells;
    return choice->integrand->from + (choice->integrand->to - choice->integrand->from) * share;
}

/* ---- all cells ------------------------------------------------------------------------------- */

/* The body: adds the cells of a piece. */
static yoke_status add_cells(const yoke_piece *piece, void *argument)
{
    const struct choice *choice = argument;
    struct sum *sum = piece->accumulator;
    for (uint64_t cell = piece->lo; cell < piece->hi; cell++) {
        double (*f)(double) = choice->integrand->function;
        double a = border(choice, cell), b = border(choice, cell + 1);
        struct part whole = {a, b, f(a), f((a + b) / 2), f(b), 0};
        whole.integral = simpson(b - a, whole.at_a, whole.at_middle, whole.at_b);
        sum->evaluations += 3;
        sum->integral += refine(choice, whole, choice->tolerance, 0, sum);
    }
    return YOKE_OK;
}

static void add_up(void *into, const void *from, void *argument)
{
    (void)argument;
    ((struct sum *)into)->integral += ((const struct sum *)from)->integral;
    ((struct sum *)into)->evaluations += ((const struct sum *)from)->evaluations;
}

static int run(yoke_server *server, const void *argument)
{
    struct choice choice = *(const struct choice *)argument;
    struct sum sum;
    yoke_loop loop = YOKE_LOOP(0, choice.cells, add_cells, &choice);
    yoke_reduction reduction = YOKE_REDUCTION(struct sum, add_up);
    must(yoke_parallel_reduce(server, &loop, &reduction, &sum));
    printf("the integral of %s is %.17g, by %llu values\n", choice.integrand->text, sum.integral,
           (unsigned long long)sum.evaluations);
    return EXIT_SUCCESS;
}

static int read_choice(const struct arguments *arguments, void *argument)
{
    static const char *const names[] = {"circle", "bell", "wave"};
    size_t which = 0;
    uint64_t cells = 4096, digits = 12;
    if (arguments->operands > 1)
        return report_usage("\"%.60s\" is too much: one FUNCTION is expected",
                            arguments->operand[1]);
    if ((arguments->operands && !value_name("FUNCTION", arguments->operand[0], names, 3,
                                            "circle, bell or wave", &which)) ||
        !value_whole("--cells", arguments->value[OPTION_CELLS], 1, 1000000000, &cells) ||
        !value_whole("--tolerance", arguments->value[OPTION_TOLERANCE], 1, 15, &digits))
        return EXIT_USAGE;
    *(struct choice *)argument =
        (struct choice){&integrands[which], cells, pow(10, -(double)digits) / (double)cells};
    return 0;
}

int main(int count, char **words)
{
    struct choice choice;
    const struct computation computation = {"integrate", usage, {options, OPTION_COUNT},
                                            read_choice, run,   &choice};
    return computation_main(&computation, count, words);
}
