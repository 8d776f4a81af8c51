/* Which way to find the primes of an interval takes least time, and how long that is. */
#ifndef PRIMES_CHOOSE_H
#define PRIMES_CHOOSE_H

#include "base/uint128.h"
#include "yoke/primes.h"

/* What the ways take, in seconds, all workers together at work. */
struct costs {
    bool nothing;  /* the interval is empty, or ends before the first prime: all costs are 0     */
    double sieve;  /* crossing off, or testing what a short sieve leaves; endless beyond 2^64    */
    bool tests;    /* it is the latter                                                           */
    double trial;  /* dividing                                                                   */
    double prefix; /* S(hi) - S(lo) by combinatorial sums                                        */
};

void choose_costs(struct costs *costs, unsigned workers, uint128 lo, uint128 hi);

/* The algorithm that the options ask for, or the cheapest one, and what it takes. */
yoke_algorithm choose_algorithm(const struct costs *costs, const yoke_primes_options *options,
                                double *seconds);

/* Why: what it takes, and what the others would. */
void choose_reason(const struct costs *costs, const yoke_primes_options *options, char *text,
                   size_t size);

/* What the combinatorial sum up to n takes alone. */
double choose_prefix_cost(double n);

#endif
