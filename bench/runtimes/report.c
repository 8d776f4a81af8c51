/* Prints the results as a table and as JSON: see report.h. */
#include "report.h"

void report_runtimes(const struct results *results, struct machine *machine)
{
    const struct runtime *const *runtime = results->benchmark->runtime;
    for (unsigned i = 1; i < RUNTIMES_MAX && runtime[i]; i++)
        if (runtime[i]->open)
            machine_add(machine, runtime[i]->name, "%s", runtime[i]->version());
        else
            machine_add(machine, runtime[i]->name,
                        "not compared with; `make deps-peers bench` does so");
}

const char *report_time(double nanoseconds, char *text)
{
    double value = nanoseconds < 1e6 ? nanoseconds / 1e3 : nanoseconds / 1e6;
    int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    snprintf(text, 16, "%.*f %s", digits, value, nanoseconds < 1e6 ? "us" : "ms");
    return text;
}

static void print_row(const struct results *results, unsigned row, FILE *stream)
{
    fprintf(stream, "%-36s", results->benchmark->measure[row].title);
    for (unsigned i = 0; i < results->runtimes; i++) {
        char median[16], min[16];
        struct summary value = results_value(results, i, row);
        if (results->present[i][row])
            fprintf(stream, " %9s %9s", report_time(value.median, median),
                    report_time(value.min, min));
        else
            fprintf(stream, " %9s %9s", "-", "-");
    }
    for (unsigned i = 1; i < results->runtimes; i++)
        if (results->present[0][row] && results->present[i][row])
            fprintf(stream, " %9.2f", results_ratio(results, i, row).median);
        else
            fprintf(stream, " %9s", "-");
    fputc('\n', stream);
}

void report_print(const struct results *results, const struct machine *machine, FILE *stream)
{
    machine_print(machine, stream);
    fprintf(stream, "\n%-36s", "");
    for (unsigned i = 0; i < results->runtimes; i++)
        fprintf(stream, " %9s %9s", results->runtime[i]->name, "least");
    for (unsigned i = 1; i < results->runtimes; i++)
        fprintf(stream, "  / %6s", results->runtime[i]->name);
    fputc('\n', stream);
    for (unsigned row = 0; row < results->benchmark->measures; row++)
        if (results_present(results, row))
            print_row(results, row, stream);
    fprintf(stream,
            "\nMedian and least of %u rounds, in which the runtimes take turns; less is better. "
            "Right:\nyoke over each other, median of the ratios within a round. %s",
            results->rounds, results->benchmark->notes);
    if (results->benchmark->print_more)
        results->benchmark->print_more(results, stream);
}

static void print_json_row(const struct results *results, unsigned runtime, unsigned row,
                           FILE *stream)
{
    struct summary value = results_value(results, runtime, row);
    fprintf(stream,
            "    {\"runtime\": \"%s\", \"measure\": \"%s\", \"unit\": \"ns\", \"min\": %.1f, "
            "\"median\": %.1f",
            results->runtime[runtime]->name, results->benchmark->measure[row].key, value.min,
            value.median);
    if (runtime && results->present[0][row])
        fprintf(stream, ", \"yoke_over_it\": %.4f", results_ratio(results, runtime, row).median);
    fprintf(stream, ",\n     \"rounds\": [");
    for (unsigned round = 0; round < results->rounds; round++)
        fprintf(stream, "%s%.1f", round ? ", " : "", results->value[runtime][row][round]);
    fprintf(stream, "]}");
}

void report_print_json(const struct results *results, const struct machine *machine, FILE *stream)
{
    fprintf(stream, "{\n  \"benchmark\": \"%s\",\n  \"machine\": ", results->benchmark->name);
    machine_print_json(machine, stream);
    fprintf(stream, ",\n  \"workers\": %u,\n  \"rounds\": %u,\n  \"results\": [", results->workers,
            results->rounds);
    const char *separator = "\n";
    for (unsigned row = 0; row < results->benchmark->measures; row++)
        for (unsigned i = 0; i < results->runtimes; i++)
            if (results->present[i][row]) {
                fputs(separator, stream);
                print_json_row(results, i, row, stream);
                separator = ",\n";
            }
    fprintf(stream, "\n  ]\n}\n");
}
