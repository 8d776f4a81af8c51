/* Runs the parts of a benchmark round after round: see results.h. */
#include "results.h"

#include <string.h>

void results_begin(struct results *results, const struct benchmark *benchmark, unsigned workers,
                   unsigned rounds)
{
    memset(results, 0, sizeof *results);
    results->benchmark = benchmark;
    results->workers = workers;
    results->rounds = rounds;
    for (unsigned i = 0; i < RUNTIMES_MAX && benchmark->runtime[i]; i++)
        if (benchmark->runtime[i]->open)
            results->runtime[results->runtimes++] = benchmark->runtime[i];
}

void sheet_write(struct sheet *sheet, unsigned measure, double value)
{
    sheet->present[measure] = true;
    sheet->value[measure] = value;
}

static void take_turn(struct results *results, const struct part *part, unsigned round, bool alone)
{
    unsigned workers = alone ? 1 : results->workers;
    for (unsigned i = 0; i < results->runtimes; i++) {
        struct sheet sheet = {.runtime = results->runtime[i], .workers = workers, .alone = alone};
        sheet.runtime->open(workers);
        part->measure(&sheet);
        sheet.runtime->close();
        for (unsigned row = 0; row < results->benchmark->measures; row++)
            if (sheet.present[row]) {
                results->present[i][row] = true;
                results->value[i][row][round] = sheet.value[row];
            }
    }
}

void results_run(struct results *results, bool progress)
{
    const struct part *part = results->benchmark->part;
    for (unsigned round = 0; round < results->rounds; round++) {
        if (progress)
            fprintf(stderr, "\rround %u of %u", round + 1, results->rounds);
        for (unsigned i = 0; i < PARTS_MAX && part[i].name; i++)
            if (!results->left_out[i]) {
                take_turn(results, &part[i], round, false);
                if (i < results->benchmark->parts_twice)
                    take_turn(results, &part[i], round, true);
            }
    }
    if (progress)
        fprintf(stderr, "\r                    \r");
}

struct summary results_value(const struct results *results, unsigned runtime, unsigned measure)
{
    double values[ROUNDS_MAX];
    memcpy(values, results->value[runtime][measure], sizeof values);
    return summarise(values, results->rounds);
}

struct summary results_ratio(const struct results *results, unsigned runtime, unsigned measure)
{
    double ratios[ROUNDS_MAX];
    for (unsigned round = 0; round < results->rounds; round++)
        ratios[round] = results->value[0][measure][round] / results->value[runtime][measure][round];
    return summarise(ratios, results->rounds);
}

unsigned results_present(const struct results *results, unsigned measure)
{
    unsigned runtimes = 0;
    for (unsigned i = 0; i < results->runtimes; i++)
        runtimes += results->present[i][measure];
    return runtimes;
}
