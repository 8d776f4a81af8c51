/* The machine that a command is to look at. */
#ifndef COMMANDS_MACHINE_H
#define COMMANDS_MACHINE_H

#include <stdbool.h>
#include <yoke/topology.h>

#include "cli/arguments.h"

/* Reads it from the options of `command`, which takes no operands. Returns true, or reports what is
 * wrong and returns false. */
bool machine_read(const struct arguments *arguments, const char *command,
                  yoke_topology_options *options);

#endif
