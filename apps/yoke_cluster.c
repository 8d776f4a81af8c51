/* The commands of yoke that need NATS: apart from yoke, so that yoke itself does not. */
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/status.h"
#include "commands/cluster/command.h"
#include "commands/cluster/hub.h"

enum { NODE = 1, HUB = 2, NODES = 4, SUM = 8, COUNT = 16 };
enum { PRIMES = SUM | COUNT, CLIENTS = NODE | NODES | PRIMES };

static const struct option options[OPTION_COUNT] = {
    [OPTION_SERVERS] = {"servers", 0, "LIST", CLIENTS,
                        "the hub, HOST:PORT, several with commas; else\n"
                        "$YOKE_SERVERS, else 127.0.0.1:4222"},
    [OPTION_CREDENTIALS] = {"credentials", 0, "FILE", CLIENTS,
                            "whose first line is USER:PASSWORD; else\n"
                            "$YOKE_CREDENTIALS"},
    [OPTION_CA] = {"ca", 0, "FILE", CLIENTS | HUB,
                   "TLS: who vouches for the other side; else $YOKE_CA"},
    [OPTION_CERTIFICATE] = {"certificate", 0, "FILE", CLIENTS | HUB,
                            "TLS: our own certificate; else $YOKE_CERTIFICATE"},
    [OPTION_KEY] = {"key", 0, "FILE", CLIENTS | HUB, "TLS: its key; else $YOKE_KEY"},
    [OPTION_NAME] = {"name", 0, "NAME", NODE,
                     "what statistics call this node; else host and process"},
    [OPTION_THREADS] = {"threads", 't', "N", NODE,
                        "use N workers, 1 to 4096; otherwise the environment\n"
                        "and the machine decide, see `yoke topology`"},
    [OPTION_SILENCE] = {"silence", 0, "SECONDS", NODE,
                        "give a node's jobs to others when it was silent for\n"
                        "so long; the same on all nodes; else 10"},
    [OPTION_CACHE] = {"cache", 0, "BYTES", NODE,
                      "keep so many bytes of large blocks that jobs share;\n"
                      "else 2^28"},
    [OPTION_KERNELS] = {"kernels", 0, "FILE.so", NODE,
                        "call yoke_kernels() there, which registers kernels;\n"
                        "may be given several times"},
    [OPTION_IDLE_EXIT] = {"idle-exit", 0, "SECONDS", NODE,
                          "leave when there was no job for so long; else never"},
    [OPTION_PID_FILE] = {"pid-file", 0, "FILE", NODE,
                         "keep the number of the process there, and allow no\n"
                         "second node that does"},
    [OPTION_LOG_LEVEL] = {"log-level", 0, "LEVEL", NODE,
                          "off: say nothing on stderr\n"
                          "warning: what goes wrong (the default)\n"
                          "info: jobs that fail, too\n"
                          "debug: every job"},
    [OPTION_LISTEN] = {"listen", 0, "HOST:PORT", HUB,
                       "else 127.0.0.1:4222; beyond this machine it takes TLS"},
    [OPTION_DIRECTORY] = {"directory", 0, "DIR", HUB,
                          "where everything is kept, the credentials for the\n"
                          "nodes too; else ./yoke-hub"},
    [OPTION_ROUTES] = {"routes", 0, "LIST", HUB,
                       "one of three or five hubs that keep copies of all;\n"
                       "where this one listens to the others, HOST:PORT, then\n"
                       "where they do, with commas"},
    [OPTION_CLUSTER] = {"cluster", 0, NULL, PRIMES, "share the work among the nodes of a cluster"},
    [OPTION_RUN] = {"name", 0, "NAME", PRIMES,
                    "let the cluster keep what is done until the end: if\n"
                    "the run dies, or is stopped, the same command goes on"},
    [OPTION_ALGORITHM] = {"algorithm", 0, "NAME", PRIMES,
                          "auto: whatever is fastest (the default)\n"
                          "sieve: the segmented sieve of Eratosthenes\n"
                          "trial: trial division, slow, to compare with\n"
                          "combinatorial: Gourdon's method, on one node alone"},
    [OPTION_CHECKPOINT] = {"checkpoint", 0, "FILE", PRIMES,
                           "write each minute to FILE how far the run has come"},
    [OPTION_RESUME] = {"resume", 0, NULL, PRIMES, "go on from the checkpoint where there is one"},
    [OPTION_STATUS] = {"status", 0, NULL, PRIMES, STATUS_HELP},
    [OPTION_NO_PROGRESS] = {"no-progress", 0, NULL, PRIMES, NO_PROGRESS_HELP},
    [OPTION_TIME] = {"time", 0, NULL, PRIMES,
                     "print the seconds it took, and what each node did, on\n"
                     "stderr"},
    [OPTION_QUIET] = {"quiet", 'q', NULL, PRIMES,
                      "print the result alone: neither time nor progress"},
    [OPTION_JSON] = {"json", 0, NULL, HUB | NODES | PRIMES, "print it as JSON"},
    [OPTION_NODE_JSON] = {"json", 0, NULL, NODE,
                          "print statistics as a line of JSON on stdout: at the\n"
                          "start, at SIGUSR1 and at the end"},
    [OPTION_HELP] = {"help", 'h', NULL, CLIENTS | HUB, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

int cluster_hub(const struct arguments *arguments)
{
    const char *listen = arguments->value[OPTION_LISTEN];
    const char *directory = arguments->value[OPTION_DIRECTORY];
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    connect_options(arguments, &how);
    const struct hub hub = {
        .directory = directory ? directory : "yoke-hub",
        .listen = listen ? listen : "127.0.0.1:4222",
        .ca_file = how.ca_file,
        .certificate_file = how.certificate_file,
        .key_file = how.key_file,
        .routes = arguments->value[OPTION_ROUTES],
        .json = arguments->value[OPTION_JSON] != NULL,
    };
    return hub_become(&hub);
}

static const struct command {
    const char *name, *operands, *summary, *examples;
    unsigned bit;
    size_t most; /* operands */
    int (*run)(const struct arguments *arguments);
} commands[] = {
    {"node", "",
     "Runs jobs of a cluster until SIGTERM: then it takes no further ones, ends those\n"
     "it has, and leaves; a second SIGTERM hands them back. SIGUSR1 prints statistics.",
     "  yoke node --credentials=yoke-hub/credentials   on the machine of the hub\n"
     "  yoke node --servers=hub.example.org:4222 --threads=8 --idle-exit=600\n",
     NODE, 0, cluster_node},
    {"hub", "",
     "Starts a NATS server with JetStream, which keeps the jobs of a cluster and their\n"
     "results. SIGTERM ends it; what it keeps is there again when it is started again.",
     "  yoke hub                    for this machine alone, without TLS\n"
     "  yoke hub --listen=0.0.0.0:4222 --ca=ca.pem --certificate=hub.pem --key=hub.key\n",
     HUB, 0, cluster_hub},
    {"nodes", "",
     "Lists the nodes of a cluster that answer within half a second: workers, cores\n"
     "and load of the host, jobs there now, results so far, kernels.",
     "  yoke nodes --credentials=yoke-hub/credentials\n"
     "  yoke nodes --json\n",
     NODES, 0, cluster_nodes},
    {"sum --cluster", " [START] STOP",
     "Adds the primes p with START <= p < STOP on the nodes of a cluster: pieces that\n"
     "cost the same are jobs of it. Nodes may die, come and go meanwhile.\n"
     "`yoke help sum` explains numbers.",
     "  yoke sum --cluster 1e13 --algorithm=sieve --checkpoint=FILE --resume\n", SUM, 2,
     cluster_sum},
    {"count --cluster", " [START] STOP",
     "Counts the primes p with START <= p < STOP on the nodes of a cluster, as `sum`\n"
     "adds them.",
     "  yoke count --cluster 1e18 1e18+1e12 --json\n", COUNT, 2, cluster_count},
};

static int run(const struct command *command, char **words)
{
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, command->bit, words);
    if (status != 0)
        return status;
    if (arguments.value[OPTION_HELP]) {
        printf("Usage: yoke %s%s [OPTION]...\n\n%s\n\nOptions:\n", command->name, command->operands,
               command->summary);
        arguments_print_help(&table, command->bit, stdout);
        printf("\nExamples:\n%s", command->examples);
        return EXIT_SUCCESS;
    }
    if (arguments.operands && command->most == 0)
        return report_usage("%s takes options only, not \"%.60s\"", command->name,
                            arguments.operand[0]);
    return command->run(&arguments);
}

int main(int count, char **words)
{
    report_program("yoke");
    const char *name = count > 1 ? words[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t length = strcspn(commands[i].name, " ");
        if (strlen(name) == length && strncmp(name, commands[i].name, length) == 0)
            return report_close(run(&commands[i], words + 2));
    }
    return report_close(
        report_usage("expected node, hub, nodes, sum or count, not \"%.60s\"", name));
}
