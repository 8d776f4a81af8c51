/* The rows that `make calibrate` prints, and puts into the source. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibration/measure.h"
#include "calibration/rows.h"

#define SOURCE "lib/primes/unit_costs.c"

static char *read_all(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file, "%s", path);
    char *text = calloc(1, 1 << 16);
    cr_assert_lt(fread(text, 1, (1 << 16) - 1, file), (1 << 16) - 1);
    fclose(file);
    return text;
}

static char *row_text(const struct unit_costs *unit)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    rows_print(unit, stream);
    fclose(stream);
    return text;
}

/* A copy of the source that this test may write to. */
static const char *copy_source(char path[64])
{
    strcpy(path, "/tmp/yoke-costs-XXXXXX");
    int descriptor = mkstemp(path);
    char *text = read_all(SOURCE);
    cr_assert_geq(descriptor, 0);
    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    free(text);
    return path;
}

/* Then what calibrate writes can be written again. */
Test(calibration, rows_stand_in_the_source_as_they_are_printed)
{
    static const char *const isas[] = {"avx512", "avx2", "neon", "portable"};
    char *source = read_all(SOURCE);
    for (size_t i = 0; i < sizeof isas / sizeof *isas; i++) {
        char *row = row_text(unit_costs_of(isas[i]));
        cr_assert_not_null(strstr(source, row), "%s", row);
        free(row);
    }
    free(source);
}

Test(calibration, a_row_is_replaced_and_no_other)
{
    char path[64];
    struct unit_costs changed = *unit_costs_of("avx2");
    changed.start = 12345;
    changed.leaf[LEAF_HEIGHTS - 1] = 678.9;
    cr_assert_eq(rows_replace(copy_source(path), &changed), 0);
    char *before = read_all(SOURCE), *after = read_all(path);
    char *old = row_text(unit_costs_of("avx2")), *new = row_text(&changed);
    char *row = strstr(before, old);
    cr_assert_not_null(row);
    size_t start = (size_t)(row - before);
    cr_assert_eq(strncmp(after, before, start), 0);
    cr_assert_eq(strncmp(after + start, new, strlen(new)), 0);
    cr_assert_str_eq(after + start + strlen(new), row + strlen(old));
    cr_assert_eq(rows_replace(path, unit_costs_of("avx2")), 0);
    free(after);
    after = read_all(path);
    cr_assert_str_eq(after, before);
    unlink(path);
    free(before), free(after), free(old), free(new);
}

Test(calibration, files_without_the_row_stay)
{
    char path[64];
    struct unit_costs unknown = *unit_costs_of("avx2");
    unknown.isa = "abacus";
    cr_assert_neq(rows_replace(copy_source(path), &unknown), 0);
    char *before = read_all(SOURCE), *after = read_all(path);
    cr_assert_str_eq(after, before);
    unlink(path);
    free(before), free(after);
    cr_assert_neq(rows_replace("/nowhere/costs.c", unit_costs_of("avx2")), 0);
}

/* What does not fit into a second has changed as much as what does. */
Test(calibration, a_second_is_enough_for_all_constants, .timeout = 120)
{
    static struct measurement measurement;
    cr_assert_eq(measure_unit_costs("portable", 1, &measurement), 0);
    const struct unit_costs *now = &measurement.now, *before = measurement.before;
    cr_assert_str_eq(now->isa, "portable");
    cr_assert_gt(measurement.count, 3);
    cr_assert_leq(measurement.checks, measurement.count);
    for (unsigned i = 0; i < measurement.count; i++) {
        cr_assert_gt(measurement.measured[i].seconds, 0);
        cr_assert_gt(measure_predict(now, &measurement.measured[i]), 0);
    }
    for (int i = 0; i < SIEVED_HEIGHTS; i++)
        cr_assert(now->narrow[i] > 0 && now->wide[i] > 0 && now->sieving_prime[i] > 0);
    for (int i = 0; i < LEAF_HEIGHTS; i++)
        cr_assert_gt(now->leaf[i], 0);
    int last = LEAF_HEIGHTS - 1;
    cr_assert_float_eq(now->leaf[last] / now->leaf[last - 1],
                       before->leaf[last] / before->leaf[last - 1], 1e-9);
}
