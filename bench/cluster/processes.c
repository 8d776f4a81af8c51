/* Starts a hub and nodes as processes, registers the kernels of the benchmark in them, and ends
 * them: see processes.h. */
#include "processes.h"

#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/report.h"
#include "commands/cluster/hub.h"

static int64_t now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_for(int64_t nanoseconds)
{
    const struct timespec wait = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    nanosleep(&wait, NULL);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static yoke_status echo(yoke_context *context, const void *argument, void *result)
{
    size_t size = yoke_context_result_size(context);
    if (size != yoke_context_argument_size(context))
        return YOKE_SIZE_MISMATCH;
    if (size)
        memcpy(result, argument, size);
    return YOKE_OK;
}

static yoke_status fill(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    memset(result, 1, yoke_context_result_size(context));
    return YOKE_OK;
}

static uint64_t duration(yoke_context *context, const void *argument)
{
    uint64_t nanoseconds = 0;
    if (yoke_context_argument_size(context) == 8)
        yoke_unpack_u64(argument, &nanoseconds);
    return nanoseconds;
}

static yoke_status nap(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    const int64_t late = 500000; /* more than the system wakes us late */
    int64_t end = now(CLOCK_MONOTONIC) + (int64_t)duration(context, argument);
    sleep_for(end - late - now(CLOCK_MONOTONIC));
    while (now(CLOCK_MONOTONIC) < end)
        ;
    return YOKE_OK;
}

/* Its own time, not the wall's: what others take of the processor is theirs. */
static yoke_status work(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    int64_t end = now(CLOCK_THREAD_CPUTIME_ID) + (int64_t)duration(context, argument);
    while (now(CLOCK_THREAD_CPUTIME_ID) < end)
        ;
    return YOKE_OK;
}

/* ---- processes ------------------------------------------------------------------------------- */

static pid_t start_process(void)
{
    fflush(NULL);
    pid_t process = fork();
    if (process < 0)
        exit(report_failure("fork failed"));
    if (process == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return process;
}

static void end_process(pid_t process)
{
    kill(process, SIGKILL);
    waitpid(process, NULL, 0);
}

static void run_hub(const struct processes *processes)
{
    char directory[80];
    snprintf(directory, sizeof directory, "%s/hub", processes->folder);
    const struct hub hub = {.directory = directory, .listen = processes->listen};
    if (!freopen("/dev/null", "w", stderr))
        _exit(EXIT_FAILURE);
    _exit(hub_become(&hub));
}

/* Every node would bind its first worker to the same core: each has processors of its own, in turn,
 * where there are enough. */
static void choose_processors(unsigned number, unsigned nodes)
{
    cpu_set_t all, own;
    CPU_ZERO(&own);
    if (sched_getaffinity(0, sizeof all, &all) != 0 || (unsigned)CPU_COUNT(&all) < nodes)
        return;
    unsigned seen = 0;
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &all) && seen++ % nodes == number)
            CPU_SET(i, &own);
    }
    sched_setaffinity(0, sizeof own, &own);
}

static void run_node(const struct processes *processes, unsigned number, unsigned workers)
{
    choose_processors(number, processes->nodes);
    char name[16];
    snprintf(name, sizeof name, "node-%u", number + 1);
    yoke_cluster_options options = processes_options(processes);
    options.name = name;
    options.workers = workers;
    yoke_kernel_register("echo", 1, echo);
    yoke_kernel_register("fill", 1, fill);
    yoke_kernel_register("nap", 1, nap);
    yoke_kernel_register("work", 1, work);
    yoke_node *node;
    while (yoke_node_open(&options, &node) != YOKE_OK)
        sleep_for(20000000);
    for (;;)
        pause();
}

/* ---- the cluster ----------------------------------------------------------------------------- */

static void choose_port(struct processes *processes)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(file, (struct sockaddr *)&address, length) != 0 ||
        getsockname(file, (struct sockaddr *)&address, &length) != 0)
        exit(report_failure("there is no free port"));
    close(file);
    snprintf(processes->listen, sizeof processes->listen, "127.0.0.1:%d", ntohs(address.sin_port));
}

yoke_cluster_options processes_options(const struct processes *processes)
{
    yoke_cluster_options options = YOKE_CLUSTER_OPTIONS_INIT;
    options.servers = processes->listen;
    options.credentials = processes->credentials;
    return options;
}

void processes_open(struct processes *processes, unsigned nodes, unsigned workers)
{
    snprintf(processes->folder, sizeof processes->folder, "/tmp/yoke-bench-XXXXXX");
    if (!mkdtemp(processes->folder))
        exit(report_failure("%s cannot be created", processes->folder));
    snprintf(processes->credentials, sizeof processes->credentials, "%s/hub/credentials",
             processes->folder);
    choose_port(processes);
    processes->hub = start_process();
    if (processes->hub == 0)
        run_hub(processes);
    processes->nodes = nodes;
    for (unsigned i = 0; i < nodes; i++) {
        processes->node[i] = start_process();
        if (processes->node[i] == 0)
            run_node(processes, i, workers);
    }
}

void processes_close(struct processes *processes)
{
    for (unsigned i = 0; i < processes->nodes; i++)
        end_process(processes->node[i]);
    end_process(processes->hub);
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", processes->folder);
    if (system(command) != 0)
        report_failure("%s failed", command);
}

double processes_processor_time(pid_t process)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}
