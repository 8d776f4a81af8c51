/* Reads the options that describe a machine, for the commands that look at one: see machine.h. */
#include "machine.h"

#include "cli/report.h"
#include "cli/values.h"
#include "command.h"

bool machine_read(const struct arguments *arguments, const char *command,
                  yoke_topology_options *options)
{
    if (arguments->operands > 0) {
        report_usage("%s takes options only, not \"%.60s\"", command, arguments->operand[0]);
        return false;
    }
    *options = (yoke_topology_options)YOKE_TOPOLOGY_OPTIONS_INIT;
    options->synthetic = arguments->value[OPTION_SYNTHETIC];
    options->xml = arguments->value[OPTION_XML];
    options->root = arguments->value[OPTION_ROOT];
    const char *threads = arguments->value[OPTION_THREADS];
    const char *bind = arguments->value[OPTION_BIND];
    return (!threads || value_workers("--threads", threads, &options->workers)) &&
           (!bind || value_bind(bind, &options->bind));
}
