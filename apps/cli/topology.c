/* yoke topology: what of the machine yoke may use, the number of workers, and why. */
#include <stdio.h>
#include <yoke/topology.h>
#include <yoke/version.h>

#include "command.h"
#include "json.h"
#include "machine.h"
#include "report.h"

static void print_json(const yoke_topology *topology)
{
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    const struct {
        const char *name;
        unsigned count;
    } rows[] = {
        {"nodes", counts.nodes},
        {"packages", counts.packages},
        {"cores", counts.cores},
        {"pus", counts.pus},
        {"usable_nodes", counts.usable_nodes},
        {"usable_cores", counts.usable_cores},
        {"usable_pus", counts.usable_pus},
        {"workers", yoke_topology_workers(topology)},
    };
    struct json json = {false};
    json_begin(&json, NULL, '{');
    json_text(&json, "command", "topology");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        json_value(&json, rows[i].name, "%u", rows[i].count);
    json_text(&json, "workers_reason", yoke_topology_reason(topology));
    json_begin(&json, "places", '[');
    for (unsigned i = 0; i < yoke_topology_workers(topology); i++) {
        json_begin(&json, NULL, '{');
        json_text(&json, "place", yoke_topology_place(topology, i));
        json_value(&json, "node", "%u", yoke_topology_node(topology, i));
        json_end(&json, '}');
    }
    json_end(&json, ']');
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
}

int command_topology(const struct arguments *arguments)
{
    yoke_topology_options options;
    if (!machine_read(arguments, "topology", &options))
        return EXIT_USAGE;

    yoke_topology *topology;
    yoke_status status = yoke_topology_open(&options, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    if (arguments->value[OPTION_JSON])
        print_json(topology);
    else
        status = yoke_topology_print(topology, stdout);
    yoke_topology_release(topology);
    return status == YOKE_OK ? EXIT_SUCCESS : report_status(status);
}
