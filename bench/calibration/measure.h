/* Measures what the model of lib/primes/choose.c needs to know of an instruction set. */
#ifndef CALIBRATION_MEASURE_H
#define CALIBRATION_MEASURE_H

#include <stdint.h>
#include <yoke/primes.h>

#include "primes/unit_costs.h"

enum { MEASURED_MAX = 64 };

/* A sum, and the processor's time it took one thread. */
struct measured {
    yoke_algorithm algorithm;
    uint64_t lo, hi;
    double seconds;
};

struct measurement {
    const struct unit_costs *before; /* what the library has                                     */
    struct unit_costs now;           /* what came out                                            */
    double runs_for; /* a short sum is run again for so many seconds                              */
    unsigned count;
    unsigned checks; /* from here on those that the constants do not come from                   */
    struct measured measured[MEASURED_MAX];
};

/* Takes about `seconds`. What does not fit into that, or would need far more, such as sums below
 * 1e20, is taken to have changed as much as the highest that was measured. Returns 0, or after a
 * report an exit status. */
int measure_unit_costs(const char *isa, double seconds, struct measurement *measurement);

/* What the model says of a sum. */
double measure_predict(const struct unit_costs *unit, const struct measured *measured);

#endif
