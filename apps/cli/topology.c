/* yoke topology: what of the machine yoke may use, the number of workers, and why. */
#include <yoke/topology.h>

#include "command.h"
#include "report.h"
#include "values.h"

int command_topology(const struct arguments *arguments)
{
    if (arguments->operands > 0)
        return report_usage("topology takes options only, not \"%.60s\"", arguments->operand[0]);

    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = arguments->value[OPTION_SYNTHETIC];
    options.xml = arguments->value[OPTION_XML];
    const char *threads = arguments->value[OPTION_THREADS];
    if (threads && !value_workers("--threads", threads, &options.workers))
        return EXIT_USAGE;

    yoke_topology *topology;
    yoke_status status = yoke_topology_open(&options, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    status = yoke_topology_print(topology, stdout);
    yoke_topology_release(topology);
    return status == YOKE_OK ? EXIT_SUCCESS : report_status(status);
}
