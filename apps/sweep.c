/* A sweep over a parameter: r of the logistic map x -> r x (1 - x), whose population settles,
 * swings between some sizes, or is chaos. Its Lyapunov exponent tells which: two populations that
 * are close go apart where it is positive. Each r is an item of a map, and the results come in
 * order. */
#include <math.h>
#include <stdio.h>

#include "cli/computation.h"
#include "cli/report.h"
#include "cli/values.h"

enum { OPTION_POINTS, OPTION_STEPS, OPTION_THREADS, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_POINTS] = {"points", 'p', "N", 1, "sweep r over N values; the default is 21"},
    [OPTION_STEPS] = {"steps", 's', "N", 1, "follow each one for N steps; the default is 10^6"},
    [OPTION_THREADS] = COMPUTATION_THREADS,
    [OPTION_HELP] = COMPUTATION_HELP,
};

static const char usage[] =
    "Usage: sweep [OPTION]...\n"
    "Sweeps r of the logistic map from 3 to 4, and tells where it is chaos: r, the\n"
    "Lyapunov exponent, and what that means.\n";

struct choice {
    uint64_t points, steps;
};

/* An item: what its kernel is given. */
struct trial {
    double r;
    uint64_t steps;
};

/* The kernel: the mean of log |r (1 - 2x)|, once the population has come to where it stays. */
static yoke_status find_exponent(yoke_context *context, const void *argument, void *result)
{
    const struct trial *trial = argument;
    double x = 0.4, sum = 0;
    for (uint64_t step = 0; step < 2 * trial->steps; step++) {
        x = trial->r * x * (1 - x);
        if (step >= trial->steps)
            sum += log(fabs(trial->r * (1 - 2 * x)));
        if (step % 65536 == 0 && yoke_context_cancelled(context))
            return YOKE_CANCELLED;
    }
    *(double *)result = sum / (double)trial->steps;
    return YOKE_OK;
}

static int run(yoke_server *server, const void *argument)
{
    const struct choice *choice = argument;
    struct trial *trials = calloc(choice->points, sizeof *trials);
    double *exponents = calloc(choice->points, sizeof *exponents);
    if (!trials || !exponents) {
        free(trials), free(exponents);
        return report_failure("there is no memory for %llu values; ask for less by --points",
                              (unsigned long long)choice->points);
    }
    for (uint64_t i = 0; i < choice->points; i++)
        trials[i] = (struct trial){3 + ((double)i + 0.5) / (double)choice->points, choice->steps};

    must(yoke_map(server, find_exponent, trials, sizeof *trials, exponents, sizeof *exponents,
                  choice->points, NULL));

    for (uint64_t i = 0; i < choice->points; i++)
        printf("%.6f %9.4f %s\n", trials[i].r, exponents[i], exponents[i] > 0 ? "chaos" : "order");
    free(trials), free(exponents);
    return EXIT_SUCCESS;
}

static int read_choice(const struct arguments *arguments, void *argument)
{
    struct choice *choice = argument;
    if (arguments->operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments->operand[0]);
    bool right =
        value_whole("--points", arguments->value[OPTION_POINTS], 1, 1000000000, &choice->points) &&
        value_whole("--steps", arguments->value[OPTION_STEPS], 1, 1000000000000, &choice->steps);
    return right ? 0 : EXIT_USAGE;
}

int main(int count, char **words)
{
    struct choice choice = {21, 1000000};
    const struct computation computation = {"sweep",     usage, {options, OPTION_COUNT},
                                            read_choice, run,   &choice};
    return computation_main(&computation, count, words);
}
