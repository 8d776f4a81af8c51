/* yoke topology: what of the machine yoke may use, the number of workers, and why. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yoke/topology.h>
#include <yoke/version.h>

#include "cli/json.h"
#include "cli/output_file.h"
#include "cli/report.h"
#include "command.h"
#include "machine.h"

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
    json_text(&json, "binding", yoke_topology_binding(topology));
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

static int draw_to_file(const yoke_topology *topology, const char *path)
{
    struct output_file file;
    if (!output_file_open(&file, path))
        return report_failure("cannot open \"%.200s\": %s", path, strerror(errno));
    yoke_status status = yoke_topology_draw(topology, file.stream);
    if (!output_file_close(&file, status == YOKE_OK) && status == YOKE_OK)
        return report_failure("cannot write \"%.200s\": %s", path, strerror(errno));
    return status == YOKE_OK ? EXIT_SUCCESS : report_status(status);
}

/* On stdout where no file is named. Returns the exit status. */
static int draw(const yoke_topology *topology, const char *path)
{
    if (*path)
        return draw_to_file(topology, path);
    yoke_status status = yoke_topology_draw(topology, stdout);
    return status == YOKE_OK ? EXIT_SUCCESS : report_status(status);
}

/* Returns the exit status. */
static int show(const yoke_topology *topology, const struct arguments *arguments)
{
    const char *svg = arguments->value[OPTION_SVG];
    if (svg)
        return draw(topology, svg);
    if (arguments->value[OPTION_JSON])
        return print_json(topology), EXIT_SUCCESS;
    yoke_status status = yoke_topology_print(topology, stdout);
    return status == YOKE_OK ? EXIT_SUCCESS : report_status(status);
}

int command_topology(const struct arguments *arguments)
{
    if (arguments->value[OPTION_SVG] && arguments->value[OPTION_JSON])
        return report_usage("--svg and --json are two forms of the same; ask for one of them");
    yoke_topology_options options;
    if (!machine_read(arguments, "topology", &options))
        return EXIT_USAGE;

    yoke_topology *topology;
    yoke_status status = yoke_topology_open(&options, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    int result = show(topology, arguments);
    yoke_topology_release(topology);
    return result;
}
