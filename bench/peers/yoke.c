/* The contenders that are yoke itself: trial division, the sieve in one thread, and on a server.
 * See sieves.h. */
#include <omp.h>
#include <stdio.h>
#include <yoke/yoke.h>

#include "cli/report.h"
#include "known.h"
#include "sieves.h"

static int sum(const struct contender *self, yoke_server *server, struct interval interval,
               yoke_algorithm algorithm, double *seconds)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    options.isa = self->choice;
    yoke_uint128 answer;
    double began = omp_get_wtime();
    yoke_status status = yoke_sum_primes(server, interval.lo, interval.hi, &options, &answer);
    *seconds = omp_get_wtime() - began;
    if (status != YOKE_OK)
        return report_status(status);
    return known_check(self, QUESTION_SUM, interval, answer);
}

static int run_trial_division(const struct contender *self, struct interval interval,
                              double *seconds)
{
    return sum(self, NULL, interval, YOKE_ALGORITHM_TRIAL, seconds);
}

static int run_sequential(const struct contender *self, struct interval interval, double *seconds)
{
    return sum(self, NULL, interval, YOKE_ALGORITHM_SIEVE, seconds);
}

static int run_workers(const struct contender *self, struct interval interval, double *seconds)
{
    yoke_server *server;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = self->threads;
    yoke_status status = yoke_server_open(&options, &server);
    if (status != YOKE_OK)
        return report_status(status);
    int result = sum(self, server, interval, YOKE_ALGORITHM_SIEVE, seconds);
    yoke_server_release(server);
    return result;
}

void sieves_add_trial_division(struct contest *contest, struct interval interval)
{
    const uint64_t most = 1000000;
    if (interval.lo > 0 || interval.hi > most)
        interval = (struct interval){0, most};
    contest_add(contest, "trial division, sum", interval, 1, run_trial_division);
}

void sieves_add_sequential(struct contest *contest, struct interval interval)
{
    struct contender *contender =
        contest_add(contest, "yoke without a server, sum", interval, 1, run_sequential);
    if (contender)
        contender->ours = true;
}

void sieves_add_yoke(struct contest *contest, struct interval interval, unsigned workers,
                     const char *isa)
{
    char name[48];
    snprintf(name, sizeof name, "yoke%s%s, sum", isa ? " " : "", isa ? isa : "");
    int baseline = (int)contest->contenders;
    for (unsigned threads = 1; threads <= workers;) {
        struct contender *contender = contest_add(contest, name, interval, threads, run_workers);
        if (!contender)
            return;
        contender->ours = true;
        contender->choice = isa;
        contender->baseline = baseline;
        unsigned next = threads < 8 ? threads + 1 : threads * 2;
        threads = threads < workers && next > workers ? workers : next;
    }
}

static int rival_of(const struct contest *contest, const struct contender *ours)
{
    for (unsigned i = 0; i < contest->contenders; i++) {
        const struct contender *other = &contest->contender[i];
        if (!other->ours && interval_equal(other->interval, ours->interval) &&
            (other->threads == ours->threads || other->threads == 0))
            return (int)i;
    }
    return -1;
}

void sieves_set_rivals(struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest->contender[i].ours)
            contest->contender[i].rival = rival_of(contest, &contest->contender[i]);
}
