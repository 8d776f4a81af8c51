/* What is measured of fork and join: programs that fork, on all workers and on one, how soon others
 * help, and how soon jobs start beside it. */
#ifndef FORKS_MEASURES_H
#define FORKS_MEASURES_H

#include "runtimes/results.h"

struct benchmark fork_measures(void);

#endif
