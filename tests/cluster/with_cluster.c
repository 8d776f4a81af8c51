/* Starts and ends the hub, the nodes and the program of a test: see with_cluster.h. */
#include "with_cluster.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <yoke/primes.h>

enum { NODES_MAX = 8 };

static char folder[64], servers[32], credentials[96];
static int port, route_port; /* 0: no group */
static bool tls;
static pid_t hub, nodes[NODES_MAX];
static unsigned started;

const char *cluster_folder(void)
{
    return folder;
}

int cluster_port(void)
{
    return port;
}

int cluster_route_port(void)
{
    return route_port;
}

static void sleep_milliseconds(long time)
{
    const struct timespec wait = {time / 1000, time % 1000 * 1000000};
    nanosleep(&wait, NULL);
}

/* ---- the kernels of the nodes ---------------------------------------------------------------- */

void (*register_further_kernels)(void);

static struct grief grief; /* of this process */
static unsigned begun;     /* jobs; there is one worker */

void come_to_grief(void)
{
    begun++;
    if (begun == grief.dies_in)
        raise(SIGKILL);
    if (begun == grief.stops_in)
        raise(SIGSTOP);
}

yoke_status trial(yoke_context *context, const void *argument, void *result)
{
    uint64_t lo, hi;
    yoke_uint128 sum;
    if (yoke_context_argument_size(context) != 16 || yoke_context_result_size(context) != 16)
        return YOKE_INVALID;
    yoke_unpack_u64(yoke_unpack_u64(argument, &lo), &hi);
    yoke_primes_options how = YOKE_PRIMES_OPTIONS_INIT;
    how.algorithm = YOKE_ALGORITHM_TRIAL;
    yoke_status status = yoke_sum_primes(NULL, lo, hi, &how, &sum);
    yoke_pack_u128(result, sum);
    come_to_grief();
    return status;
}

static yoke_status die(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return raise(SIGKILL) == 0 ? YOKE_OK : YOKE_SYSTEM;
}

static yoke_status fail(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_OVERFLOW, "too much of it");
}

yoke_status sleep_on(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    while (!yoke_context_cancelled(context))
        sleep_milliseconds(5);
    return YOKE_CANCELLED;
}

yoke_status tell(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    uint64_t entries, steps;
    yoke_unpack_u64(yoke_unpack_u64(argument, &entries), &steps);
    yoke_context_print(context, "tell\n");
    for (uint64_t i = 0; i < entries; i++)
        yoke_context_print(context, "x");
    for (uint64_t i = 0; i < steps; i++) {
        yoke_context_progress(context, i + 1, steps);
        sleep_milliseconds(50);
    }
    return YOKE_OK;
}

yoke_status sum_blocks(yoke_context *context, const void *argument, void *result)
{
    enum { MOST = 4 };
    size_t count = (yoke_context_argument_size(context) - 8) / sizeof(yoke_blob_id);
    const yoke_blob *blobs[MOST];
    uint64_t wait, sum = 0;
    yoke_unpack_u64((const unsigned char *)argument + count * sizeof(yoke_blob_id), &wait);
    for (size_t i = 0; i < count && i < MOST; i++) {
        yoke_status status = yoke_blob_open(context, (const yoke_blob_id *)argument + i, &blobs[i]);
        if (status != YOKE_OK) {
            while (i-- > 0)
                yoke_blob_release(blobs[i]);
            return yoke_context_fail(context, status, "%s", yoke_last_error());
        }
        for (size_t k = 0; k < blobs[i]->size; k++)
            sum += ((const unsigned char *)blobs[i]->bytes)[k];
    }
    sleep_milliseconds((long)wait);
    for (size_t i = 0; i < count && i < MOST; i++)
        yoke_blob_release(blobs[i]);
    yoke_pack_u64(result, sum);
    return YOKE_OK;
}

static yoke_status stubborn(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    sleep_milliseconds(3600 * 1000);
    return YOKE_OK;
}

static yoke_status tally(yoke_context *context, const void *argument, void *result)
{
    char path[96], line[32];
    uint64_t lo, hi;
    yoke_unpack_u64(yoke_unpack_u64(argument, &lo), &hi);
    snprintf(path, sizeof path, "%s/tally", folder);
    snprintf(line, sizeof line, "%llu\n", (unsigned long long)hi);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    bool written = file >= 0 && write(file, line, strlen(line)) == (ssize_t)strlen(line);
    close(file);
    return written ? trial(context, argument, result) : YOKE_SYSTEM;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* For who looks for the cause of a failure. */
static void print_line(yoke_log_level level, const char *line, void *name)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fprintf(stderr, "%lld.%03ld %s %d: %s\n", (long long)now.tv_sec, now.tv_nsec / 1000000,
            (const char *)name, level, line);
}

