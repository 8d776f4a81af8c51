/* yoke: sums and counts of primes on every core of the machine, from the command line. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yoke/version.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/status.h"
#include "cli/suggestion.h"
#include "cli/trace.h"
#include "commands/cluster.h"
#include "commands/command.h"

static int command_help(const struct arguments *arguments);

/* Which commands an option belongs to. ALONE: words before any command. */
enum { ALONE = 1, SUM = 2, COUNT = 4, TOPOLOGY = 8, DOCTOR = 16, HELP = 32 };
enum { PRIMES = SUM | COUNT, MACHINE = TOPOLOGY | DOCTOR, ANY = ALONE | PRIMES | MACHINE | HELP };

static const struct option options[OPTION_COUNT] = {
    [OPTION_THREADS] = {"threads", 't', "N", PRIMES | MACHINE,
                        "use N workers, 1 to 4096; else as `yoke topology` says"},
    [OPTION_BIND] = {"bind", 0, "WHERE", PRIMES | MACHINE,
                     "auto or none or spread or close: what workers are\n"
                     "bound to; or places: core:0-3, numa:1"},
    [OPTION_ALGORITHM] = {"algorithm", 0, "NAME", PRIMES,
                          "auto: whatever is fastest (the default)\n"
                          "sieve: the segmented sieve of Eratosthenes\n"
                          "trial: trial division, slow, to compare with\n"
                          "combinatorial: S(STOP) - S(START) by Gourdon's method"},
    [OPTION_EXPLAIN] = {"explain", 0, NULL, PRIMES,
                        "say which algorithm would be taken, why, and for how\n"
                        "long, and do nothing"},
    [OPTION_FIRST] = {"first", 0, "N", SUM, "add the first N primes, instead of an interval"},
    [OPTION_CHECKPOINT] = {"checkpoint", 0, "FILE", PRIMES,
                           "write each minute to FILE how far the run has come"},
    [OPTION_RESUME] = {"resume", 0, NULL, PRIMES, "go on from the checkpoint where there is one"},
    [OPTION_DOUBLE_CHECK] = {"double-check", 0, NULL, PRIMES,
                             "find everything twice, by two routes, and compare"},
    [OPTION_STATUS] = {"status", 0, NULL, PRIMES, STATUS_HELP},
    [OPTION_NO_PROGRESS] = {"no-progress", 0, NULL, PRIMES, NO_PROGRESS_HELP},
    [OPTION_TIME] = {"time", 0, NULL, PRIMES, "print the seconds it took, on stderr"},
    [OPTION_QUIET] = {"quiet", 'q', NULL, PRIMES,
                      "print the result alone: neither time nor progress"},
    [OPTION_JSON] = {"json", 0, NULL, PRIMES | MACHINE,
                     "print one JSON object: inputs, answers, and why"},
    [OPTION_TRACE] = {"trace", 0, "FILE", PRIMES, TRACE_HELP},
    [OPTION_CLUSTER] = {"cluster", 0, NULL, PRIMES,
                        "share the work among the nodes of a cluster: see\n"
                        "`yoke sum --cluster --help`"},
    [OPTION_SYNTHETIC] = {"synthetic", 0, "TEXT", MACHINE,
                          "look at the machine that TEXT describes to hwloc,\n"
                          "such as \"numa:2 core:4 pu:2\", not at this one"},
    [OPTION_XML] = {"xml", 0, "FILE", MACHINE, "look at the machine that `lstopo FILE.xml` saved"},
    [OPTION_ROOT] = {"root", 0, "DIR", MACHINE,
                     "read DIR/proc and DIR/sys, for the quota and settings"},
    [OPTION_SVG] = {"svg", 0, "[FILE]", TOPOLOGY,
                    "draw the machine for a browser, with the workers on\n"
                    "their cores; on stdout, or to FILE"},
    [OPTION_HELP] = {"help", 'h', NULL, ANY, "print this help"},
    [OPTION_VERSION] = {"version", 'V', NULL, ALONE, "print the version"},
};

static const struct option_table table = {options, OPTION_COUNT};

static const char interval_details[] =
    "START belongs to the interval, STOP does not; START is 0 when it is left out.\n"
    "Numbers are whole, from 0 to 10^26 (2^64 with --first and --cluster), and may be\n"
    "expressions: 1_000_000, 0xFF, 1e10, 1.5e3, with + - * / % ^ ** << >> ( ), where\n"
    "a division that leaves a rest is an error; quote what the shell would take for\n"
    "something else: yoke sum '10**9' '2 * 10**9'. The result stands alone on stdout.\n";

struct command {
    const char *name;
    const char *operands;
    const char *summary; /* one line, no full stop                                                */
    const char *details; /* lines for its own help                                                */
    const char *examples;
    unsigned bit;
    int (*run)(const struct arguments *arguments); /* NULL: it belongs to yoke_cluster            */
};

