/* Reads what stands on the command line into values. Each function returns true, or reports what is
 * wrong and what is allowed and returns false; then the value is left as it was. `what` is what
 * messages call the word; numbers may be expressions. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include <stdbool.h>
#include <yoke/primes.h>

#include "expression.h"

/* START or STOP of an interval, from 0 to 10^26. */
bool value_bound(const char *what, const char *text, expression_integer *bound);

/* How many of the first primes: 0 to the number of those below 2^64. */
bool value_first(const char *what, const char *text, uint64_t *count);

/* A whole number from `least` to `most`; where `text` is NULL the value stays as it is. */
bool value_whole(const char *what, const char *text, uint64_t least, uint64_t most,
                 uint64_t *value);

/* A number of bytes, from 1 to 2^50. */
bool value_bytes(const char *what, const char *text, size_t *bytes);

/* A number of workers, from 1 to YOKE_WORKERS_MAX. */
bool value_workers(const char *what, const char *text, unsigned *workers);

/* What workers are bound to, for the options of a server and a topology: auto, none, spread, close,
 * or what looks like places, which the library reads. */
bool value_bind(const char *text, const char **bind);

/* Which of the names it is, of which there are `count`; `known` lists them for the report. */
bool value_name(const char *what, const char *text, const char *const *names, size_t count,
                const char *known, size_t *found);

/* The name of an algorithm: auto, sieve, trial or combinatorial. */
bool value_algorithm(const char *text, yoke_algorithm *algorithm);

/* What the environment says, or NULL where the variable is not set or, as scripts leave it that
 * have nothing to say, empty. */
const char *value_variable(const char *name);

/* The name that value_algorithm() reads back. */
const char *value_algorithm_name(yoke_algorithm algorithm);

#endif
