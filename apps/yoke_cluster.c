/* What `yoke node` and `yoke hub` are: apart from yoke, so that yoke itself needs no NATS. */
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yoke/cluster.h>

#include "cli/arguments.h"
#include "cli/hub.h"
#include "cli/report.h"
#include "cli/values.h"

enum {
    OPTION_SERVERS,
    OPTION_CREDENTIALS,
    OPTION_CA,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_NAME,
    OPTION_THREADS,
    OPTION_SILENCE,
    OPTION_KERNELS,
    OPTION_LISTEN,
    OPTION_DIRECTORY,
    OPTION_ROUTES,
    OPTION_HELP,
    OPTION_COUNT
};

enum { NODE = 1, HUB = 2 };

static const struct option options[OPTION_COUNT] = {
    [OPTION_SERVERS] = {"servers", 0, "LIST", NODE,
                        "the hub, HOST:PORT, several with commas; else\n"
                        "$YOKE_SERVERS, else 127.0.0.1:4222"},
    [OPTION_CREDENTIALS] = {"credentials", 0, "FILE", NODE,
                            "whose first line is USER:PASSWORD; else\n"
                            "$YOKE_CREDENTIALS"},
    [OPTION_CA] = {"ca", 0, "FILE", NODE | HUB, "TLS: who vouches for the other side"},
    [OPTION_CERTIFICATE] = {"certificate", 0, "FILE", NODE | HUB, "TLS: our own certificate"},
    [OPTION_KEY] = {"key", 0, "FILE", NODE | HUB, "TLS: its key"},
    [OPTION_NAME] = {"name", 0, "NAME", NODE,
                     "what statistics call this node; else host and process"},
    [OPTION_THREADS] = {"threads", 't', "N", NODE,
                        "use N workers, 1 to 4096; otherwise the environment\n"
                        "and the machine decide, see `yoke topology`"},
    [OPTION_SILENCE] = {"silence", 0, "SECONDS", NODE,
                        "give a node's jobs to others when it was silent for\n"
                        "so long; the same on all nodes; else 10"},
    [OPTION_KERNELS] = {"kernels", 0, "FILE.so", NODE,
                        "call yoke_kernels() there, which registers kernels;\n"
                        "may be given several times"},
    [OPTION_LISTEN] = {"listen", 0, "HOST:PORT", HUB,
                       "else 127.0.0.1:4222; beyond this machine it takes TLS"},
    [OPTION_DIRECTORY] = {"directory", 0, "DIR", HUB,
                          "where everything is kept, the credentials for the\n"
                          "nodes too; else ./yoke-hub"},
    [OPTION_ROUTES] = {"routes", 0, "LIST", HUB,
                       "one of three or five hubs that keep copies of all:\n"
                       "where this one listens to the others, HOST:PORT, then\n"
                       "where they do, with commas"},
    [OPTION_HELP] = {"help", 'h', NULL, NODE | HUB, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

/* ---- node ------------------------------------------------------------------------------------ */

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

static void print_statistics(yoke_node *node)
{
    yoke_node_statistics now = {.size = sizeof now};
    if (yoke_node_stats(node, &now) != YOKE_OK)
        return;
    fprintf(stderr,
            "yoke: %" PRIu64 " jobs taken, %" PRIu64 " reported, %" PRIu64 " active on %u workers, "
            "%" PRIu64 " malformed, %" PRIu64 " lost\n",
            now.taken, now.reported, now.active, now.workers, now.malformed, now.lost);
}

/* The signal that came within so many seconds; 0: none. */
static int await_signal(const sigset_t *signals, long seconds)
{
    const struct timespec wait = {seconds, 0};
    int signal = sigtimedwait(signals, NULL, &wait);
    return signal > 0 ? signal : 0;
}

/* The hub may start after its nodes. */
static yoke_status open_node(const yoke_cluster_options *how, const sigset_t *signals,
                             yoke_node **node)
{
    bool told = false;
    for (;;) {
        yoke_status status = yoke_node_open(how, node);
        if (status != YOKE_SYSTEM)
            return status;
        if (!told)
            report_failure("%s; trying again every second", yoke_last_error());
        told = true;
        int signal = await_signal(signals, 1);
        if (signal == SIGTERM || signal == SIGINT)
            return status;
    }
}

static int serve(const yoke_cluster_options *how)
{
    /* Blocked in the threads that follow too; the second SIGTERM does not wait for jobs. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    yoke_node *node;
    yoke_status status = open_node(how, &signals, &node);
    if (status != YOKE_OK)
        return report_status(status);
    print_statistics(node);
    int signal;
    while ((signal = sigwaitinfo(&signals, NULL)) == SIGUSR1 || signal < 0)
        print_statistics(node);
    while (yoke_node_drain(node, YOKE_SECONDS(0.1)) == YOKE_TIMED_OUT) {
        signal = await_signal(&signals, 0);
        if (signal == SIGTERM || signal == SIGINT)
            break;
    }
    print_statistics(node);
    yoke_node_release(node);
    return EXIT_SUCCESS;
}

static const char *either(const char *given, const char *variable)
{
    return given ? given : getenv(variable);
}

static bool read_seconds(const char *text, yoke_duration *time)
{
    char *end;
    double seconds = strtod(text, &end);
    if (*text && !*end && seconds >= 0.1 && seconds <= 1e6)
        return *time = YOKE_SECONDS(seconds), true;
    report_usage("--silence=%.60s: expected 0.1 to 1e6 seconds", text);
    return false;
}

static int command_node(const struct arguments *arguments)
{
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    how.servers = either(arguments->value[OPTION_SERVERS], "YOKE_SERVERS");
    how.credentials = either(arguments->value[OPTION_CREDENTIALS], "YOKE_CREDENTIALS");
    how.ca_file = either(arguments->value[OPTION_CA], "YOKE_CA");
    how.certificate_file = either(arguments->value[OPTION_CERTIFICATE], "YOKE_CERTIFICATE");
    how.key_file = either(arguments->value[OPTION_KEY], "YOKE_KEY");
    how.name = arguments->value[OPTION_NAME];
    const char *threads = arguments->value[OPTION_THREADS];
    const char *silence = arguments->value[OPTION_SILENCE];
    if ((threads && !value_workers("--threads", threads, &how.workers)) ||
        (silence && !read_seconds(silence, &how.silence)))
        return EXIT_USAGE;
    int status = load_kernels(arguments);
    return status == EXIT_SUCCESS ? serve(&how) : status;
}

/* ---- hub ------------------------------------------------------------------------------------- */

static int command_hub(const struct arguments *arguments)
{
    const char *listen = arguments->value[OPTION_LISTEN];
    const char *directory = arguments->value[OPTION_DIRECTORY];
    const struct hub hub = {
        .directory = directory ? directory : "yoke-hub",
        .listen = listen ? listen : "127.0.0.1:4222",
        .ca_file = arguments->value[OPTION_CA],
        .certificate_file = arguments->value[OPTION_CERTIFICATE],
        .key_file = arguments->value[OPTION_KEY],
        .routes = arguments->value[OPTION_ROUTES],
    };
    return hub_become(&hub);
}

/* ---- the command line ------------------------------------------------------------------------ */

static const struct command {
    const char *name, *summary;
    unsigned bit;
    int (*run)(const struct arguments *arguments);
} commands[] = {
    {"node",
     "Runs jobs of a cluster until SIGTERM: then it takes no further ones, ends those it has,\n"
     "and leaves; a second SIGTERM hands them back. SIGUSR1 prints its statistics.",
     NODE, command_node},
    {"hub",
     "Starts a NATS server with JetStream, which keeps the jobs of a cluster and their results.\n"
     "SIGTERM ends it; what it keeps is there again when it is started again.",
     HUB, command_hub},
};

static int run(const struct command *command, char **words)
{
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, command->bit, words);
    if (status != 0)
        return status;
    if (arguments.operands)
        return report_usage("%s takes options only, not \"%.60s\"", command->name,
                            arguments.operand[0]);
    if (!arguments.value[OPTION_HELP])
        return command->run(&arguments);
    printf("Usage: yoke %s [OPTION]...\n\n%s\n\nOptions:\n", command->name, command->summary);
    arguments_print_help(&table, command->bit, stdout);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    report_program("yoke");
    const char *name = count > 1 ? words[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(name, commands[i].name) == 0)
            return report_close(run(&commands[i], words + 2));
    }
    return report_close(report_usage("expected node or hub, not \"%.60s\"", name));
}
