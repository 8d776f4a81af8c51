#include "sieves.h"

#ifdef HAVE_PRIMESIEVE

#include <omp.h>
#include <primesieve.h>
#include <stdio.h>
#include <stdlib.h>

static int report_failure(void)
{
    fprintf(stderr, "primesieve failed, see above\n"); /* it prints the cause itself */
    return EXIT_FAILURE;
}

static int run_count(const struct contender *self, uint64_t below, yoke_uint128 *answer,
                     double *seconds)
{
    primesieve_set_num_threads((int)self->threads);
    double began = omp_get_wtime();
    uint64_t count = primesieve_count_primes(0, below - 1);
    *seconds = omp_get_wtime() - began;
    *answer = (yoke_uint128){count, 0};
    return count == PRIMESIEVE_ERROR ? report_failure() : 0;
}

static int run_iterator(const struct contender *self, uint64_t below, yoke_uint128 *answer,
                        double *seconds)
{
    (void)self;
    double began = omp_get_wtime();
    yoke_uint128 sum = {0, 0};
    primesieve_iterator iterator;
    primesieve_init(&iterator);
    for (uint64_t prime; (prime = primesieve_next_prime(&iterator)) < below;) {
        sum.lo += prime;
        sum.hi += sum.lo < prime;
    }
    int failed = iterator.is_error;
    primesieve_free_iterator(&iterator);
    *seconds = omp_get_wtime() - began;
    *answer = sum;
    return failed ? report_failure() : 0;
}

static void set_rival(struct contest *contest, unsigned threads, int rival)
{
    for (int i = 0; i < rival; i++) {
        struct contender *contender = &contest->contender[i];
        if (contender->baseline >= 0 && contender->baseline != i && contender->threads == threads)
            contender->rival = rival;
    }
}

void sieves_add_primesieve(struct contest *contest, uint64_t below, unsigned workers)
{
    int alone = contest_add(contest, "primesieve, count", QUESTION_COUNT, below, 1, run_count);
    contest->contender[alone].baseline = alone;
    set_rival(contest, 1, alone);
    if (workers > 1) {
        int all =
            contest_add(contest, "primesieve, count", QUESTION_COUNT, below, workers, run_count);
        contest->contender[all].baseline = alone;
        set_rival(contest, workers, all);
    }
    contest_add(contest, "primesieve's iterator, sum", QUESTION_SUM, below, 1, run_iterator);
}

const char *sieves_primesieve(void)
{
    return primesieve_version();
}

#else

void sieves_add_primesieve(struct contest *contest, uint64_t below, unsigned workers)
{
    (void)contest, (void)below, (void)workers;
}

const char *sieves_primesieve(void)
{
    return 0;
}

#endif
