/* Prints the measures as a table and as JSON: see report.h. */
#include "report.h"

#include <string.h>

void report_runtimes(const struct measures *measures, struct machine *machine)
{
    for (unsigned i = 1; i < measures->runtimes; i++)
        machine_add(machine, measures->runtime[i]->name, "%s", measures->runtime[i]->version());
    const char *const wanted[] = {"oneTBB", "StarPU"};
    for (int w = 0; w < 2; w++) {
        bool found = false;
        for (unsigned i = 0; i < measures->runtimes; i++)
            found = found || strcmp(measures->runtime[i]->name, wanted[w]) == 0;
        if (!found)
            machine_add(machine, wanted[w], "not compared with; `make deps-peers bench` does so");
    }
}

const char *report_time(double nanoseconds, char *text)
{
    double value = nanoseconds < 1e6 ? nanoseconds / 1e3 : nanoseconds / 1e6;
    int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
    snprintf(text, 16, "%.*f %s", digits, value, nanoseconds < 1e6 ? "us" : "ms");
    return text;
}

static void print_row(const struct measures *measures, unsigned row, FILE *stream)
{
    fprintf(stream, "%-36s", measure_text[row].title);
    for (unsigned i = 0; i < measures->runtimes; i++) {
        char median[16], min[16];
        struct summary value = measures_value(measures, i, row);
        if (measures->present[i][row])
            fprintf(stream, " %9s %9s", report_time(value.median, median),
                    report_time(value.min, min));
        else
            fprintf(stream, " %9s %9s", "-", "-");
    }
    for (unsigned i = 1; i < measures->runtimes; i++)
        if (measures->present[0][row] && measures->present[i][row])
            fprintf(stream, " %9.2f", measures_ratio(measures, 0, i, row).median);
        else
            fprintf(stream, " %9s", "-");
    fputc('\n', stream);
}

static void print_efficiencies(const struct measures *measures, FILE *stream)
{
    char ideal[16];
    fprintf(stream, "Of the ideal %s for 64 tasks of 1 ms on %u workers:",
            report_time(measures_ideal(measures), ideal), measures->workers);
    for (unsigned i = 0; i < measures->runtimes; i++)
        if (measures->present[i][NESTED])
            fprintf(stream, "%s %s %.0f %%", i ? "," : "", measures->runtime[i]->name,
                    100 * measures_ideal(measures) / measures_value(measures, i, NESTED).median);
    fputs(".\n", stream);
}

void report_print(const struct measures *measures, const struct machine *machine, FILE *stream)
{
    machine_print(machine, stream);
    fprintf(stream, "\n%-36s", "");
    for (unsigned i = 0; i < measures->runtimes; i++)
        fprintf(stream, " %9s %9s", measures->runtime[i]->name, "least");
    for (unsigned i = 1; i < measures->runtimes; i++)
        fprintf(stream, "  / %6s", measures->runtime[i]->name);
    fputc('\n', stream);
    for (unsigned row = 0; row < MEASURES; row++)
        print_row(measures, row, stream);
    fprintf(stream,
            "\nMedian and least of %u rounds, in which the runtimes take turns; less is better. "
            "Right:\nyoke over each other, median of the ratios within a round. Jobs inside jobs "
            "are task_group's\nwith oneTBB and tasks with OpenMP, where threads outside submit "
            "nothing: its producers also\nrun jobs, and its round trip is a parallel region.\n",
            measures->rounds);
    print_efficiencies(measures, stream);
}

static void print_json_row(const struct measures *measures, unsigned runtime, unsigned row,
                           FILE *stream)
{
    struct summary value = measures_value(measures, runtime, row);
    fprintf(stream,
            "    {\"runtime\": \"%s\", \"measure\": \"%s\", \"unit\": \"ns\", \"min\": %.1f, "
            "\"median\": %.1f",
            measures->runtime[runtime]->name, measure_text[row].key, value.min, value.median);
    if (runtime && measures->present[0][row])
        fprintf(stream, ", \"yoke_over_it\": %.4f",
                measures_ratio(measures, 0, runtime, row).median);
    fprintf(stream, ",\n     \"rounds\": [");
    for (unsigned round = 0; round < measures->rounds; round++)
        fprintf(stream, "%s%.1f", round ? ", " : "", measures->value[runtime][row][round]);
    fprintf(stream, "]}");
}

void report_print_json(const struct measures *measures, const struct machine *machine, FILE *stream)
{
    fprintf(stream, "{\n  \"benchmark\": \"submit\",\n  \"machine\": ");
    machine_print_json(machine, stream);
    fprintf(stream, ",\n  \"workers\": %u,\n  \"rounds\": %u,\n  \"results\": [", measures->workers,
            measures->rounds);
    const char *separator = "\n";
    for (unsigned row = 0; row < MEASURES; row++)
        for (unsigned i = 0; i < measures->runtimes; i++)
            if (measures->present[i][row]) {
                fputs(separator, stream);
                print_json_row(measures, i, row, stream);
                separator = ",\n";
            }
    fprintf(stream, "\n  ]\n}\n");
}
