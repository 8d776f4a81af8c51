/* What an emulated machine with several NUMA nodes shows of the job server: threads on their cores,
 * pages on their nodes, work on every scheduler, who takes jobs from whom. run.sh boots a kernel
 * with this program as its first process; "nodes" and "cores" (of each node, one processor a core)
 * come in the environment, as the kernel hands on what stands on its command line. A check is a
 * function in the table at the end. */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "witness.h"
#include "yoke/primes.h"
#include "yoke/statistics.h"

enum { PATIENCE_SECONDS = 180 };

/* ---- jobs that all run at the same time ------------------------------------------------------ */

struct sight {
    unsigned worker, cpu, node, cpus_allowed;
    bool moved;
    char place[32];
    int result_on;
};

static atomic_uint present, expected;
static atomic_ullong cores_taken; /* bit set: a job is running on that core */

static void look_around(yoke_context *context, struct sight *sight)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    sight->cpus_allowed = (unsigned)CPU_COUNT(&allowed);
    sight->worker = yoke_context_worker(context);
    snprintf(sight->place, sizeof sight->place, "%s", yoke_context_place(context));
    here(&sight->cpu, &sight->node);
}

/* How long one job waits for the others, in milliseconds: beyond any hiccup of the emulation. */
enum { MEETING_MAX = 20000 };

/* Nobody leaves before everyone is there: each job must get a worker of its own, also one that was
 * queued where all are at work. */
static void meet(struct sight *sight)
{
    unsigned long long core = 1ull << sight->cpu;
    if (atomic_fetch_or(&cores_taken, core) & core)
        complain("two jobs at a time on core:%u", sight->cpu);
    atomic_fetch_add(&present, 1);
    for (int i = 0; i < MEETING_MAX && atomic_load(&present) < atomic_load(&expected); i++) {
        unsigned cpu, node;
        nap();
        here(&cpu, &node);
        sight->moved |= cpu != sight->cpu;
    }
    if (atomic_load(&present) < atomic_load(&expected))
        complain("a job on core:%u met %u of %u", sight->cpu, atomic_load(&present),
                 atomic_load(&expected));
    atomic_fetch_and(&cores_taken, ~core);
}

static yoke_status meet_kernel(yoke_context *context, const void *argument, void *result)
{
    struct sight *sight = *(struct sight *const *)argument;
    look_around(context, sight);
    meet(sight);
    if (result) {
        memset(result, 1, yoke_context_result_size(context));
        sight->result_on = node_of((char *)result + yoke_context_result_size(context) / 2);
    }
    return YOKE_OK;
}

/* One job for each worker; `sights` receives what they saw. */
static void meet_all(struct sight *sights, size_t result_size)
{
    yoke_job *jobs[WORKERS_MAX] = {NULL};
    atomic_store(&present, 0);
    atomic_store(&expected, workers);
    for (unsigned i = 0; i < workers; i++) {
        struct sight *sight = &sights[i];
        memset(sight, 0, sizeof *sight);
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = meet_kernel;
        task.argument = &sight;
        task.argument_size = sizeof sight;
        task.result_size = result_size;
        must(yoke_submit(server, &task, &jobs[i]));
    }
    for (unsigned i = 0; i < workers; i++) {
        must(yoke_job_wait(jobs[i], YOKE_FOREVER));
        yoke_job_release(jobs[i]);
    }
}

/* ---- checks ---------------------------------------------------------------------------------- */

static void check_size(void)
{
    yoke_server_statistics now = {.size = sizeof now};
    must(yoke_server_get_statistics(server, &now));
    if (now.workers != workers || now.nodes != nodes)
        complain("%u workers on %u nodes; the machine has %u cores on %u nodes", now.workers,
                 now.nodes, workers, nodes);
}

static void check_sight(const struct sight *sight)
{
    char place[32];
    snprintf(place, sizeof place, "core:%u", sight->cpu);
    if (strcmp(sight->place, place) != 0)
        complain("worker %u, planned for %s, runs on core:%u", sight->worker, sight->place,
                 sight->cpu);
    if (sight->cpus_allowed != 1 || sight->moved)
        complain("worker %u on core:%u is not bound to it", sight->worker, sight->cpu);
    if (sight->node != sight->cpu / cores)
        complain("core:%u lies on node %u", sight->cpu, sight->node);
}

