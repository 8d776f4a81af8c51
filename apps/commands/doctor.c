/* yoke doctor: what of this machine and its settings costs speed, and what to do about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/primes.h>
#include <yoke/topology.h>
#include <yoke/version.h>

#include "checks.h"
#include "cli/json.h"
#include "cli/report.h"
#include "cli/values.h"
#include "command.h"
#include "machine.h"

static const char *const verdicts[] = {"ok", "note", "warning", "unknown"};

/* Opens a topology as the environment is now. */
static yoke_status look(const yoke_topology_options *options, struct machine *machine)
{
    yoke_topology *topology;
    yoke_status status = yoke_topology_open(options, &topology);
    if (status != YOKE_OK)
        return status;
    yoke_topology_count(topology, &machine->counts);
    machine->workers = yoke_topology_workers(topology);
    snprintf(machine->reason, sizeof machine->reason, "%s", yoke_topology_reason(topology));
    snprintf(machine->binding, sizeof machine->binding, "%s", yoke_topology_binding(topology));
    yoke_topology_release(topology);
    return YOKE_OK;
}

/* What the machine alone would decide shows when nobody asks for anything. The variables that the
 * checks themselves look at stay. */
static yoke_status examine(yoke_topology_options *options, struct machine *machine)
{
    const char *root = options->root;
    machine->root = root ? root : "";
    machine->described = options->synthetic || options->xml;
    yoke_status status = look(options, machine);
    if (status != YOKE_OK)
        return status;
    options->workers = 0;
    unsetenv("OMP_NUM_THREADS");
    unsetenv("SLURM_CPUS_PER_TASK");
    struct machine alone = *machine;
    status = look(options, &alone);
    machine->limit = alone.workers;
    memcpy(machine->limit_reason, alone.reason, sizeof alone.reason);
    const char *isa = value_variable("YOKE_ISA");
    snprintf(machine->isa, sizeof machine->isa, "%s", isa ? isa : "");
    unsetenv("YOKE_ISA");
    machine->best_isa = yoke_primes_isa();
    return status;
}

static void print_json(const struct machine *machine, const struct finding findings[CHECKS])
{
    struct json json = {false};
    json_begin(&json, NULL, '{');
    json_text(&json, "command", "doctor");
    json_value(&json, "workers", "%u", machine->workers);
    json_text(&json, "workers_reason", machine->reason);
    json_begin(&json, "checks", '[');
    for (size_t i = 0; i < CHECKS; i++) {
        json_begin(&json, NULL, '{');
        json_text(&json, "check", findings[i].check);
        json_text(&json, "verdict", verdicts[findings[i].verdict]);
        json_text(&json, "found", findings[i].found);
        json_text(&json, "remedy", findings[i].remedy);
        json_end(&json, '}');
    }
    json_end(&json, ']');
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
}

static void print_plain(const struct finding findings[CHECKS], unsigned warnings)
{
    for (size_t i = 0; i < CHECKS; i++) {
        printf("%-8s %-17s %s\n", verdicts[findings[i].verdict], findings[i].check,
               findings[i].found);
        if (*findings[i].remedy)
            printf("%-26s -> %s\n", "", findings[i].remedy);
    }
    if (warnings)
        printf("\n%u warning%s\n", warnings, warnings == 1 ? "" : "s");
    else
        printf("\nnothing stands in the way\n");
}

int command_doctor(const struct arguments *arguments)
{
    yoke_topology_options options;
    if (!machine_read(arguments, "doctor", &options))
        return EXIT_USAGE;

    struct machine machine = {.root = ""};
    struct finding findings[CHECKS];
    yoke_status status = examine(&options, &machine);
    if (status != YOKE_OK)
        return report_status(status);
    checks_run(&machine, findings);
    unsigned warnings = 0;
    for (size_t i = 0; i < CHECKS; i++)
        warnings += findings[i].verdict == VERDICT_WARNING;
    if (arguments->value[OPTION_JSON])
        print_json(&machine, findings);
    else
        print_plain(findings, warnings);
    return warnings ? EXIT_FAILURE : EXIT_SUCCESS;
}
