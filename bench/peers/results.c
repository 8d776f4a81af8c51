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

/* Of each peer that it is compared with. */
static void print_rivals(const struct contest *contest, int index, FILE *stream)
{
    const char *between = "  ";
    for (int i = 0; i < (int)contest->contenders; i++) {
        if (!contest_is_rival(contest, index, i))
            continue;
        struct summary ratio = contest_ratio(contest, index, i);
        fprintf(stream, "%s%.3f (%.3f-%.3f) %s", between, ratio.median, ratio.min, ratio.max,
                contest->contender[i].name);
        between = "; ";
    }
}

static void print_row(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    struct summary seconds = contest_seconds(contest, index);
    const char *isa = contender->isa ? contender->isa : "not told";
    fprintf(stream, "%-28s %-8s ", contender->name, contender->side == OTHERS ? "-" : isa);
    if (contender->threads)
        fprintf(stream, "%7u", contender->threads);
    else
        fprintf(stream, "%7s", "-");
    fprintf(stream, " %10.6f %10.6f %10.6f", seconds.min, seconds.median, seconds.max);
    if (contender->below)
        fprintf(stream, " %10s", "-");
    else
        fprintf(stream, " %10.1f",
                (double)(contender->interval.hi - contender->interval.lo) / seconds.median / 1e6);
    double faster = speed_up(contest, index);
    if (faster > 0)
        fprintf(stream, " %8.2f %8.0f %%", faster, 100 * faster / contender->threads);
    else
        fprintf(stream, " %8s %10s", "-", "-");
    print_rivals(contest, index, stream);
    fputc('\n', stream);
}

static void print_head(const struct contender *contender, FILE *stream)
{
    char text[INTERVAL_TEXT_SIZE];
    fprintf(stream, "\n%s%-*s %-8s %7s %10s %10s %10s %10s %8s %10s  %s\n",
            contender->below ? "below " : "", contender->below ? 22 : 28,
            contender->below ? interval_end_text(contender->interval, text)
                             : interval_text(contender->interval, text),
            "isa", "threads", "min (s)", "median", "max", "numbers/us", "speed-up", "efficiency",
            "of peers");
}

static bool has_rivals(const struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest_first_rival(contest, (int)i) >= 0)
            return true;
    return false;
}

static bool has_untold(const struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest->contender[i].side == PEERS && !contest->contender[i].isa)
            return true;
    return false;
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
    if (has_rivals(contest))
        fprintf(stream,
                "Of peers: the time as a part of that of a peer in the same round, with the "
                "same instruction\nset where one is known to have it, on as many threads: median "
                "(least-most).\n");
    if (has_untold(contest))
        fprintf(stream, "Isa: the instruction set. A peer's is what --peer='NAME[ISA]=...' says; "
                        "libprimesieve has no\nway to ask.\n");
}

void results_print(const struct contest *contest, const struct machine *machine, FILE *stream)
{
    machine_print(machine, stream);
    for (int i = 0; i < (int)contest->contenders; i++) {
        const struct contender *contender = &contest->contender[i];
        if (i == 0 || !contest_same_row(contender, contender - 1))
            print_head(contender, stream);
        print_row(contest, i, stream);
    }
    print_legend(contest, stream);
}

static void print_json_isa(const struct contender *contender, FILE *stream)
{
    fputs(", \"isa\": ", stream);
    if (contender->isa)
        machine_print_json_string(contender->isa, stream);
    else
        fputs("null", stream);
}

static void print_json_rivals(const struct contest *contest, int index, FILE *stream)
{
    if (contest_first_rival(contest, index) < 0)
        return;
    fputs(",\n     \"of_peers\": [", stream);
    const char *between = "";
    for (int i = 0; i < (int)contest->contenders; i++) {
        if (!contest_is_rival(contest, index, i))
            continue;
        struct summary ratio = contest_ratio(contest, index, i);
        fprintf(stream, "%s{\"peer\": ", between);
        machine_print_json_string(contest->contender[i].name, stream);
        print_json_isa(&contest->contender[i], stream);
        fprintf(stream, ", \"ratio\": [%.4f, %.4f, %.4f]}", ratio.min, ratio.median, ratio.max);
        between = ", ";
    }
    fputc(']', stream);
}

static void print_json_row(const struct contest *contest, int index, FILE *stream)
{
    const struct contender *contender = &contest->contender[index];
    struct summary seconds = contest_seconds(contest, index);
    fprintf(stream, "    {\"name\": ");
    machine_print_json_string(contender->name, stream);
    print_json_isa(contender, stream);
    fprintf(stream,
            ", \"below\": %s, \"threads\": %u, \"lo\": %" PRIu64 ", \"hi\": %" PRIu64
            ", \"min\": %.9f, \"median\": %.9f, \"max\": %.9f",
            contender->below ? "true" : "false", contender->threads, contender->interval.lo,
            contender->interval.hi, seconds.min, seconds.median, seconds.max);
    if (contender->baseline >= 0)
        fprintf(stream, ", \"speed_up\": %.4f, \"efficiency\": %.4f", speed_up(contest, index),
                speed_up(contest, index) / contender->threads);
    print_json_rivals(contest, index, stream);
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
