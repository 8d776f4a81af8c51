/* What the time of a sieve goes into.
 *
 * The linker leads the library's calls from stage to stage through this folder (--wrap, see
 * bench/bench.mk), and the table of inner loops is replaced by one of the same loops between two
 * looks at the clock. So the library is compiled once, for everybody, and knows nothing of it. */
#ifndef PHASES_PHASES_H
#define PHASES_PHASES_H

#include <stdint.h>

enum phase {
    PHASE_PRIMES,   /* finding the sieving primes                                                */
    PHASE_STARTS,   /* entering them, and finding where each starts in a chunk                   */
    PHASE_PRESIEVE, /* patterns of the smallest                                                  */
    PHASE_SMALL,    /* crossing off, by kind                                                     */
    PHASE_MEDIUM,
    PHASE_LARGE,
    PHASE_TESTS, /* primality tests of what is left                                              */
    PHASE_SUMS,  /* moments of the bitmap                                                        */
    PHASE_OTHER, /* everything else                                                              */
    PHASES
};

extern const char *const phase_name[PHASES];

/* The seconds that the calling thread spends in each phase from `begin` to `end`; they add up to
 * all of the time. A stage that another one uses belongs to that one: finding the sieving primes
 * takes a sieve of its own. For one thread at a time. */
void phases_begin(void);
void phases_end(double seconds[PHASES]);

#endif
