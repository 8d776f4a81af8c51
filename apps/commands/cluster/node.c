/* yoke node: a worker daemon. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include <yoke/version.h>

#include "cli/json.h"
#include "cli/report.h"
#include "cli/values.h"
#include "command.h"

struct daemon {
    yoke_cluster_options how;
    yoke_duration idle_exit; /* 0: never */
    bool json;               /* statistics */
    const char *pid_file;    /* or NULL */
    int pid_descriptor;
    yoke_node *node;
    sigset_t signals;
};

/* ---- the log --------------------------------------------------------------------------------- */

static void write_log(yoke_log_level level, const char *line, void *context)
{
    (void)level, (void)context;
    report_failure("%s", line);
}

static int open_log(const char *level)
{
    static const char *const levels[] = {"off", "warning", "info", "debug"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(level, levels[i]) == 0)
            return yoke_log_set(i ? write_log : NULL, NULL, (yoke_log_level)i), EXIT_SUCCESS;
    }
    return report_usage("--log-level=%.60s: expected off, warning, info or debug", level);
}

/* ---- the file with the number of the process ------------------------------------------------- */

/* Held locked while the node lives, so that a file that a dead node has left does not matter. */
static int open_pid_file(struct daemon *daemon)
{
    if (!daemon->pid_file)
        return EXIT_SUCCESS;
    int file = open(daemon->pid_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return report_failure("--pid-file=%.200s: %s", daemon->pid_file, strerror(errno));
    daemon->pid_descriptor = file;
    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        return report_failure("--pid-file=%.200s: another node holds it", daemon->pid_file);
    if (ftruncate(file, 0) != 0 || dprintf(file, "%d\n", (int)getpid()) < 0)
        return report_failure("--pid-file=%.200s: %s", daemon->pid_file, strerror(errno));
    return EXIT_SUCCESS;
}

static void remove_pid_file(const struct daemon *daemon)
{
    if (daemon->pid_file)
        unlink(daemon->pid_file);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static int load_kernels(const struct arguments *arguments)
{
    yoke_status status = yoke_kernel_register_primes();
    if (status != YOKE_OK)
        return report_status(status);
    for (size_t i = 0; i < arguments->givens; i++) {
        if (arguments->given[i].option != OPTION_KERNELS)
            continue;
        const char *path = arguments->given[i].value;
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        yoke_status (*kernels)(void) = NULL;
        if (library)
            *(void **)&kernels = dlsym(library, "yoke_kernels"); /* POSIX's way to a function */
        if (!kernels)
            return report_failure("--kernels=%.200s: %s", path, dlerror());
        status = kernels();
        if (status != YOKE_OK)
            return report_status(status);
    }
    return EXIT_SUCCESS;
}

/* ---- serving --------------------------------------------------------------------------------- */

static yoke_node_statistics look_at(const struct daemon *daemon)
{
    yoke_node_statistics now = {.size = sizeof now};
    yoke_node_get_statistics(daemon->node, &now);
    return now;
}

static void print_json(const yoke_node_statistics *now)
{
    struct json json = {false};
    json_begin(&json, NULL, '{');
    json_text(&json, "command", "node");
    json_value(&json, "workers", "%u", now->workers);
    json_value(&json, "taken", "%" PRIu64, now->taken);
    json_value(&json, "reported", "%" PRIu64, now->reported);
    json_value(&json, "active", "%" PRIu64, now->active);
    json_value(&json, "malformed", "%" PRIu64, now->malformed);
    json_value(&json, "lost", "%" PRIu64, now->lost);
    json_value(&json, "blocks_fetched", "%" PRIu64, now->blobs);
    json_value(&json, "block_bytes_fetched", "%" PRIu64, now->blob_bytes);
    json_value(&json, "block_bytes_kept", "%" PRIu64, now->cached);
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
    fflush(stdout); /* the program that reads them must not wait for a full buffer */
}

static void print_statistics(const struct daemon *daemon)
{
    yoke_node_statistics now = look_at(daemon);
    if (daemon->json) {
        print_json(&now);
        return;
    }
    fprintf(stderr,
            "yoke: %" PRIu64 " jobs taken, %" PRIu64 " reported, %" PRIu64 " active on %u workers, "
            "%" PRIu64 " malformed, %" PRIu64 " lost\n",
            now.taken, now.reported, now.active, now.workers, now.malformed, now.lost);
    if (now.blobs)
        fprintf(stderr, "yoke: %" PRIu64 " blocks fetched, %" PRIu64 " bytes, %" PRIu64 " kept\n",
                now.blobs, now.blob_bytes, now.cached);
}

/* The signal that came within so many milliseconds; 0: none. Less than 0: waits for one. */
static int await_signal(const struct daemon *daemon, long time)
{
    const struct timespec wait = {time / 1000, time % 1000 * 1000000};
    int signal = sigtimedwait(&daemon->signals, NULL, time < 0 ? NULL : &wait);
    return signal > 0 ? signal : 0;
}

/* The hub may start after its nodes: then it first writes the credentials, and later listens. */
static yoke_status try_to_open(struct daemon *daemon)
{
    const char *file = daemon->how.credentials;
    if (file && access(file, F_OK) != 0 && errno == ENOENT)
        return yoke_error_set(YOKE_SYSTEM,
                              "credentials \"%.200s\" are not there yet; `yoke hub` writes them "
                              "where it runs",
                              file);
    return yoke_node_open(&daemon->how, &daemon->node);
}

static yoke_status open_node(struct daemon *daemon)
{
    for (bool told = false;; told = true) {
        yoke_status status = try_to_open(daemon);
        if (status != YOKE_SYSTEM)
            return status;
        if (!told)
            report_failure("%s; trying again every second", yoke_last_error());
        int signal = await_signal(daemon, 1000);
        if (signal == SIGTERM || signal == SIGINT)
            return status;
    }
}

/* Until a signal, or until there has been nothing to do for long. */
static void serve_on(const struct daemon *daemon)
{
    /* Looking ten times in the allowed time is exact enough for anybody. */
    long wait = daemon->idle_exit ? (long)(daemon->idle_exit / 10000000) : -1;
    uint64_t taken = 0;
    for (int idle = 0; idle < 10; idle++) {
        int signal = await_signal(daemon, wait);
        if (signal == SIGUSR1)
            print_statistics(daemon);
        if (signal == SIGTERM || signal == SIGINT)
            return;
        yoke_node_statistics now = look_at(daemon);
        if (signal || wait < 0 || now.active || now.taken != taken)
            idle = -1;
        taken = now.taken;
    }
    fprintf(stderr, "yoke: idle for %.1f s: leaving\n", (double)daemon->idle_exit / 1e9);
}

static int serve(struct daemon *daemon)
{
    /* Blocked in the threads that follow too; the second SIGTERM does not wait for jobs. */
    sigemptyset(&daemon->signals);
    sigaddset(&daemon->signals, SIGTERM);
    sigaddset(&daemon->signals, SIGINT);
    sigaddset(&daemon->signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &daemon->signals, NULL);
    yoke_status status = open_node(daemon);
    if (status != YOKE_OK)
        return report_status(status);
    print_statistics(daemon);
    serve_on(daemon);
    while (yoke_node_drain(daemon->node, YOKE_SECONDS(0.1)) == YOKE_TIMED_OUT) {
        int signal = await_signal(daemon, 0);
        if (signal == SIGUSR1)
            print_statistics(daemon);
        if (signal == SIGTERM || signal == SIGINT)
            break;
    }
    print_statistics(daemon);
    yoke_node_release(daemon->node);
    return EXIT_SUCCESS;
}

int cluster_node(const struct arguments *arguments)
{
    struct daemon daemon = {.how = YOKE_CLUSTER_OPTIONS_INIT, .pid_descriptor = -1};
    connect_options(arguments, &daemon.how);
    daemon.how.name = arguments->value[OPTION_NAME];
    daemon.json = arguments->value[OPTION_NODE_JSON];
    daemon.pid_file = arguments->value[OPTION_PID_FILE];
    const char *threads = arguments->value[OPTION_THREADS];
    const char *silence = arguments->value[OPTION_SILENCE];
    const char *cache = arguments->value[OPTION_CACHE];
    const char *idle = arguments->value[OPTION_IDLE_EXIT];
    const char *level = arguments->value[OPTION_LOG_LEVEL];
    if ((threads && !value_workers("--threads", threads, &daemon.how.workers)) ||
        (silence && !read_seconds("--silence", silence, &daemon.how.silence)) ||
        (cache && !value_bytes("--cache", cache, &daemon.how.cache)) ||
        (idle && !read_seconds("--idle-exit", idle, &daemon.idle_exit)) ||
        open_log(level ? level : "warning") != EXIT_SUCCESS)
        return EXIT_USAGE;
    int status = load_kernels(arguments);
    if (status == EXIT_SUCCESS)
        status = open_pid_file(&daemon);
    if (status != EXIT_SUCCESS)
        return status;
    status = serve(&daemon);
    remove_pid_file(&daemon);
    return status;
}