static void run_node(const char *name, bool waits)
{
    if (getenv("YOKE_CLUSTER_PRINT"))
        yoke_log_set(print_line, (void *)name, YOKE_LOG_DEBUG);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int signal = 0;
    if (waits)
        sigwait(&signals, &signal);
    yoke_kernel_register("trial", 1, trial);
    yoke_kernel_register("die", 1, die);
    yoke_kernel_register("fail", 1, fail);
    yoke_kernel_register("sleep", 1, sleep_on);
    yoke_kernel_register("stubborn", 1, stubborn);
    yoke_kernel_register("tell", 1, tell);
    yoke_kernel_register("block", 1, sum_blocks);
    yoke_kernel_register("tally", 1, tally);
    if (register_further_kernels)
        register_further_kernels();
    yoke_cluster_options options = cluster_options(name);
    options.workers = 1;
    options.silence = SILENCE;
    yoke_node *node;
    while (yoke_node_open(&options, &node) != YOKE_OK)
        sleep_milliseconds(50); /* the hub may be away */
    while (sigwait(&signals, &signal) != 0 || signal != SIGTERM)
        ;
    yoke_status drained = yoke_node_drain(node, YOKE_SECONDS(20));
    yoke_node_release(node);
    _exit(drained == YOKE_OK ? 0 : 1);
}

static pid_t fork_node(const char *name, struct grief its, bool waits)
{
    cr_assert_lt(started, NODES_MAX);
    /* Blocked before the fork, so that no signal comes too early for it. */
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, &before);
    pid_t node = fork();
    cr_assert_geq(node, 0);
    if (node == 0) {
        grief = its;
        run_node(name, waits);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return nodes[started++] = node;
}

pid_t start_node(const char *name, struct grief its)
{
    return fork_node(name, its, false);
}

pid_t prepare_doomed_node(const char *name, struct grief its)
{
    return fork_node(name, its, true);
}

pid_t prepare_node(const char *name)
{
    return prepare_doomed_node(name, (struct grief){0, 0});
}

void join_node(pid_t node)
{
    cr_assert_eq(kill(node, SIGUSR1), 0);
}

/* ---- the hub --------------------------------------------------------------------------------- */

static int open_socket(struct sockaddr_in *address, int wanted)
{
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)wanted)};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Below those that the system gives to connections: another one may have such a port by the time
 * the hub wants it, and who tries to reach a hub that is away may even reach himself. */
int find_port(void)
{
    struct sockaddr_in address;
    for (int tries = 0; tries < 1000; tries++) {
        uint16_t number;
        cr_assert_eq(getrandom(&number, sizeof number, 0), sizeof number);
        int wanted = 12000 + number % 20000;
        int file = open_socket(&address, wanted);
        bool is_free = bind(file, (struct sockaddr *)&address, sizeof address) == 0;
        close(file);
        if (is_free)
            return wanted;
    }
    cr_assert_fail("no port is free");
    return 0;
}

static bool is_listening(void)
{
    struct sockaddr_in address;
    int file = open_socket(&address, port);
    bool connected = connect(file, (struct sockaddr *)&address, sizeof address) == 0;
    close(file);
    return connected;
}

