/* The checks of `yoke doctor`, a function each: what was found, and what to do about it. See
 * checks.h. */
#include "checks.h"

#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "blas.h"
#include "cli/values.h"
#include "system.h"

static void find(struct finding *finding, enum verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void advise(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void find(struct finding *finding, enum verdict verdict, const char *format, ...)
{
    finding->verdict = verdict;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->found, sizeof finding->found, format, arguments);
    va_end(arguments);
}

static void advise(struct finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->remedy, sizeof finding->remedy, format, arguments);
    va_end(arguments);
}

/* ---- what is known --------------------------------------------------------------------------- */

#define NOT_TOLD "the description of the machine does not tell"

/* Where a check looks: at what is described of any machine or set for a run, at the system's files,
 * at the processor that runs this. */
enum source { DESCRIPTION, SYSTEM, PROCESSOR };

static bool is_told(const struct machine *machine, enum source source)
{
    return !machine->described || source == DESCRIPTION || (source == SYSTEM && *machine->root);
}

/* ---- the checks ------------------------------------------------------------------------------ */

static const char *plural(unsigned count)
{
    return count == 1 ? "" : "s";
}

static void check_workers(const struct machine *machine, struct finding *finding)
{
    if (machine->workers > machine->limit) {
        find(finding, VERDICT_WARNING, "%u workers share what is good for %u: %s, but %s",
             machine->workers, machine->limit, machine->reason, machine->limit_reason);
        advise(finding, "export OMP_NUM_THREADS=%u, or unset what asks for more", machine->limit);
    } else if (machine->workers < machine->limit) {
        find(finding, VERDICT_NOTE, "%u where %u could be: %s", machine->workers, machine->limit,
             machine->reason);
        advise(finding, "unset the variable, unless the rest is for others");
    } else {
        find(finding, VERDICT_OK, "%u worker%s: %s", machine->workers, plural(machine->workers),
             machine->reason);
    }
}

static void check_quota(const struct machine *machine, struct finding *finding)
{
    unsigned cores = machine->counts.usable_cores;
    if (machine->limit >= cores || !strstr(machine->limit_reason, "quota")) {
        find(finding, VERDICT_OK, "no CPU quota below the number of cores");
        return;
    }
    find(finding, VERDICT_WARNING, "%u cores could be used, but %s", cores, machine->limit_reason);
    advise(finding,
           "give the container more: docker run --cpus=%u, the CPU limit of the pod, or "
           "cpu.max",
           cores);
}

static void check_affinity(const struct machine *machine, struct finding *finding)
{
    unsigned allowed = system_allowed(machine->root), online = system_online(machine->root);
    if (!allowed || !online) {
        find(finding, VERDICT_UNKNOWN, "the kernel does not tell which processors may be used");
    } else if (allowed < online) {
        find(finding, VERDICT_NOTE, "%u of %u hardware threads may be used", allowed, online);
        advise(finding, "start without taskset, or ask the batch system for more, if you want all");
    } else {
        find(finding, VERDICT_OK, "all %u hardware thread%s may be used", online, plural(online));
    }
}

static bool is_false(const char *text)
{
    return strncasecmp(text + strspn(text, " \t"), "false", strlen("false")) == 0;
}

