/* The commands of yoke, and the rows of its option table. */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include "cli/arguments.h"

enum {
    OPTION_THREADS,
    OPTION_BIND,
    OPTION_ALGORITHM,
    OPTION_EXPLAIN,
    OPTION_FIRST,
    OPTION_CHECKPOINT,
    OPTION_RESUME,
    OPTION_DOUBLE_CHECK,
    OPTION_STATUS,
    OPTION_NO_PROGRESS,
    OPTION_TIME,
    OPTION_QUIET,
    OPTION_JSON,
    OPTION_TRACE,
    OPTION_CLUSTER,
    OPTION_SYNTHETIC,
    OPTION_XML,
    OPTION_ROOT,
    OPTION_SVG,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

/* Each carries out its command, prints to stdout, and returns the exit status. */
int command_sum(const struct arguments *arguments);
int command_count(const struct arguments *arguments);
int command_topology(const struct arguments *arguments);
int command_doctor(const struct arguments *arguments);

#endif
