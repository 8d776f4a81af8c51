/* The bounds and the options of a call, before anything is done. */
#ifndef PRIMES_OPTIONS_H
#define PRIMES_OPTIONS_H

#include "base/uint128.h"
#include "yoke/primes.h"

struct isa;

/* Looks at both, and puts the defaults where *options is NULL; `copy` is for options of another
 * version in this library's form. lo >= hi is an empty interval, and
 * no error. YOKE_INVALID: says what is wrong. */
yoke_status options_check(uint128 lo, uint128 hi, const yoke_primes_options **options,
                          yoke_primes_options *copy);

/* The instruction set of that name; NULL: as YOKE_ISA says, or the best. YOKE_INVALID: there is
 * none of that name, or it cannot run here. */
yoke_status options_find_isa(const char *name, const struct isa **isa);

#endif
