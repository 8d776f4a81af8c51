/* How fast are sums of primes? Trial division, yoke's sieve without and with workers, and what
 * others do, on the same intervals. */
#include <errno.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yoke/yoke.h>

#include "cli/report.h"
#include "peers/pictures.h"
#include "peers/request.h"
#include "peers/results.h"
#include "peers/sieves.h"
#include "plot/folder.h"
#include "plot/page.h"
#include "rounds/contest.h"
#include "rounds/machine.h"

/* With each instruction set that was asked for. */
static void add_yoke(struct contest *contest, const struct request *request,
                     struct interval interval, unsigned workers,
                     void (*add)(struct contest *, struct interval, unsigned, const char *))
{
    for (unsigned i = 0; i < request->isas.count; i++)
        add(contest, interval, workers, request->isas.name[i]);
    if (!request->isas.count)
        add(contest, interval, workers, NULL);
}

static void add_peers(struct contest *contest, const struct request *request,
                      struct interval interval, unsigned workers, bool below)
{
    for (unsigned i = 0; i < request->peers; i++)
        if (peer_takes_part(&request->peer[i], interval, below))
            sieves_add_peer(contest, interval, workers, &request->peer[i], below);
}

/* Those whom every interval has. */
static void add_all(struct contest *contest, const struct request *request,
                    struct interval interval, unsigned workers)
{
    add_yoke(contest, request, interval, workers, sieves_add_yoke);
    add_peers(contest, request, interval, workers, false);
    sieves_add_primesieve(contest, interval, workers);
}

static void add_limit(struct contest *contest, const struct request *request, uint64_t limit,
                      unsigned workers)
{
    struct interval interval = {0, limit};
    contest->contenders = 0;
    sieves_add_trial_division(contest, interval);
    sieves_add_sequential(contest, interval);
    add_all(contest, request, interval, workers);
    sieves_add_iterator(contest, interval);
}

/* Adds the contenders for the largest bound that leaves a minute some room, by a first look at the
 * sieve: 100 times the numbers take it some 150 times as long, and more workers less. */
static int add_affordable(struct contest *contest, const struct request *request, unsigned workers)
{
    const uint64_t first = 100000000;
    const double most = 40;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = YOKE_ALGORITHM_SIEVE;
    double before = omp_get_wtime();
    yoke_uint128 sum;
    yoke_status status = yoke_sum_primes(NULL, 0, first, &options, &sum);
    double seconds = omp_get_wtime() - before;
    if (status != YOKE_OK)
        return report_status(status);

    for (uint64_t below = 100 * first; below >= first; below /= 10) {
        add_limit(contest, request, below, workers);
        double shares = 0;
        for (unsigned i = 0; i < contest->contenders; i++) {
            const struct contender *contender = &contest->contender[i];
            if (contender->interval.hi == below)
                shares += contender->threads ? 1.0 / contender->threads : 1;
        }
        if (shares * seconds * 1.5 * (double)(below / first) * contest->rounds < most)
            break;
    }
    return 0;
}

static int add_contenders(struct contest *contest, const struct request *request, unsigned workers)
{
    int status = 0;
    if (!request->limit && !request->rows && !request->belows)
        status = add_affordable(contest, request, workers);
    else if (request->limit)
        add_limit(contest, request, request->limit, workers);
    for (unsigned row = 0; row < request->rows; row++)
        add_all(contest, request, request->row[row], workers);
    for (unsigned row = 0; row < request->belows; row++) {
        add_yoke(contest, request, request->below[row], workers, sieves_add_below);
        add_peers(contest, request, request->below[row], workers, true);
    }
    if (!status && contest->contenders == CONTENDERS_MAX)
        return report_usage("more than %d contenders; name fewer rows, instruction sets or peers",
                            CONTENDERS_MAX - 1);
    return status;
}

static void describe(struct machine *machine, const struct request *request,
                     const yoke_topology *topology, char **words)
{
    machine_describe(machine, topology);
    page_warn(machine->busy);
    machine_add_run(machine, words);
    machine_add(machine, "primesieve", "%s",
                sieves_primesieve() ? sieves_primesieve()
                                    : "not compared with; `make deps-peers bench` does so");
    for (unsigned i = 0; i < request->peers; i++)
        machine_add(machine, request->peer[i].name, "%s", request->peer[i].command);
}

/* Measures and prints; what was measured is left in `contest`. */
static int measure(const struct request *request, const yoke_topology *topology,
                   struct contest *contest, const struct machine *machine)
{
    contest->rounds = request->rounds;
    int status = add_contenders(contest, request, yoke_topology_workers(topology));
    if (!status)
        status = contest_run(contest, isatty(STDERR_FILENO));
    if (!status)
        results_print(contest, machine, stdout);
    return status;
}

static int report_file(const char *path)
{
    return report_failure("cannot write %s: %s", path, strerror(errno));
}

static int measure_to_file(const struct request *request, const yoke_topology *topology,
                           struct contest *contest, const struct machine *machine)
{
    if (!request->json)
        return measure(request, topology, contest, machine);

    /* A path that cannot be written shows before the measuring, not a minute after. */
    FILE *file = fopen(request->json, "w");
    if (!file)
        return report_file(request->json);
    int status = measure(request, topology, contest, machine);
    if (!status)
        results_print_json(contest, machine, file);
    errno = 0;
    bool failed = ferror(file);
    if ((fclose(file) || failed) && !status)
        return report_file(request->json);
    return status;
}

static int run(const struct request *request, const yoke_topology *topology, char **words)
{
    static struct contest contest; /* too large for a stack */
    static struct machine machine;
    describe(&machine, request, topology, words);
    int status = request->plot ? folder_make(request->plot) : 0;
    if (!status)
        status = measure_to_file(request, topology, &contest, &machine);
    if (status || !request->plot)
        return status;
    status = pictures_write(&contest, &machine, request->plot);
    if (!status)
        printf("\nPictures: %s/index.html\n", request->plot);
    return status;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("sum_primes_bench");
    static struct request request;
    int result = request_read(&request, argv + 1);
    if (result)
        return result;
    if (request.help)
        return request_print_help(), report_close(EXIT_SUCCESS);

    yoke_topology *topology;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    result = run(&request, topology, argv);
    yoke_topology_release(topology);
    return report_close(result);
}
