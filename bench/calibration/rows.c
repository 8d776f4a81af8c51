/* Prints and replaces rows: see rows.h. */
#include "rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

static void print_list(const char *name, const double *values, int count, FILE *stream)
{
    fprintf(stream, ",\n     .%s = {", name);
    for (int i = 0; i < count; i++)
        fprintf(stream, "%s%.3g", i ? ", " : "", values[i]);
    fputc('}', stream);
}

void rows_print(const struct unit_costs *unit, FILE *stream)
{
    fprintf(stream,
            "    {.isa = \"%s\",\n     .start = %.0f,\n"
            "     .tested = %.3g,\n     .lucy = %.3g",
            unit->isa, unit->start, unit->tested, unit->lucy);
    print_list("sieving_prime", unit->sieving_prime, SIEVED_HEIGHTS, stream);
    print_list("narrow", unit->narrow, SIEVED_HEIGHTS, stream);
    print_list("wide", unit->wide, SIEVED_HEIGHTS, stream);
    fprintf(stream, ",\n     .sum_start = %.0f", unit->sum_start);
    print_list("leaf", unit->leaf, LEAF_HEIGHTS, stream);
    fputs("},\n", stream);
}

/* All of the file, or NULL with errno. */
static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    char *text = NULL;
    FILE *copy = open_memstream(&text, size);
    for (int c; copy && (c = fgetc(file)) != EOF;)
        fputc(c, copy);
    if (copy)
        fclose(copy);
    fclose(file);
    return text;
}

static int report_file(const char *what, const char *path)
{
    return report_failure("cannot %s %s: %s", what, path, strerror(errno));
}

int rows_replace(const char *path, const struct unit_costs *unit)
{
    size_t size;
    char name[48];
    char *text = read_file(path, &size);
    if (!text)
        return report_file("read", path);
    snprintf(name, sizeof name, "    {.isa = \"%s\"", unit->isa);
    char *row = strstr(text, name), *end = row ? strstr(row, "}},\n") : NULL;
    int status = 0;
    FILE *file = end ? fopen(path, "w") : NULL;
    if (!end) {
        status = report_failure("%s has no row for %s", path, unit->isa);
    } else if (!file) {
        status = report_file("write", path);
    } else {
        fwrite(text, 1, (size_t)(row - text), file);
        rows_print(unit, file);
        fputs(end + strlen("}},\n"), file);
        errno = 0;
        if (ferror(file) | fclose(file))
            status = report_file("write", path);
    }
    free(text);
    return status;
}
