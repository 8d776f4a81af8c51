/* A table of published answers, and the answers that contenders gave where none is published: see
 * known.h. */
#include "known.h"

#include <stddef.h>
#include <stdio.h>
#include <yoke/yoke.h>

#include "cli/report.h"

static const struct {
    uint64_t below, count;
    yoke_uint128 sum;
} published[] = {
    {10, 4, {17, 0}},
    {100, 25, {1060, 0}},
    {1000, 168, {76127, 0}},
    {10000, 1229, {5736396, 0}},
    {100000, 9592, {454396537, 0}},
    {1000000, 78498, {37550402023, 0}},
    {10000000, 664579, {3203324994356, 0}},
    {100000000, 5761455, {279209790387276, 0}},
    {1000000000, 50847534, {24739512092254535, 0}},
    {10000000000, 455052511, {2220822432581729238, 0}},
    {100000000000, 4118054813, {16999637006649164854U, 10}},
    {1000000000000, 37607912018, {7291222914863846993U, 999}},
    {10000000000000, 346065536839, {6166283950362230038U, 92116}},
    {100000000000000, 3204941750802, {17361121400754686141U, 8542930}},
    {1000000000000000, 29844570422669, {10195943310063197662U, 796476519}},
    {10000000000000000, 279238341033925, {6843390755347688696, 74599118891}},
    {100000000000000000, 2623557157654233, {8824034173199711734, 7015255687376}},
    {1000000000000000000, 24739954287740860, {18239447567946276847U, 662063410439740}},
    {10000000000000000000U, 234057667276344607, {2216124446834115806, 62680506431336395}},
};

enum { QUESTIONS = 2, PUBLISHED = sizeof published / sizeof *published };

/* Answers to agree with where nothing is published: a contest asks two questions about each
 * interval and about the part of it that warms up. */
static struct given {
    enum question question;
    struct interval interval;
    yoke_uint128 answer;
} given[QUESTIONS * 2 * CONTENDERS_MAX];

static size_t given_count;

static size_t find_published(struct interval interval)
{
    size_t i = 0;
    while (i < PUBLISHED && (interval.lo != 0 || published[i].below != interval.hi))
        i++;
    return i;
}

bool known_published(struct interval interval)
{
    return find_published(interval) < PUBLISHED;
}

static const struct given *find_given(enum question question, struct interval interval)
{
    for (size_t i = 0; i < given_count; i++)
        if (given[i].question == question && interval_equal(given[i].interval, interval))
            return &given[i];
    return NULL;
}

static bool known(enum question question, struct interval interval, yoke_uint128 *answer)
{
    const struct given *earlier = find_given(question, interval);
    if (earlier)
        return *answer = earlier->answer, true;
    size_t i = find_published(interval);
    if (i == PUBLISHED)
        return false;
    *answer = question == QUESTION_SUM ? published[i].sum : (yoke_uint128){published[i].count, 0};
    return true;
}

int known_check(const struct contender *contender, enum question question, struct interval interval,
                yoke_uint128 answer)
{
    yoke_uint128 expected;
    if (!known(question, interval, &expected)) {
        given[given_count++] = (struct given){question, interval, answer};
        return 0;
    }
    if (answer.lo == expected.lo && answer.hi == expected.hi)
        return 0;
    char wrong[YOKE_UINT128_TEXT_SIZE], right[YOKE_UINT128_TEXT_SIZE];
    return report_failure("%s, %u threads: the %s of the primes in [%llu, %llu) came out as %s; it "
                          "is %s",
                          contender->name, contender->threads,
                          question == QUESTION_SUM ? "sum" : "number",
                          (unsigned long long)interval.lo, (unsigned long long)interval.hi,
                          yoke_uint128_text(answer, wrong), yoke_uint128_text(expected, right));
}

int known_find(enum question question, struct interval interval, yoke_uint128 *answer)
{
    if (known(question, interval, answer))
        return 0;
    yoke_status status;
    *answer = (yoke_uint128){0, 0};
    if (question == QUESTION_SUM)
        status = yoke_sum_primes(NULL, interval.lo, interval.hi, NULL, answer);
    else
        status = yoke_count_primes(NULL, interval.lo, interval.hi, NULL, &answer->lo);
    if (status != YOKE_OK)
        return report_status(status);
    given[given_count++] = (struct given){question, interval, *answer};
    return 0;
}
