/* The contenders that call libprimesieve, where the benchmark was built with it: see sieves.h. */
#include "sieves.h"

#ifdef HAVE_PRIMESIEVE

#include <omp.h>
#include <primesieve.h>
#include <stdio.h>

#include "cli/report.h"
#include "known.h"

static int report_primesieve(void)
{
    return report_failure("primesieve failed, see above"); /* it prints the cause itself */
}

static int run_count(const struct contender *self, struct interval interval, double *seconds)
{
    primesieve_set_num_threads((int)self->threads);
    double began = omp_get_wtime();
    uint64_t count = primesieve_count_primes(interval.lo, interval.hi - 1);
    *seconds = omp_get_wtime() - began;
    if (count == PRIMESIEVE_ERROR)
        return report_primesieve();
    return known_check(self, QUESTION_COUNT, interval, (yoke_uint128){count, 0});
}

static int run_iterator(const struct contender *self, struct interval interval, double *seconds)
{
    double began = omp_get_wtime();
    yoke_uint128 sum = {0, 0};
    primesieve_iterator iterator;
    primesieve_init(&iterator);
    for (uint64_t prime; (prime = primesieve_next_prime(&iterator)) < interval.hi;) {
        sum.lo += prime;
        sum.hi += sum.lo < prime;
    }
    int failed = iterator.is_error;
    primesieve_free_iterator(&iterator);
    *seconds = omp_get_wtime() - began;
    return failed ? report_primesieve() : known_check(self, QUESTION_SUM, interval, sum);
}

void sieves_add_primesieve(struct contest *contest, struct interval interval, unsigned workers)
{
    char name[48];
    snprintf(name, sizeof name, "primesieve %s, count", primesieve_version());
    int baseline = (int)contest->contenders;
    for (unsigned threads = 1; threads; threads = threads < workers ? workers : 0) {
        struct contender *contender = contest_add(contest, name, interval, threads, run_count);
        if (!contender)
            return;
        contender->side = PEERS; /* the library does not tell which instruction set it takes      */
        contender->baseline = baseline;
    }
}

void sieves_add_iterator(struct contest *contest, struct interval interval)
{
    struct contender *contender = NULL;
    if (interval.lo == 0)
        contender = contest_add(contest, "primesieve's iterator, sum", interval, 1, run_iterator);
    if (contender)
        contender->side = PEERS;
}

const char *sieves_primesieve(void)
{
    return primesieve_version();
}

#else

void sieves_add_primesieve(struct contest *contest, struct interval interval, unsigned workers)
{
    (void)contest, (void)interval, (void)workers;
}

void sieves_add_iterator(struct contest *contest, struct interval interval)
{
    (void)contest, (void)interval;
}

const char *sieves_primesieve(void)
{
    return 0;
}

#endif
