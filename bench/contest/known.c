#include "known.h"

#include <assert.h>
#include <stddef.h>

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
};

/* Answers to agree with where nothing is published: a contest asks about two bounds, that of its
 * rounds and that of its warm-up, for two questions. */
static struct {
    enum question question;
    uint64_t below;
    yoke_uint128 answer;
} given[4];

static size_t given_count;

static size_t find_published(uint64_t below)
{
    size_t i = 0;
    while (i < sizeof published / sizeof *published && published[i].below != below)
        i++;
    return i;
}

bool known_published(uint64_t below)
{
    return find_published(below) < sizeof published / sizeof *published;
}

static yoke_uint128 agreed(enum question question, uint64_t below, yoke_uint128 answer)
{
    size_t i = 0;
    while (i < given_count && (given[i].question != question || given[i].below != below))
        i++;
    if (i == given_count) {
        assert(given_count < sizeof given / sizeof *given);
        given[given_count].question = question;
        given[given_count].below = below;
        given[given_count++].answer = answer;
    }
    return given[i].answer;
}

bool known_answer(enum question question, uint64_t below, yoke_uint128 answer,
                  yoke_uint128 *expected)
{
    size_t i = find_published(below);
    if (!known_published(below))
        *expected = agreed(question, below, answer);
    else if (question == QUESTION_SUM)
        *expected = published[i].sum;
    else
        *expected = (yoke_uint128){published[i].count, 0};
    return answer.lo == expected->lo && answer.hi == expected->hi;
}
