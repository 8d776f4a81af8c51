/* What the units of work that the model in choose.c counts take with each instruction set, in
 * nanoseconds on one core. */
#ifndef PRIMES_UNIT_COSTS_H
#define PRIMES_UNIT_COSTS_H

/* Heights are powers of ten, from 10^HEIGHT_FIRST on. Between two of them the model interpolates;
 * beyond the last one it takes that. */
enum { HEIGHT_FIRST = 9, SIEVED_HEIGHTS = 11, LEAF_HEIGHTS = 12 };

struct unit_costs {
    const char *isa;
    double start;  /* of a sieve, with what else a call does once                */
    double tested; /* to test a number that a short sieve leaves                 */
    double lucy;   /* one of Lucy's n^(3/4) steps                                */
    double sieving_prime[SIEVED_HEIGHTS]; /* to find and enter it                                */
    double narrow[SIEVED_HEIGHTS]; /* to sieve a number                                          */
    double wide[SIEVED_HEIGHTS];   /* one of those that a wide interval has more                 */
    double sum_start;              /* of a sum below n: wheels and tables                        */
    double leaf[LEAF_HEIGHTS];     /* one of the n^(2/3) / log(n)^2 steps of a sum below n       */
};

/* Those of an instruction set; of a name that is none, the portable ones. */
const struct unit_costs *unit_costs_of(const char *isa);

#endif
