/* What is measured of jobs: what it costs to submit one, how soon it starts, what it may wait for.
 */
#ifndef JOBS_MEASURES_H
#define JOBS_MEASURES_H

#include "runtimes/results.h"

struct benchmark job_measures(void);

#endif
