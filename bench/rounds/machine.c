/* Collects facts about the machine from the topology, /proc and /sys, and prints them: see
 * machine.h. */
#include "machine.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <yoke/yoke.h>

#include "cli/report.h"

void machine_add(struct machine *machine, const char *name, const char *format, ...)
{
    struct fact *fact = &machine->fact[machine->facts++];
    fact->name = name;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fact->text, sizeof fact->text, format, arguments);
    va_end(arguments);
}

/* The first line of the file that begins with `start`, from there on; false when there is none. */
static bool read_line(const char *path, const char *start, char *line, size_t size)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool found = false;
    while (!found && fgets(line, (int)size, file))
        found = strncmp(line, start, strlen(start)) == 0;
    fclose(file);
    line[found ? strcspn(line, "\n") : 0] = '\0';
    return found;
}

static void add_processor(struct machine *machine)
{
    char line[160];
    if (read_line("/proc/cpuinfo", "model name", line, sizeof line) && strchr(line, ':'))
        machine_add(machine, "processor", "%s", strchr(line, ':') + 2);
    else
        machine_add(machine, "processor", "not named by the system");
}

static void add_cores(struct machine *machine, const yoke_topology *topology)
{
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    machine_add(machine, "cores",
                "%u of %u usable (threads: %u of %u; packages: %u; NUMA nodes: %u)",
                counts.usable_cores, counts.cores, counts.usable_pus, counts.pus, counts.packages,
                counts.nodes);
    machine_add(machine, "workers", "%u, because %s", yoke_topology_workers(topology),
                yoke_topology_reason(topology));
}

static void add_caches(struct machine *machine)
{
    char text[160] = "";
    size_t length = 0;
    for (int i = 0; i < 8; i++) {
        char path[96], type[32], level[8], size[32];
        const char *folder = "/sys/devices/system/cpu/cpu0/cache/index";
        snprintf(path, sizeof path, "%s%d/type", folder, i);
        if (!read_line(path, "", type, sizeof type) || strcmp(type, "Instruction") == 0)
            continue;
        snprintf(path, sizeof path, "%s%d/level", folder, i);
        read_line(path, "", level, sizeof level);
        snprintf(path, sizeof path, "%s%d/size", folder, i);
        if (read_line(path, "", size, sizeof size) && length < sizeof text)
            length += (size_t)snprintf(text + length, sizeof text - length, "%sL%s %s",
                                       length ? ", " : "", level, size);
    }
    machine_add(machine, "caches", "%s", length ? text : "unknown");
}

/* How fast the processor may be clocked, and how much of it this process gets. */
static void add_limits(struct machine *machine)
{
    char governor[64], group[256], path[320], quota[64];
    if (!read_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", governor,
                   sizeof governor))
        strcpy(governor, "not told");
    bool found = read_line("/proc/self/cgroup", "0::", group, sizeof group);
    if (found) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", group + strlen("0::"));
        found = read_line(path, "", quota, sizeof quota) && strncmp(quota, "max", 3) != 0;
    }
    machine_add(machine, "limits", "governor: %s; quota of the control group: %s", governor,
                found ? quota : "none");
}

/* Threads at work of which one in eight cores has one: then workers wait for others. */
#define BUSY_SHARE 8.0

static void add_load(struct machine *machine, const yoke_topology *topology)
{
    double load = 0;
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    getloadavg(&load, 1);
    machine->busy[0] = '\0';
    if (load >= 1 && load >= counts.cores / BUSY_SHARE)
        snprintf(machine->busy, sizeof machine->busy,
                 "THE MACHINE IS BUSY: %.1f threads were at work on %u cores before the start; "
                 "these times mean little",
                 load, counts.cores);
    machine_add(machine, "load", "%.2f at the start%s%s", load, *machine->busy ? ": " : "",
                machine->busy);
    if (*machine->busy)
        report_failure("%s", machine->busy);
}

void machine_describe(struct machine *machine, const yoke_topology *topology)
{
    machine->facts = 0;
    add_processor(machine);
    add_cores(machine, topology);
    add_caches(machine);
    add_limits(machine);
    add_load(machine, topology);

    struct utsname system;
    if (uname(&system) == 0)
        machine_add(machine, "system", "%s %s %s", system.sysname, system.release, system.machine);
#ifdef __clang__
    machine_add(machine, "compiler", "%s", __VERSION__);
#else
    machine_add(machine, "compiler", "gcc %s", __VERSION__);
#endif
    machine_add(machine, "yoke", "%s, %s", yoke_version(), yoke_primes_isa());
}

/* A word of the command line as a shell would want it. */
static int print_word(char *text, size_t size, const char *word)
{
    bool plain = *word && !word[strcspn(word, " \t\n\"'`$&|;<>(){}*?[]#~\\")];
    return snprintf(text, size, plain ? " %s" : " '%s'", word);
}

void machine_add_run(struct machine *machine, char **words)
{
    char text[sizeof machine->fact->text] = "";
    size_t length = 0;
    for (; *words && length < sizeof text - 1; words++)
        length += (size_t)print_word(text + length, sizeof text - length, *words);
    machine_add(machine, "command", "%s%s", text + (*text == ' '),
                length >= sizeof text ? " ..." : "");
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &utc));
    machine_add(machine, "date", "%s", text);
}

void machine_print(const struct machine *machine, FILE *stream)
{
    for (unsigned i = 0; i < machine->facts; i++)
        fprintf(stream, "%-11s %s\n", machine->fact[i].name, machine->fact[i].text);
}

void machine_print_json_string(const char *text, FILE *stream)
{
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', stream);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, stream);
    }
    fputc('"', stream);
}

void machine_print_json(const struct machine *machine, FILE *stream)
{
    fputc('{', stream);
    for (unsigned i = 0; i < machine->facts; i++) {
        fprintf(stream, "%s\n    ", i ? "," : "");
        machine_print_json_string(machine->fact[i].name, stream);
        fprintf(stream, ": ");
        machine_print_json_string(machine->fact[i].text, stream);
    }
    fprintf(stream, "\n  }");
}
