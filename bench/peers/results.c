/* Prints the results as tables and as JSON: see results.h. */
#include "results.h"

#include <inttypes.h>

#include "known.h"
#include "rounds/rows.h"

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
    fprintf(stream, "%-28s ", contender->name);
    if (contender->threads)
        fprintf(stream, "%7u", contender->threads);
    else
        fprintf(stream, "%7s", "-");
    fprintf(stream, " %10.6f %10.6f %10.6f %10.1f", seconds.min, seconds.median, seconds.max,
            (double)(contender->interval.hi - contender->interval.lo) / seconds.median / 1e6);
    double faster = speed_up(contest, index);
    if (faster > 0)
        fprintf(stream, " %8.2f %8.0f %%", faster, 100 * faster / contender->threads);
    else
        fprintf(stream, " %8s %10s", "-", "-");
    if (contender->rival >= 0) {
        struct summary ratio = contest_ratio(contest, index, contender->rival);
        fprintf(stream, "  %.3f (%.3f-%.3f)", ratio.median, ratio.min, ratio.max);
    }
    fputc('\n', stream);
}

static void print_head(struct interval interval, FILE *stream)
{
    char text[INTERVAL_TEXT_SIZE];
    fprintf(stream, "\n%-28s %7s %10s %10s %10s %10s %8s %10s  %s\n", interval_text(interval, text),
            "threads", "min (s)", "median", "max", "numbers/us", "speed-up", "efficiency",
            "of peer");
}

static const char *first_rival(const struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest->contender[i].rival >= 0)
            return contest->contender[contest->contender[i].rival].name;
    return NULL;
}

static void print_legend(const struct contest *contest, FILE *stream)
{
    bool published = true;
    for (unsigned i = 0; i < contest->contenders; i++)
        published = published && known_published(contest->contender[i].interval);
    fprintf(stream,
            "\nRounds: %u, in turn, after a warm-up. Every answer %s.\n"
            "Speed-up: median over the rounds, against the same on one thread.\n"
            "Efficiency: speed-up by threads.\n",
            contest->rounds, published ? "is the published one" : "agrees with the others");
    const char *rival = first_rival(contest);
    if (rival)
        fprintf(stream,
                "Of peer: the time as a part of that of \"%s\" in the same round,\n"
                "on as many threads: median (least-most).\n",
                rival);
}

void results_print(const struct contest *contest, const struct machine *machine, FILE *stream)
{
    machine_print(machine, stream);
    for (int i = 0; i < (int)contest->contenders; i++) {
        struct interval interval = contest->contender[i].interval;
        if (i == 0 || !interval_equal(interval, contest->contender[i - 1].interval))
            print_head(interval, stream);
        print_row(contest, i, stream);
    }
    print_legend(contest, stream);
}

static void print_json_row(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    struct summary seconds = contest_seconds(contest, index);
    fprintf(stream, "    {\"name\": ");
    machine_print_json_string(contender->name, stream);
    fprintf(stream,
            ", \"threads\": %u, \"lo\": %" PRIu64 ", \"hi\": %" PRIu64
            ", \"min\": %.9f, \"median\": %.9f, \"max\": %.9f",
            contender->threads, contender->interval.lo, contender->interval.hi, seconds.min,
            seconds.median, seconds.max);
    if (contender->baseline >= 0)
        fprintf(stream, ", \"speed_up\": %.4f, \"efficiency\": %.4f", speed_up(contest, index),
                speed_up(contest, index) / contender->threads);
    if (contender->rival >= 0) {
        struct summary ratio = contest_ratio(contest, index, contender->rival);
        fprintf(stream, ",\n     \"peer\": ");
        machine_print_json_string(contest->contender[contender->rival].name, stream);
        fprintf(stream, ", \"of_peer\": [%.4f, %.4f, %.4f]", ratio.min, ratio.median, ratio.max);
    }
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