void start_hub(void)
{
    hub = fork();
    cr_assert_geq(hub, 0);
    if (hub == 0) {
        char directory[96], listen[96], routes[96], ca[96], certificate[96], key[96];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(directory, sizeof directory, "--directory=%s/hub", folder);
        snprintf(listen, sizeof listen, "--listen=%s", servers);
        snprintf(routes, sizeof routes, "--routes=127.0.0.1:%d,127.0.0.1:1,127.0.0.1:2",
                 route_port);
        snprintf(ca, sizeof ca, "--ca=%s/ca.pem", folder);
        snprintf(certificate, sizeof certificate, "--certificate=%s/hub.pem", folder);
        snprintf(key, sizeof key, "--key=%s/hub.key", folder);
        char log[96];
        snprintf(log, sizeof log, "%s/hub.log", folder);
        if (!freopen(log, "a", stderr))
            _exit(126);
        execl(YOKE_BUILD "/apps/yoke_cluster", "yoke_cluster", "hub", directory, listen,
              tls ? ca : NULL, certificate, key, route_port ? routes : NULL, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 1000 && !is_listening(); i++)
        sleep_milliseconds(10);
    cr_assert(is_listening(), "the hub does not listen on %s", servers);
}

static void show_log(void)
{
    char command[128];
    fprintf(stderr, "the hub has died by itself:\n");
    snprintf(command, sizeof command, "tail -n 60 %s/hub.log >&2", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s failed\n", command);
}

void kill_hub(void)
{
    if (waitpid(hub, NULL, WNOHANG) == hub)
        show_log();
    else if (kill(hub, SIGKILL) == 0)
        waitpid(hub, NULL, 0);
    hub = 0;
}

static void skip_without(const char *program)
{
    char command[128];
    snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin command -v %s >/dev/null", program);
    if (system(command) != 0) {
        fprintf(stderr, "tests of the cluster are SKIPPED: there is no %s\n", program);
        cr_skip_test("there is no %s", program);
    }
}

/* Criterion's own timeout of a test has been seen to fail, once in some hundred runs of all: this
 * ends the test's process, which it does notice. Longer than any of theirs, in seconds. */
#define LAST_RESORT 300

static void create_folder(void)
{
    skip_without("nats-server");
    alarm(LAST_RESORT);
    snprintf(folder, sizeof folder, "/tmp/yoke-cluster-XXXXXX");
    cr_assert(mkdtemp(folder));
    port = find_port();
    snprintf(servers, sizeof servers, "127.0.0.1:%d", port);
    snprintf(credentials, sizeof credentials, "%s/hub/credentials", folder);
}

void start_cluster(void)
{
    create_folder();
    start_hub();
}

static void create_tls_folder(void)
{
    skip_without("openssl");
    create_folder();
    char command[128];
    snprintf(command, sizeof command, "sh tests/cluster/certificates.sh %s 2>/dev/null", folder);
    cr_assert_eq(system(command), 0);
    tls = true;
}

void start_tls_cluster(void)
{
    create_tls_folder();
    start_hub();
}

void start_tls_group(void)
{
    create_tls_folder();
    route_port = find_port();
    start_hub();
}

void end_cluster(void)
{
    for (unsigned i = 0; i < started; i++) {
        kill(nodes[i], SIGKILL);
        waitpid(nodes[i], NULL, 0);
    }
    if (hub > 0)
        kill_hub();
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (folder[0] && system(command) != 0)
        fprintf(stderr, "%s failed\n", command);
}

/* ---- the program that submits ---------------------------------------------------------------- */

yoke_cluster_options cluster_options(const char *name)
{
    yoke_cluster_options options = YOKE_CLUSTER_OPTIONS_INIT;
    options.servers = servers;
    options.credentials = credentials;
    options.name = name;
    return options;
}

/* The open servers. */
static struct {
    const yoke_server *server;
    yoke_cluster *cluster;
} joined[8];

static unsigned find(const yoke_server *server)
{
    unsigned i = 0;
    while (i < sizeof joined / sizeof *joined && joined[i].server != server)
        i++;
    cr_assert(i < sizeof joined / sizeof *joined);
    return i;
}

yoke_server *join_as(yoke_cluster_options options, unsigned workers)
{
    yoke_cluster *cluster;
    yoke_server *server;
    cr_assert_eq(yoke_cluster_open(&options, &cluster), YOKE_OK, "%s", yoke_last_error());
    yoke_server_options how = YOKE_SERVER_OPTIONS_INIT;
    how.workers = workers;
    how.cluster = cluster;
    cr_assert_eq(yoke_server_open(&how, &server), YOKE_OK, "%s", yoke_last_error());
    unsigned i = find(NULL);
    joined[i].server = server;
    joined[i].cluster = cluster;
    return server;
}

yoke_server *join(const char *name)
{
    return join_as(cluster_options(name), 0);
}

yoke_cluster *cluster_of(const yoke_server *server)
{
    return joined[find(server)].cluster;
}

void leave(yoke_server *server)
{
    unsigned i = find(server);
    joined[i].server = NULL;
    yoke_server_release(server);
    yoke_cluster_release(joined[i].cluster);
}

yoke_cluster_statistics traffic_of(const yoke_server *server)
{
    yoke_cluster_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_cluster_get_statistics(cluster_of(server), &now), YOKE_OK);
    return now;
}

yoke_server_statistics counts_of(yoke_server *server)
{
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_OK);
    return now;
}

yoke_task interval_task(unsigned char interval[16], const char *kernel, uint64_t lo, uint64_t hi)
{
    yoke_pack_u64(yoke_pack_u64(interval, lo), hi);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = kernel;
    task.kernel_version = 1;
    task.argument = interval;
    task.argument_size = 16;
    task.result_size = 16;
    return task;
}

yoke_job *submit(yoke_server *server, const char *kernel, uint64_t lo, uint64_t hi)
{
    unsigned char interval[16];
    yoke_task task = interval_task(interval, kernel, lo, hi);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}
