/* What Parallel Python's examples have in common: the command line, a server, its statistics. */
#ifndef EXAMPLES_EXAMPLE_H
#define EXAMPLES_EXAMPLE_H

#include <stdbool.h>

#include "cli/computation.h"

struct example {
    const char *name;
    const char *summary;             /* what it shows, in a line or two for --help                */
    bool ncpus;                      /* takes [ncpus], the number of workers                      */
    int (*run)(yoke_server *server); /* the example itself; returns the exit status               */
};

/* Reads the command line, prints the usage and the number of workers, runs the example on a server
 * and prints the statistics. Returns the exit status for main(). */
int example_main(const struct example *example, int count, char **words);

#endif
