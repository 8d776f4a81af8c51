/* Which way to find the primes of an interval takes least time, and how long that is. */
#ifndef PRIMES_CHOOSE_H
#define PRIMES_CHOOSE_H

#include "base/uint128.h"
#include "unit_costs.h"
#include "yoke/primes.h"

/* What the ways take, in seconds, all workers together at work. */
struct costs {
    const char *isa; /* the instruction set */
    bool nothing;  /* the interval is empty, or ends before the first prime: all costs are 0     */
    double sieve;  /* crossing off, or testing what a short sieve leaves; endless beyond 2^64    */
    bool tests;    /* it is the latter                                                           */
    double trial;  /* dividing                                                                   */
    double prefix; /* S(hi) - S(lo) by combinatorial sums                                        */
};

void choose_costs(struct costs *costs, const struct unit_costs *unit, unsigned workers, uint128 lo,
                  uint128 hi);

/* The algorithm that the options ask for, or the cheapest one, and what it takes. */
yoke_algorithm choose_algorithm(const struct costs *costs, const yoke_primes_options *options,
                                double *seconds);

/* Why: what it takes, what the others would, and with which instruction set. */
void choose_reason(const struct costs *costs, const yoke_primes_options *options, char *text,
                   size_t size);

/* What the combinatorial sum up to n takes alone. */
double choose_prefix_cost(const struct unit_costs *unit, double n);

/* The width from which on numbers take less, of an interval that ends at `hi`. */
double choose_wide_from(double hi);

/* About how many of so many numbers are left to be tested by a short sieve. */
double choose_tested_numbers(double width);

#endif