static const struct command commands[] = {
    {"sum", "[START] STOP", "add the primes p with START <= p < STOP", interval_details,
     "  yoke sum 1e10                     2220822432581729238\n"
     "  yoke sum 1e18 1e18+1e9 --explain  which way it would take, and how long\n"
     "  yoke sum 1e14 --checkpoint=FILE --resume   goes on where it was killed\n",
     SUM, command_sum},
    {"count", "[START] STOP", "count the primes p with START <= p < STOP", interval_details,
     "  yoke count 10^9 10^9+1000         49\n"
     "  yoke count 2^64-1e6 2^64 --threads=1 --json\n",
     COUNT, command_count},
    {"topology", "", "show the usable cores, how many workers, and why",
     "The number of workers comes from the first of these that speaks: --threads,\n"
     "OMP_NUM_THREADS, SLURM_CPUS_PER_TASK, and last the cores in the affinity mask or\n"
     "the CPU quota of the container, whichever is less. OMP_THREAD_LIMIT caps all.\n"
     "\n"
     "Workers that take all cores are bound to a core each, fewer to their NUMA node,\n"
     "where they make way for others (auto). --bind: not at all (none), or to a core\n"
     "each, of all nodes in turn (spread), node after node (close), or of the places\n"
     "named. What OMP_PROC_BIND, OMP_PLACES or GOMP_CPU_AFFINITY says comes before.\n",
     "  yoke topology                     this machine\n"
     "  yoke topology --synthetic 'numa:2 core:8 pu:2' --threads=4\n"
     "  lstopo there.xml; yoke topology --xml there.xml   another one\n"
     "  yoke topology --svg=machine.svg   draws it for a browser\n",
     TOPOLOGY, command_topology},
    {"doctor", "", "check this machine for what costs speed",
     "Looks at the number of workers, CPU quota, affinity, binding, hardware threads,\n"
     "huge pages, frequency, NUMA, instruction set, idle threads, own loops, BLAS\n"
     "and the load, and says what to do. Exit status 1 when there is a warning.\n",
     "  yoke doctor                       before a long run\n"
     "  srun -n 1 yoke doctor --json      what a batch system gives\n",
     DOCTOR, command_doctor},
    {"node", "", "run jobs of a cluster", "", "", 0, NULL},
    {"hub", "", "keep the jobs of a cluster", "", "", 0, NULL},
    {"nodes", "", "list the nodes of a cluster", "", "", 0, NULL},
    {"help", "[COMMAND]", "explain a command and its options", "",
     "  yoke help sum                     the same as yoke sum --help\n", HELP, command_help},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    if (name[0] && strchr("0123456789(", name[0])) {
        report_usage("\"%.60s\" is no command; did you mean: yoke sum %.60s", name, name);
        return NULL;
    }
    struct suggestion suggestion = {name, strlen(name), NULL, 0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        suggestion_consider(&suggestion, commands[i].name);
    if (suggestion.name) {
        report_usage("unknown command \"%.60s\"; did you mean: yoke %s", name, suggestion.name);
        return NULL;
    }
    char known[256];
    size_t length = 0;
    for (size_t i = 0; i < COMMAND_COUNT && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "",
                                   commands[i].name);
    report_usage("unknown command \"%.60s\"; it must be one of %s", name, known);
    return NULL;
}

static int print_overview(FILE *stream)
{
    fprintf(stream, "Usage: yoke COMMAND [OPTION]...\n\n"
                    "Sums and counts of primes, exact, on every core of the machine.\n\n"
                    "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-9s%-14s %s\n", commands[i].name, commands[i].operands,
                commands[i].summary);
    fprintf(stream, "\nOptions:\n");
    arguments_print_help(&table, ALONE, stream);
    fprintf(stream,
            "\nExamples:\n"
            "  yoke sum 1e10              the sum of the primes below 10000000000\n"
            "  yoke sum --first 1e9       the sum of the first 1000000000 primes\n"
            "  yoke count 2^40 2^40+1e9   how many primes lie in the 1e9 numbers from 2^40\n"
            "\n`yoke help sum` explains numbers and options. Exit status: 0 done, 1 failed,\n"
            "2 wrong usage.\n");
    return EXIT_SUCCESS;
}

static int print_help(const struct command *command)
{
    printf("Usage: yoke %s%s%s [OPTION]...\n\n%c%s.\n\n", command->name,
           *command->operands ? " " : "", command->operands, command->summary[0] - 'a' + 'A',
           command->summary + 1);
    if (*command->details)
        printf("%s\n", command->details);
    printf("Options:\n");
    arguments_print_help(&table, command->bit, stdout);
    printf("\nExamples:\n%s", command->examples);
    return EXIT_SUCCESS;
}

static int command_help(const struct arguments *arguments)
{
    if (arguments->operands == 0)
        return print_overview(stdout);
    if (arguments->operands > 1)
        return report_usage("help takes one command, not \"%.60s\" as well", arguments->operand[1]);
    const struct command *command = find_command(arguments->operand[0]);
    if (!command)
        return EXIT_USAGE;
    char *elsewhere[] = {(char *)command->name, "--help", NULL};
    return command->run ? print_help(command) : cluster_become(elsewhere);
}

static int run_alone(char **words)
{
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, ALONE, words);
    if (status != 0)
        return status;
    if (arguments.value[OPTION_HELP])
        return print_overview(stdout);
    if (arguments.value[OPTION_VERSION])
        return printf("yoke %s\n", yoke_version()), EXIT_SUCCESS;
    print_overview(stderr);
    return EXIT_USAGE;
}

/* Then other options are allowed, and another program reads them. */
static bool is_for_cluster(const struct command *command, char **words)
{
    for (; command->bit & PRIMES && *words; words++) {
        if (strcmp(*words, "--cluster") == 0)
            return true;
    }
    return !command->run;
}

static int run(char **words)
{
    if (!words[0] || words[0][0] == '-')
        return run_alone(words);
    const struct command *command = find_command(words[0]);
    if (!command)
        return EXIT_USAGE;
    if (is_for_cluster(command, words))
        return cluster_become(words);
    struct arguments arguments;
    int status = arguments_read(&arguments, &table, command->bit, words + 1);
    if (status != 0)
        return status;
    return arguments.value[OPTION_HELP] ? print_help(command) : command->run(&arguments);
}

int main(int count, char **words)
{
    report_program("yoke");
    /* Without a single word, not even the name of the program, there is nothing to read. */
    return report_close(run(count > 0 ? words + 1 : words));
}
