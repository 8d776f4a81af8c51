/* The main function that the benchmarks of runtimes share. */
#ifndef RUNTIMES_BENCHMARK_H
#define RUNTIMES_BENCHMARK_H

#include "results.h"

/* Reads the command line, whose words end with NULL, measures, and writes what came out. Returns
 * the exit status for main(). */
int benchmark_main(struct benchmark *benchmark, char **words);

#endif
