/* The contenders that are yoke itself: trial division, the sieve in one thread, and on a server.
 * See sieves.h. */
#include <omp.h>
#include <stdio.h>
#include <yoke/yoke.h>

#include "cli/report.h"
#include "known.h"
#include "sieves.h"

static int find(const struct contender *self, yoke_server *server, enum question question,
                struct interval interval, yoke_algorithm algorithm, double *seconds)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = algorithm;
    options.isa = self->choice;
    yoke_uint128 answer = {0, 0};
    double began = omp_get_wtime();
    yoke_status status =
        question == QUESTION_SUM
            ? yoke_sum_primes(server, interval.lo, interval.hi, &options, &answer)
            : yoke_count_primes(server, interval.lo, interval.hi, &options, &answer.lo);
    *seconds = omp_get_wtime() - began;
    if (status != YOKE_OK)
        return report_status(status);
    return known_check(self, question, interval, answer);
}

static int run_trial_division(const struct contender *self, struct interval interval,
                              double *seconds)
{
    return find(self, NULL, QUESTION_SUM, interval, YOKE_ALGORITHM_TRIAL, seconds);
}

static int run_sequential(const struct contender *self, struct interval interval, double *seconds)
{
    return find(self, NULL, QUESTION_SUM, interval, YOKE_ALGORITHM_SIEVE, seconds);
}

static int find_on_workers(const struct contender *self, enum question question,
                           struct interval interval, yoke_algorithm algorithm, double *seconds)
{
    yoke_server *server;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = self->threads;
    yoke_status status = yoke_server_open(&options, &server);
    if (status != YOKE_OK)
        return report_status(status);
    int result = find(self, server, question, interval, algorithm, seconds);
    yoke_server_release(server);
    return result;
}

static int run_sieve(const struct contender *self, struct interval interval, double *seconds)
{
    return find_on_workers(self, QUESTION_SUM, interval, YOKE_ALGORITHM_SIEVE, seconds);
}

static int run_sum_below(const struct contender *self, struct interval interval, double *seconds)
{
    return find_on_workers(self, QUESTION_SUM, interval, YOKE_ALGORITHM_COMBINATORIAL, seconds);
}

static int run_count_below(const struct contender *self, struct interval interval, double *seconds)
{
    return find_on_workers(self, QUESTION_COUNT, interval, YOKE_ALGORITHM_COMBINATORIAL, seconds);
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
    if (contender) {
        contender->side = OURS;
        contender->isa = yoke_primes_isa();
    }
}

/* On 1 ... `workers` workers. */
static void add_workers(struct contest *contest, const char *what, struct interval interval,
                        unsigned workers, const char *isa,
                        int (*run)(const struct contender *, struct interval, double *))
{
    char name[48];
    snprintf(name, sizeof name, "yoke%s%s, %s", isa ? " " : "", isa ? isa : "", what);
    int baseline = (int)contest->contenders;
    for (unsigned threads = 1; threads <= workers;) {
        struct contender *contender = contest_add(contest, name, interval, threads, run);
        if (!contender)
            return;
        contender->side = OURS;
        contender->choice = isa;
        contender->isa = isa ? isa : yoke_primes_isa();
        contender->below = run != run_sieve;
        contender->baseline = baseline;
        unsigned next = threads < 8 ? threads + 1 : threads * 2;
        threads = threads < workers && next > workers ? workers : next;
    }
}

void sieves_add_yoke(struct contest *contest, struct interval interval, unsigned workers,
                     const char *isa)
{
    add_workers(contest, "sum", interval, workers, isa, run_sieve);
}

void sieves_add_below(struct contest *contest, struct interval interval, unsigned workers,
                      const char *isa)
{
    add_workers(contest, "sum below", interval, workers, isa, run_sum_below);
    add_workers(contest, "count below", interval, workers, isa, run_count_below);
}
