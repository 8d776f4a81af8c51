#include <omp.h>
#include <yoke/yoke.h>

#include "cli/report.h"
#include "sieves.h"

static int sum(yoke_server *server, uint64_t below, yoke_algorithm algorithm, yoke_uint128 *answer,
               double *seconds)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    double began = omp_get_wtime();
    yoke_status status = yoke_sum_primes(server, 0, below, &options, answer);
    *seconds = omp_get_wtime() - began;
    return status == YOKE_OK ? 0 : report_status(status);
}

static int run_trial_division(const struct contender *self, uint64_t below, yoke_uint128 *answer,
                              double *seconds)
{
    (void)self;
    return sum(NULL, below, YOKE_ALGORITHM_TRIAL, answer, seconds);
}

static int run_sequential(const struct contender *self, uint64_t below, yoke_uint128 *answer,
                          double *seconds)
{
    (void)self;
    return sum(NULL, below, YOKE_ALGORITHM_SIEVE, answer, seconds);
}

static int run_workers(const struct contender *self, uint64_t below, yoke_uint128 *answer,
                       double *seconds)
{
    yoke_server *server;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = self->threads;
    yoke_status status = yoke_server_open(&options, &server);
    if (status != YOKE_OK)
        return report_status(status);
    int result = sum(server, below, YOKE_ALGORITHM_SIEVE, answer, seconds);
    yoke_server_release(server);
    return result;
}

void sieves_add_trial_division(struct contest *contest, uint64_t below)
{
    const uint64_t most = 1000000;
    contest_add(contest, "trial division, sum", QUESTION_SUM, below < most ? below : most, 1,
                run_trial_division);
}

void sieves_add_yoke(struct contest *contest, uint64_t below, unsigned workers)
{
    int sequential =
        contest_add(contest, "yoke without a server, sum", QUESTION_SUM, below, 1, run_sequential);
    contest->contender[sequential].baseline = sequential;
    for (unsigned threads = 1; threads <= workers;) {
        int index = contest_add(contest, "yoke, sum", QUESTION_SUM, below, threads, run_workers);
        contest->contender[index].baseline = sequential;
        unsigned next = threads < 8 ? threads + 1 : threads * 2;
        threads = threads < workers && next > workers ? workers : next;
    }
}
