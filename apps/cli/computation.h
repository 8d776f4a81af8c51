/* A computation on a server of its own, as most programs are. */
#ifndef CLI_COMPUTATION_H
#define CLI_COMPUTATION_H

#include <yoke/yoke.h>

#include "arguments.h"

/* A program that is such a computation, and takes --threads=N and --help. */
struct computation {
    const char *name;
    const char *usage; /* how the help begins                                                     */
    struct option_table table; /* with COMPUTATION_THREADS and COMPUTATION_HELP in the last rows  */

    /* Reads what is on the command line besides into what `choice` points to. Returns 0, or after
     * a report EXIT_USAGE. */
    int (*read)(const struct arguments *arguments, void *choice);
    /* Computes and prints. Returns the exit status. */
    int (*run)(yoke_server *server, const void *choice);
    void *choice;
};

#define COMPUTATION_THREADS                                                                        \
    {                                                                                              \
        "threads", 't', "N", 1, "use N workers; else as many as fit the machine"                   \
    }
#define COMPUTATION_HELP                                                                           \
    {                                                                                              \
        "help", 'h', NULL, 1, "print this help"                                                    \
    }

/* The main function of the program. */
int computation_main(const struct computation *computation, int count, char **words);

/* Opens a server with so many workers, 0: as many as fit the machine; runs the computation, writes
 * the trace if `trace` names a file for it, and releases the server. Returns the exit status. */
int computation_run(unsigned workers, const char *trace,
                    int (*run)(yoke_server *server, const void *choice), const void *choice);

/* Ends the program, after a report, when a call has failed; the server's threads and memory end
 * with it. */
void must(yoke_status status);

#endif