static void check_binding(const struct machine *machine, struct finding *finding)
{
    static const char *const names[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY"};
    const char *name = NULL;
    for (size_t i = 0; !name && i < sizeof names / sizeof *names; i++)
        name = value_variable(names[i]) ? names[i] : NULL;
    if (!name) {
        find(finding, VERDICT_OK, "%s", machine->binding);
        return;
    }
    unsigned allowed = system_allowed(machine->root), online = system_online(machine->root);
    if (is_false(value_variable(name))) {
        find(finding, VERDICT_NOTE, "none, because %s is false", name);
        advise(finding, "unset %s, and yoke binds workers where that helps", name);
    } else if (allowed < online && is_told(machine, SYSTEM)) {
        find(finding, VERDICT_WARNING,
             "bound twice: %s=%.60s, and the affinity mask leaves %u of %u hardware threads", name,
             value_variable(name), allowed, online);
        advise(finding, "unset %s, and yoke binds within the mask", name);
    } else {
        find(finding, VERDICT_NOTE, "OpenMP binds the threads, and yoke stands back: %s=%.60s",
             name, value_variable(name));
        advise(finding, "unset %s, and yoke binds workers where that helps", name);
    }
}

static void check_hardware_threads(const struct machine *machine, struct finding *finding)
{
    const yoke_topology_counts *counts = &machine->counts;
    if (counts->pus <= counts->cores) {
        find(finding, VERDICT_OK, "one to a core");
    } else if (machine->workers > counts->usable_cores) {
        find(finding, VERDICT_NOTE, "workers share cores: %u on %u", machine->workers,
             counts->usable_cores);
        advise(finding, "try OMP_NUM_THREADS=%u: numeric kernels gain little from a second thread",
               counts->usable_cores);
    } else {
        find(finding, VERDICT_OK, "%u on %u cores, of which each gets one worker at most",
             counts->pus, counts->cores);
    }
}

#define HUGE_PAGES "sys/kernel/mm/transparent_hugepage/enabled"

static void check_huge_pages(const struct machine *machine, struct finding *finding)
{
    char text[256];
    if (!system_read(machine->root, HUGE_PAGES, text)) {
        find(finding, VERDICT_UNKNOWN, "the kernel does not tell; it may have none");
    } else if (strstr(text, "[never]")) {
        find(finding, VERDICT_WARNING, "switched off: large tables cost more misses of the TLB");
        advise(finding, "as root: echo madvise > /" HUGE_PAGES);
    } else {
        find(finding, VERDICT_OK, "given where they are asked for");
    }
}

/* These keep a core slow even when it has work. The drivers that choose a frequency in hardware
 * call their usual way "powersave" too. */
static bool is_slow(const char *path, const char *governor)
{
    char driver_path[512], driver[256];
    snprintf(driver_path, sizeof driver_path, "%.*s/scaling_driver",
             (int)(strrchr(path, '/') - path), path);
    bool hardware = system_read_line(driver_path, driver) &&
                    (strcmp(driver, "intel_pstate") == 0 || strncmp(driver, "amd-pstate", 10) == 0);
    return (strcmp(governor, "powersave") == 0 && !hardware) ||
           strcmp(governor, "conservative") == 0 || strcmp(governor, "userspace") == 0;
}

static bool turbo_is_off(const struct machine *machine)
{
    char text[256];
    return (system_read(machine->root, "sys/devices/system/cpu/cpufreq/boost", text) &&
            strcmp(text, "0") == 0) ||
           (system_read(machine->root, "sys/devices/system/cpu/intel_pstate/no_turbo", text) &&
            strcmp(text, "1") == 0);
}

static void check_frequency(const struct machine *machine, struct finding *finding)
{
    char pattern[512], governor[256], example[256] = "";
    snprintf(pattern, sizeof pattern,
             "%s/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", machine->root);
    glob_t files = {0};
    unsigned known = 0, slow = 0;
    if (glob(pattern, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++) {
            if (!system_read_line(files.gl_pathv[i], governor))
                continue;
            known++;
            if (is_slow(files.gl_pathv[i], governor) && slow++ == 0)
                strcpy(example, governor);
        }
    }
    globfree(&files);
    if (slow) {
        find(finding, VERDICT_WARNING,
             "%u of %u hardware threads are kept slow: governor \"%.40s\"", slow, known, example);
        advise(finding, "as root: cpupower frequency-set -g performance");
    } else if (turbo_is_off(machine)) {
        find(finding, VERDICT_NOTE, "turbo is switched off");
        advise(finding, "switch it on in the firmware or below /sys/devices/system/cpu");
    } else if (!known) {
        find(finding, VERDICT_UNKNOWN, "the kernel does not tell, as in most virtual machines");
    } else {
        find(finding, VERDICT_OK, "rises with the load");
    }
}

static void check_numa(const struct machine *machine, struct finding *finding)
{
    char text[256];
    if (machine->counts.nodes < 2) {
        find(finding, VERDICT_OK, "a single node");
    } else if (!is_told(machine, SYSTEM)) {
        find(finding, VERDICT_UNKNOWN, NOT_TOLD);
    } else if (system_read(machine->root, "proc/sys/kernel/numa_balancing", text) &&
               strcmp(text, "0") != 0) {
        find(finding, VERDICT_WARNING,
             "the kernel moves pages between %u nodes, which yoke has placed already",
             machine->counts.nodes);
        advise(finding, "as root: sysctl kernel.numa_balancing=0");
    } else {
        find(finding, VERDICT_OK, "%u nodes, and pages stay where yoke places them",
             machine->counts.nodes);
    }
}

static void check_isa(const struct machine *machine, struct finding *finding)
{
    if (*machine->isa && strcmp(machine->isa, machine->best_isa) != 0) {
        find(finding, VERDICT_WARNING, "YOKE_ISA=%.40s, but this processor runs \"%s\"",
             machine->isa, machine->best_isa);
        advise(finding, "unset YOKE_ISA");
    } else {
        find(finding, VERDICT_OK, "\"%s\", the best for this processor", machine->best_isa);
    }
}

static bool waits_actively(void)
{
    const char *policy = value_variable("OMP_WAIT_POLICY");
    return policy && strcasecmp(policy, "active") == 0;
}

/* libgomp counts the threads of all teams, a server's too. Where they are more than the processors
 * one that comes to the end of a loop looks 100 times for the next before it sleeps, or 1000 times
 * by this policy, and otherwise 300,000 times. */
static void check_own_loops(const struct machine *machine, struct finding *finding)
{
    (void)machine;
    if (waits_actively()) {
        find(finding, VERDICT_OK, "their threads stay awake: OMP_WAIT_POLICY=%.60s",
             value_variable("OMP_WAIT_POLICY"));
        return;
    }
    find(finding, VERDICT_NOTE,
         "gcc's OpenMP puts threads of short parallel loops to sleep while a server is open");
    advise(finding, "export OMP_WAIT_POLICY=active GOMP_SPINCOUNT=300000, if you have such loops");
}

/* Without a word libgomp's threads spin for some 300,000 rounds before they sleep. */
#define SPINS_MOST 1e6

static void check_idle_threads(const struct machine *machine, struct finding *finding)
{
    (void)machine;
    const char *spins = value_variable("GOMP_SPINCOUNT"), *name = NULL;
    if (spins ? strncasecmp(spins, "inf", 3) == 0 || atof(spins) > SPINS_MOST : waits_actively())
        name = spins ? "GOMP_SPINCOUNT" : "OMP_WAIT_POLICY";
    if (!name) {
        find(finding, VERDICT_OK, "they sleep");
        return;
    }
    find(finding, VERDICT_WARNING, "they keep their cores busy: %s=%.60s", name,
         value_variable(name));
    advise(finding, "unset %s", name);
}

static void check_blas(const struct machine *machine, struct finding *finding)
{
    char path[512];
    const char *threads = value_variable("OPENBLAS_NUM_THREADS");
    if (machine->workers < 2 || (threads && strcmp(threads, "1") == 0) ||
        !blas_has_threads(machine->root, path)) {
        find(finding, VERDICT_OK, "it does not crowd the cores of the workers");
        return;
    }
    find(finding, VERDICT_WARNING, "it brings threads of its own into jobs: %.150s",
         path + strlen(machine->root));
    advise(finding,
           "export OPENBLAS_NUM_THREADS=1, or take a serial or OpenMP build of it (Debian: "
           "libopenblas0-serial, libopenblas0-openmp)");
}

/* From one thread to so many cores on, workers wait for others, and whole loops for them. */
#define BUSY_SHARE 8.0

static void check_load(const struct machine *machine, struct finding *finding)
{
    char text[256];
    double load;
    if (!system_read(machine->root, "proc/loadavg", text) || sscanf(text, "%lf", &load) != 1) {
        find(finding, VERDICT_UNKNOWN, "the kernel does not tell");
    } else if (load >= 1) {
        bool busy = load >= machine->counts.cores / BUSY_SHARE;
        find(finding, busy ? VERDICT_WARNING : VERDICT_NOTE,
             "%.1f threads were at work in the last minute, on %u core%s%s", load,
             machine->counts.cores, plural(machine->counts.cores),
             busy ? ": this machine is busy, and times mean little" : "");
        advise(finding, "see with top who else is at work");
    } else {
        find(finding, VERDICT_OK, "the machine is idle");
    }
}

void checks_run(const struct machine *machine, struct finding findings[CHECKS])
{
    static const struct {
        const char *name;
        enum source source;
        void (*check)(const struct machine *machine, struct finding *finding);
    } checks[CHECKS] = {
        {"workers", DESCRIPTION, check_workers},
        {"quota", SYSTEM, check_quota},
        {"affinity", SYSTEM, check_affinity},
        {"binding", DESCRIPTION, check_binding},
        {"hardware threads", DESCRIPTION, check_hardware_threads},
        {"huge pages", SYSTEM, check_huge_pages},
        {"frequency", SYSTEM, check_frequency},
        {"NUMA", DESCRIPTION, check_numa},
        {"sieve's isa", PROCESSOR, check_isa},
        {"idle threads", DESCRIPTION, check_idle_threads},
        {"own loops", DESCRIPTION, check_own_loops},
        {"BLAS", SYSTEM, check_blas},
        {"load", SYSTEM, check_load},
    };
    for (size_t i = 0; i < CHECKS; i++) {
        struct finding *finding = &findings[i];
        *finding = (struct finding){.check = checks[i].name};
        if (is_told(machine, checks[i].source))
            checks[i].check(machine, finding);
        else
            find(finding, VERDICT_UNKNOWN, NOT_TOLD);
    }
}
