/* See computation.h. */
#include "computation.h"

#include "report.h"
#include "trace.h"
#include "values.h"

void must(yoke_status status)
{
    if (status != YOKE_OK)
        exit(report_status(status));
}

int computation_run(unsigned workers, const char *trace,
                    int (*run)(yoke_server *server, const void *choice), const void *choice)
{
    struct trace_file file;
    int status = trace_open(&file, trace);
    if (status != EXIT_SUCCESS)
        return status;
    yoke_server_options how = YOKE_SERVER_OPTIONS_INIT;
    how.workers = workers;
    how.trace = file.path;
    yoke_server *server;
    must(yoke_server_open(&how, &server));
    status = run(server, choice);
    if (status == EXIT_SUCCESS)
        status = trace_write(&file, server);
    yoke_server_release(server);
    return status;
}

static int read_and_run(const struct computation *computation, const struct arguments *arguments)
{
    unsigned workers = 0;
    const char *threads = arguments->value[computation->table.count - 2];
    int status = computation->read(arguments, computation->choice);
    if (status == 0 && threads && !value_workers("--threads", threads, &workers))
        status = EXIT_USAGE;
    return status ? status : computation_run(workers, NULL, computation->run, computation->choice);
}

int computation_main(const struct computation *computation, int count, char **words)
{
    const struct option_table *table = &computation->table;
    struct arguments arguments;
    report_program(computation->name);
    int status = arguments_read(&arguments, table, 1, count > 0 ? words + 1 : words);
    if (status == 0 && arguments.value[table->count - 1]) {
        printf("%s\nOptions:\n", computation->usage);
        arguments_print_help(table, 1, stdout);
    } else if (status == 0) {
        status = read_and_run(computation, &arguments);
    }
    return report_close(status);
}
