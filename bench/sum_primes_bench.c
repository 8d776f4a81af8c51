/* How fast are sums of primes? Trial division, yoke's sieve without and with workers, and what
 * others do, on the same interval. */
#include <errno.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "contest/contest.h"
#include "contest/machine.h"
#include "contest/results.h"
#include "contest/sieves.h"

enum { OPTION_LIMIT, OPTION_RUNS, OPTION_JSON, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_LIMIT] = {"limit", 0, "N", 1,
                      "sum the primes below N, from 1000 up; the default is the\n"
                      "largest of 1e8, 1e9 and 1e10 that takes less than a minute"},
    [OPTION_RUNS] = {"runs", 0, "N", 1, "run everything N times, 1 to 1000; the default is 5"},
    [OPTION_JSON] = {"json", 0, "FILE", 1, "write the results to FILE as well"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

/* What the user asked for; `below` 0: whatever fits into a minute. */
struct request {
    uint64_t below;
    unsigned rounds;
    const char *json;
    bool help;
};

static bool read_number(const char *what, const char *text, uint64_t least, uint64_t most,
                        uint64_t *number)
{
    expression_integer value;
    if (!value_bound(what, text, &value))
        return false;
    if (value < (expression_integer)least || value > (expression_integer)most) {
        report_usage("%s \"%.60s\" must lie between %llu and %llu", what, text,
                     (unsigned long long)least, (unsigned long long)most);
        return false;
    }
    *number = (uint64_t)value;
    return true;
}

static int read_request(char **words, struct request *request)
{
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, 1, words);
    if (status)
        return status;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);

    uint64_t rounds = 5;
    const char *limit = arguments.value[OPTION_LIMIT], *runs = arguments.value[OPTION_RUNS];
    *request = (struct request){.json = arguments.value[OPTION_JSON],
                                .help = arguments.value[OPTION_HELP] != NULL};
    if (limit && !read_number("--limit", limit, 1000, UINT64_MAX, &request->below))
        return EXIT_USAGE;
    if (runs && !read_number("--runs", runs, 1, ROUNDS_MAX, &rounds))
        return EXIT_USAGE;
    request->rounds = (unsigned)rounds;
    return 0;
}

static void print_help(void)
{
    printf("Usage: sum_primes_bench [options]\n"
           "Compares ways to sum primes. OMP_NUM_THREADS sets the largest number of workers.\n\n");
    arguments_print_help(&table, 1, stdout);
}

static void add_contenders(struct contest *contest, uint64_t below, unsigned workers)
{
    contest->contenders = 0;
    sieves_add_trial_division(contest, below);
    sieves_add_yoke(contest, below, workers);
    sieves_add_primesieve(contest, below, workers);
}

/* Adds the contenders for the largest bound that leaves a minute some room, by a first look at the
 * sieve: 100 times the numbers take it some 150 times as long, and more workers less. */
static int add_affordable(struct contest *contest, unsigned workers)
{
    const uint64_t first = 100000000;
    const double most = 40;
    double before = omp_get_wtime();
    yoke_uint128 sum;
    yoke_status status = yoke_sum_primes(NULL, 0, first, NULL, &sum);
    double seconds = omp_get_wtime() - before;
    if (status != YOKE_OK)
        return report_status(status);

    for (uint64_t below = 100 * first; below >= first; below /= 10) {
        add_contenders(contest, below, workers);
        double shares = 0;
        for (unsigned i = 0; i < contest->contenders; i++)
            shares += 1.0 / contest->contender[i].threads;
        if (shares * seconds * 1.5 * (double)(below / first) * contest->rounds < most)
            break;
    }
    return 0;
}

/* Measures and prints; what was measured is left in `contest` and `machine`. */
static int measure(const struct request *request, const yoke_topology *topology,
                   struct contest *contest, struct machine *machine)
{
    machine_describe(machine, topology);
    machine_add(machine, "primesieve", "%s",
                sieves_primesieve() ? sieves_primesieve()
                                    : "not compared with; `make deps-peers bench` does so");
    contest->rounds = request->rounds;

    int status = 0;
    unsigned workers = yoke_topology_workers(topology);
    if (request->below)
        add_contenders(contest, request->below, workers);
    else
        status = add_affordable(contest, workers);
    if (!status)
        status = contest_run(contest, isatty(STDERR_FILENO));
    if (!status)
        results_print(contest, machine, stdout);
    return status;
}

static int report_file(const char *path)
{
    fprintf(stderr, "sum_primes_bench: cannot write %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
}

static int run(const struct request *request, const yoke_topology *topology)
{
    static struct contest contest; /* too large for a stack */
    struct machine machine;
    if (!request->json)
        return measure(request, topology, &contest, &machine);

    /* A path that cannot be written shows before the measuring, not a minute after. */
    FILE *file = fopen(request->json, "w");
    if (!file)
        return report_file(request->json);
    int status = measure(request, topology, &contest, &machine);
    if (!status)
        results_print_json(&contest, &machine, file);
    errno = 0;
    bool failed = ferror(file);
    if ((fclose(file) || failed) && !status)
        return report_file(request->json);
    return status;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("sum_primes_bench");
    struct request request;
    int result = read_request(argv + 1, &request);
    if (result)
        return result;
    if (request.help)
        return print_help(), report_close(EXIT_SUCCESS);

    yoke_topology *topology;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    result = run(&request, topology);
    yoke_topology_release(topology);
    return report_close(result);
}
