/* Runs all contenders in turn, round after round, and takes ratios within a round: see contest.h.
 */
#include "contest.h"

#include <stdio.h>
#include <string.h>

struct contender *contest_add(struct contest *contest, const char *name, struct interval interval,
                              unsigned threads,
                              int (*run)(const struct contender *, struct interval, double *))
{
    if (contest->contenders == CONTENDERS_MAX)
        return NULL;
    struct contender *contender = &contest->contender[contest->contenders++];
    *contender = (struct contender){
        .interval = interval, .threads = threads, .baseline = -1, .rival = -1, .run = run};
    snprintf(contender->name, sizeof contender->name, "%s", name);
    return contender;
}

int contest_index(const struct contest *contest, const struct contender *contender)
{
    return (int)(contender - contest->contender);
}

bool interval_equal(struct interval one, struct interval other)
{
    return one.lo == other.lo && one.hi == other.hi;
}

static void show(const struct contest *contest, unsigned round, unsigned index)
{
    fprintf(stderr, "\rround %u of %u: %u of %u  ", round, contest->rounds, index + 1,
            contest->contenders);
}

int contest_run(struct contest *contest, bool progress)
{
    int status = 0;
    /* Round 0 is in small: a tenth warms caches, clocks and page tables as well as the whole. */
    for (unsigned round = 0; round <= contest->rounds && !status; round++) {
        for (unsigned i = 0; i < contest->contenders && !status; i++) {
            struct contender *contender = &contest->contender[i];
            struct interval interval = contender->interval;
            double ignored;
            if (progress)
                show(contest, round, i);
            if (round == 0)
                interval.hi = interval.lo + (interval.hi - interval.lo) / 10;
            status = contender->run(contender, interval,
                                    round == 0 ? &ignored : &contender->seconds[round - 1]);
        }
    }
    if (progress)
        fprintf(stderr, "\r%40s\r", "");
    return status;
}

struct summary contest_seconds(const struct contest *contest, int contender)
{
    double seconds[ROUNDS_MAX];
    memcpy(seconds, contest->contender[contender].seconds, sizeof seconds);
    return summarise(seconds, contest->rounds);
}

struct summary contest_ratio(const struct contest *contest, int contender, int other)
{
    double ratios[ROUNDS_MAX];
    for (unsigned round = 0; round < contest->rounds; round++)
        ratios[round] =
            contest->contender[contender].seconds[round] / contest->contender[other].seconds[round];
    return summarise(ratios, contest->rounds);
}