static void check_cores(void)
{
    struct sight sights[WORKERS_MAX];
    uint64_t seen = 0, all = workers < 64 ? (UINT64_C(1) << workers) - 1 : UINT64_MAX;
    for (int round = 0; round < 20 && seen != all; round++) {
        meet_all(sights, 0);
        for (unsigned i = 0; i < workers; i++) {
            check_sight(&sights[i]);
            seen |= UINT64_C(1) << sights[i].cpu;
        }
    }
    if (seen != all)
        complain("of cores %llx only %llx have run a job", (unsigned long long)all,
                 (unsigned long long)seen);
}

static void check_schedulers(void)
{
    struct sight sights[WORKERS_MAX];
    unsigned on_node[NODES_MAX] = {0};
    meet_all(sights, 0);
    for (unsigned i = 0; i < workers; i++)
        if (sights[i].node < NODES_MAX)
            on_node[sights[i].node]++;
    for (unsigned node = 0; node < nodes; node++)
        if (on_node[node] != cores)
            complain("node %u ran %u of %u jobs", node, on_node[node], workers);
}

static void check_results(void)
{
    struct sight sights[WORKERS_MAX];
    meet_all(sights, 1 << 20);
    for (unsigned i = 0; i < workers; i++)
        if (sights[i].result_on != (int)sights[i].node)
            complain("the result of a job on node %u lies on node %d", sights[i].node,
                     sights[i].result_on);
}

static void check_sieves(void)
{
    uint64_t count = 0;
    take_blocks_checked();
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = YOKE_ALGORITHM_SIEVE;
    move_to(0); /* this thread sieves as well, and its sieve would stay behind when it moved */
    must(yoke_count_primes(server, 0, 100000000, &options, &count));
    move_to(NODES_MAX);
    if (count != 5761455)
        complain("wrong count %llu", (unsigned long long)count);
    if (!take_blocks_checked())
        complain("no worker had a sieve");
}

static void check_table(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    must(yoke_server_print_statistics(server, stream));
    fclose(stream);
    for (unsigned node = 0; node < nodes; node++) {
        char row[32];
        snprintf(row, sizeof row, "| local numa:%u\n", node);
        if (!strstr(text, row))
            complain("the statistics have no row of node %u:\n%s", node, text);
    }
    free(text);
}

static const struct check {
    const char *what;
    void (*check)(void);
} checks[] = {
    {"a worker for every core, a scheduler for every node", check_size},
    {"every worker runs on the core of its place, bound, alone", check_cores},
    {"every scheduler runs as many jobs at a time as it has cores", check_schedulers},
    {"a job's result lies on the node of its worker", check_results},
    {"a worker's sieve lies on its node", check_sieves},
    {"a job with a place runs there, with its memory", check_places},
    {"a node takes the nearest jobs first, and none with a place", check_order},
    {"a node with a job too many calls the nearest one", check_neighbours},
    {"what a loop writes lies on the node where others read it", check_first_touch},
    {"threads of a loop take from others of their node first", check_thieves},
    {"a fork calls an idle worker of its node first", check_helpers},
    {"thieves take frames of their node first", check_frames},
    {"the statistics have a row for every node", check_table},
    {"two processes with half of the workers each are on different cores", check_halves},
    {"two workers are on two nodes", check_few},
};

static int run_checks(void)
{
    unsigned passed = 0, failed = 0;
    putchar('\n'); /* after what the machine's firmware has written */
    alarm(PATIENCE_SECONDS);
    must(yoke_server_open(NULL, &server));
    if (take_complaints())
        return 1;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        checks[i].check();
        bool good = !take_complaints();
        printf("  %s  %s\n", good ? "ok    " : "FAILED", checks[i].what);
        *(good ? &passed : &failed) += 1;
    }
    yoke_server_release(server);
    printf("numa: %u nodes of %u cores: %u passed, %u failed\n", nodes, cores, passed, failed);
    return failed > 0;
}

/* ---- as the first process of the machine ----------------------------------------------------- */

static unsigned number_of(const char *name)
{
    const char *value = getenv(name);
    return value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static void boot(void)
{
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    pid_t child = fork();
    if (child) {
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFSIGNALED(status))
            printf("numa: ended by signal %d\n", WTERMSIG(status));
        fflush(stdout);
        sync();
        reboot(RB_POWER_OFF);
    }
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    nodes = number_of("nodes");
    cores = number_of("cores");
    workers = nodes * cores;
    if (!workers || nodes > NODES_MAX || workers > WORKERS_MAX) {
        printf("numa: \"nodes\" and \"cores\" in the environment say what the machine has\n");
        return 2;
    }
    if (getpid() == 1)
        boot();
    return run_checks();
}
