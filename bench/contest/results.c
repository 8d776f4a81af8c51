#include "results.h"

#include <inttypes.h>

#include "known.h"

/* 10000000000 as "1e10"; what is no power of ten in full. */
static const char *bound_text(uint64_t bound, char text[24])
{
    int zeros = 0;
    uint64_t rest = bound;
    for (; rest >= 10 && rest % 10 == 0; rest /= 10)
        zeros++;
    if (rest == 1 && zeros > 2)
        snprintf(text, 24, "1e%d", zeros);
    else
        snprintf(text, 24, "%" PRIu64, bound);
    return text;
}

/* The median of the rounds' speed-ups over the baseline; 0 without one. */
static double speed_up(const struct contest *contest, int index)
{
    int baseline = contest->contender[index].baseline;
    return baseline < 0 ? 0 : contest_ratio(contest, baseline, index).median;
}

static void print_row(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    struct summary seconds = contest_seconds(contest, index);
    char below[24];
    fprintf(stream, "%-28s %7u %8s %9.4f %9.4f %12.1f", contender->name, contender->threads,
            bound_text(contender->below, below), seconds.min, seconds.median,
            (double)contender->below / seconds.median / 1e6);
    double faster = speed_up(contest, index);
    if (faster > 0)
        fprintf(stream, " %9.2f %9.0f %%\n", faster, 100 * faster / contender->threads);
    else
        fprintf(stream, " %9s %11s\n", "-", "-");
}

static void print_comparison(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    if (contender->rival < 0)
        return;
    struct summary ratio = contest_ratio(contest, index, contender->rival);
    fprintf(stream, "On %u %s yoke sums in %.2f (%.2f to %.2f) of the time primesieve counts in.\n",
            contender->threads, contender->threads == 1 ? "thread" : "threads", ratio.median,
            ratio.min, ratio.max);
}

void results_print(const struct contest *contest, const struct machine *machine, FILE *stream)
{
    machine_print(machine, stream);
    fprintf(stream, "\n%-28s %7s %8s %9s %9s %12s %9s %11s\n", "", "threads", "below", "min (s)",
            "median", "numbers/us", "speed-up", "efficiency");
    for (int i = 0; i < (int)contest->contenders; i++)
        print_row(contest, i, stream);

    bool published = known_published(contest->contender[contest->contenders - 1].below);
    fprintf(stream,
            "\nRounds: %u, in turn, after a warm-up. Every answer %s.\n"
            "Speed-up: median over the rounds, against the first row of the same program.\n"
            "Efficiency: speed-up by threads.\n",
            contest->rounds, published ? "is the published one" : "agrees with the others");
    for (int i = 0; i < (int)contest->contenders; i++)
        print_comparison(contest, i, stream);
}

static void print_json_row(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    struct summary seconds = contest_seconds(contest, index);
    fprintf(stream, "    {\"name\": ");
    machine_print_json_string(contender->name, stream);
    fprintf(stream,
            ", \"question\": \"%s\", \"threads\": %u, \"below\": %" PRIu64
            ", \"min\": %.9f, \"median\": %.9f",
            contender->question == QUESTION_SUM ? "sum" : "count", contender->threads,
            contender->below, seconds.min, seconds.median);
    if (contender->baseline >= 0)
        fprintf(stream, ", \"speed_up\": %.4f, \"efficiency\": %.4f", speed_up(contest, index),
                speed_up(contest, index) / contender->threads);
    if (contender->rival >= 0)
        fprintf(stream, ", \"of_rival\": %.4f",
                contest_ratio(contest, index, contender->rival).median);
    fprintf(stream, ",\n     \"seconds\": [");
    for (unsigned round = 0; round < contest->rounds; round++)
        fprintf(stream, "%s%.9f", round ? ", " : "", contender->seconds[round]);
    fprintf(stream, "]}");
}

void results_print_json(const struct contest *contest, const struct machine *machine, FILE *stream)
{
    fprintf(stream, "{\n  \"benchmark\": \"sum_primes\",\n  \"machine\": ");
    machine_print_json(machine, stream);
    fprintf(stream, ",\n  \"rounds\": %u,\n  \"results\": [\n", contest->rounds);
    for (int i = 0; i < (int)contest->contenders; i++) {
        print_json_row(contest, i, stream);
        fprintf(stream, i + 1 < (int)contest->contenders ? ",\n" : "\n");
    }
    fprintf(stream, "  ]\n}\n");
}
