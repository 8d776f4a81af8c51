/* What does a job cost? yoke's server against oneTBB, StarPU and OpenMP's own tasks. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <yoke/yoke.h>

#include "cli/arguments.h"
#include "cli/report.h"
#include "cli/values.h"
#include "plot/page.h"
#include "rounds/machine.h"
#include "runtimes/measures.h"
#include "runtimes/report.h"

enum { OPTION_RUNS, OPTION_JSON, OPTION_SVG, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_RUNS] = {"runs", 0, "N", 1, "run everything N times, 1 to 100; the default is 5"},
    [OPTION_JSON] = {"json", 0, "FILE", 1, "write the results to FILE as well"},
    [OPTION_SVG] = {"svg", 0, "FILE", 1, "draw the results into FILE"},
    [OPTION_HELP] = {"help", 'h', NULL, 1, "print this help"},
};

static const struct option_table table = {options, OPTION_COUNT};

static void print_help(void)
{
    printf("Usage: submit_bench [options]\n"
           "Measures what a job costs, with yoke and with other task runtimes that were installed\n"
           "when it was built. OMP_NUM_THREADS sets the number of workers.\n\n");
    arguments_print_help(&table, 1, stdout);
}

/* A file that the results go to; a path that cannot be written shows before the measuring. */
struct output {
    const char *path; /* NULL: nobody asked                                                       */
    FILE *stream;
};

static int report_file(const char *path)
{
    fprintf(stderr, "submit_bench: cannot write %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
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

static void measure(unsigned rounds, const yoke_topology *topology, const struct output *json,
                    const struct output *svg)
{
    static struct measures measures; /* too large for a stack */
    struct machine machine;
    machine_describe(&machine, topology);
    page_warn(machine.busy);
    measures_begin(&measures, yoke_topology_workers(topology), rounds);
    report_runtimes(&measures, &machine);
    measures_run(&measures, isatty(STDERR_FILENO));
    report_print(&measures, &machine, stdout);
    if (json->stream)
        report_print_json(&measures, &machine, json->stream);
    if (svg->stream)
        picture_print(&measures, &machine, svg->stream);
}

static int run(unsigned rounds, const char *json_path, const char *svg_path)
{
    struct output json, svg = {0};
    int result = open_output(&json, json_path);
    if (!result)
        result = open_output(&svg, svg_path);
    yoke_topology *topology = NULL;
    yoke_status status = result ? YOKE_OK : yoke_topology_open(NULL, &topology);
    if (status != YOKE_OK)
        result = report_status(status);
    if (!result)
        measure(rounds, topology, &json, &svg);
    yoke_topology_release(topology);
    int json_result = close_output(&json), svg_result = close_output(&svg);
    return result ? result : json_result ? json_result : svg_result;
}

int main(int argc, char **argv)
{
    (void)argc;
    report_program("submit_bench");
    struct arguments arguments;
    int result = arguments_read(&arguments, &table, 1, argv + 1);
    if (result)
        return result;
    if (arguments.operands)
        return report_usage("\"%.60s\" is no option; see --help", arguments.operand[0]);
    if (arguments.value[OPTION_HELP])
        return print_help(), report_close(EXIT_SUCCESS);

    expression_integer rounds = 5;
    const char *runs = arguments.value[OPTION_RUNS];
    if (runs && !value_bound("--runs", runs, &rounds))
        return EXIT_USAGE;
    if (rounds < 1 || rounds > ROUNDS_MAX)
        return report_usage("--runs \"%.60s\" must lie between 1 and %d", runs, ROUNDS_MAX);
    return report_close(
        run((unsigned)rounds, arguments.value[OPTION_JSON], arguments.value[OPTION_SVG]));
}
