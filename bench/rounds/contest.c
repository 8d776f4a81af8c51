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
    *contender =
        (struct contender){.interval = interval, .threads = threads, .baseline = -1, .run = run};
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

bool contest_same_row(const struct contender *one, const struct contender *other)
{
    return one->below == other->below && interval_equal(one->interval, other->interval);
}

/* Whether the instruction set may be the same, or is known to be. */
static bool shares_isa(const struct contender *one, const struct contender *other, bool known)
{
    if (!one->isa || !other->isa)
        return !known;
    return strcmp(one->isa, other->isa) == 0;
}

static bool is_comparable(const struct contender *ours, const struct contender *other)
{
    return ours->side == OURS && other->side == PEERS && contest_same_row(ours, other) &&
           (other->threads == ours->threads || other->threads == 0);
}

bool contest_is_rival(const struct contest *contest, int ours, int other)
{
    const struct contender *self = &contest->contender[ours];
    if (!is_comparable(self, &contest->contender[other]))
        return false;
    bool one_has_the_same = false;
    for (unsigned i = 0; i < contest->contenders; i++)
        one_has_the_same = one_has_the_same || (is_comparable(self, &contest->contender[i]) &&
                                                shares_isa(self, &contest->contender[i], true));
    return !one_has_the_same || shares_isa(self, &contest->contender[other], false);
}

int contest_first_rival(const struct contest *contest, int ours)
{
    for (int i = 0; i < (int)contest->contenders; i++)
        if (contest_is_rival(contest, ours, i))
            return i;
    return -1;
}

const char *contest_label(const struct contender *contender, char text[CONTENDER_LABEL_SIZE])
{
    const char *isa = contender->isa ? contender->isa : "isa not told";
    bool has = strstr(contender->name, isa) || contender->side == OTHERS;
    snprintf(text, CONTENDER_LABEL_SIZE, "%s%s%s", contender->name, has ? "" : ", ",
             has ? "" : isa);
    return text;
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
