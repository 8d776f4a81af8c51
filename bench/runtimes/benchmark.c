/* Options, files, and the order of things: see benchmark.h. */
#include "benchmark.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "plot/page.h"
#include "report.h"
#include "rounds/machine.h"

enum {
    OPTION_RUNS,
    OPTION_ONLY,
    OPTION_JSON,
    OPTION_SVG,
    OPTION_PEER_SOURCE,
    OPTION_HELP,
    OPTION_COUNT
};

/* A command for each kind of benchmark. */
enum { WITHOUT_PEER = 1, WITH_PEER = 2, ANY = WITHOUT_PEER | WITH_PEER };

static const struct option options[OPTION_COUNT] = {
    [OPTION_RUNS] = {"runs", 0, "N", ANY, "run everything N times, 1 to 100; the default is 5"},
    [OPTION_ONLY] = {"only", 0, "PARTS", ANY, "measure these parts only, with commas between"},
    [OPTION_JSON] = {"json", 0, "FILE", ANY, "write the results to FILE as well"},
    [OPTION_SVG] = {"svg", 0, "FILE", ANY, "draw the results into FILE"},
    [OPTION_PEER_SOURCE] = {"peer-source", 0, "DIR", WITH_PEER,
                            "compile Lace from this copy of its repository, by CC\n"
                            "with CFLAGS, and compare with it as well"},
    [OPTION_HELP] = {"help", 'h', NULL, ANY, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_parts(const struct benchmark *benchmark, const char *separator, FILE *stream)
{
    for (unsigned i = 0; i < PARTS_MAX && benchmark->part[i].name; i++)
        fprintf(stream, "%s%s", i ? separator : "", benchmark->part[i].name);
}

static unsigned command_of(const struct benchmark *benchmark)
{
    return benchmark->load_peer ? WITH_PEER : WITHOUT_PEER;
}

static void print_help(const struct benchmark *benchmark)
{
    printf("Usage: %s_bench [options]\n"
           "%s\n"
           "installed when it was built. OMP_NUM_THREADS sets the number of workers.\n\nParts: ",
           benchmark->name, benchmark->summary);
    print_parts(benchmark, ", ", stdout);
    printf("\n\n");
    arguments_print_help(&table, command_of(benchmark), stdout);
}

/* A file that the results go to; a path that cannot be written shows before the measuring. */
struct output {
    const char *path; /* NULL: nobody asked                                                       */
    FILE *stream;
};

static int report_file(const char *path)
{
    return report_failure("cannot write %s: %s", path, strerror(errno));
}

static int open_output(struct output *output, const char *path)
{
    output->path = path;
    output->stream = path ? fopen(path, "w") : NULL;
    return path && !output->stream ? report_file(path) : 0;
}

static int close_output(const struct output *output)
{
    if (!output->stream)
        return 0;
    errno = 0;
    int failed = ferror(output->stream);
    return fclose(output->stream) || failed ? report_file(output->path) : 0;
}

/* Leaves out all parts but those that the text names; NULL: none. */
static int choose(struct results *results, const char *text)
{
    const struct part *part = results->benchmark->part;
    if (!text)
        return 0;
    memset(results->left_out, true, sizeof results->left_out);
    for (size_t length; length = strcspn(text, ","), true; text += length + 1) {
        unsigned i = 0;
        while (i < PARTS_MAX && part[i].name &&
               (strlen(part[i].name) != length || memcmp(part[i].name, text, length) != 0))
            i++;
        if (i == PARTS_MAX || !part[i].name)
            return report_usage("--only: there is no part \"%.*s\"; see --help",
                                length < 60 ? (int)length : 60, text);
        results->left_out[i] = false;
        if (!text[length])
            return 0;
    }
}

static void measure(struct results *results, const yoke_topology *topology,
                    const struct output *json, const struct output *svg)
{
    struct machine machine;
    machine_describe(&machine, topology);
    page_warn(machine.busy);
    report_runtimes(results, &machine);
    results_run(results, isatty(STDERR_FILENO));
    report_print(results, &machine, stdout);
    if (json->stream)
        report_print_json(results, &machine, json->stream);
    if (svg->stream)
        picture_print(results, &machine, svg->stream);
}

static int run(const struct benchmark *benchmark, unsigned rounds,
               const struct arguments *arguments)
{
    static struct results results; /* too large for a stack */
    yoke_topology *topology = NULL;
    yoke_status status = yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        return report_status(status);
    results_begin(&results, benchmark, yoke_topology_workers(topology), rounds);
    struct output json = {0}, svg = {0};
    int result = choose(&results, arguments->value[OPTION_ONLY]);
    if (!result)
        result = open_output(&json, arguments->value[OPTION_JSON]);
    if (!result)
        result = open_output(&svg, arguments->value[OPTION_SVG]);
    if (!result)
        measure(&results, topology, &json, &svg);
    yoke_topology_release(topology);
    int json_result = close_output(&json), svg_result = close_output(&svg);
    return result ? result : json_result ? json_result : svg_result;
}

/* Puts it behind the others. */
static bool add_peer(struct benchmark *benchmark, const char *folder)
{
    unsigned i = 0;
    while (benchmark->runtime[i])
        i++;
    return (benchmark->runtime[i] = benchmark->load_peer(folder));
}

int benchmark_main(struct benchmark *benchmark, char **words)
{
    static char program[32];
    snprintf(program, sizeof program, "%s_bench", benchmark->name);
    report_program(program);
    struct arguments arguments;
    int result = arguments_read(&arguments, &table, command_of(benchmark), words);
    if (result)
        return result;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    if (arguments.value[OPTION_HELP])
        return print_help(benchmark), report_close(EXIT_SUCCESS);

    expression_integer rounds = 5;
    const char *runs = arguments.value[OPTION_RUNS];
    if (runs && !value_bound("--runs", runs, &rounds))
        return EXIT_USAGE;
    if (rounds < 1 || rounds > ROUNDS_MAX)
        return report_usage("--runs \"%.60s\" must lie between 1 and %d", runs, ROUNDS_MAX);
    if (arguments.value[OPTION_PEER_SOURCE] &&
        !add_peer(benchmark, arguments.value[OPTION_PEER_SOURCE]))
        return EXIT_FAILURE;
    return report_close(run(benchmark, (unsigned)rounds, &arguments));
}
