#include "contest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"

int contest_add(struct contest *contest, const char *name, enum question question, uint64_t below,
                unsigned threads,
                int (*run)(const struct contender *, uint64_t, yoke_uint128 *, double *))
{
    int index = (int)contest->contenders++;
    struct contender *contender = &contest->contender[index];
    *contender = (struct contender){.name = name,
                                    .question = question,
                                    .below = below,
                                    .threads = threads,
                                    .baseline = -1,
                                    .rival = -1,
                                    .run = run};
    return index;
}

/* Runs the contender once and checks its answer. */
static int run_checked(const struct contender *contender, uint64_t below, double *seconds)
{
    yoke_uint128 answer, expected;
    int status = contender->run(contender, below, &answer, seconds);
    if (status)
        return status;
    if (known_answer(contender->question, below, answer, &expected))
        return 0;
    char wrong[YOKE_UINT128_TEXT_SIZE], right[YOKE_UINT128_TEXT_SIZE];
    fprintf(stderr, "%s, %u threads: the %s of the primes below %llu came out as %s; it is %s\n",
            contender->name, contender->threads,
            contender->question == QUESTION_SUM ? "sum" : "number", (unsigned long long)below,
            yoke_uint128_text(answer, wrong), yoke_uint128_text(expected, right));
    return EXIT_FAILURE;
}

int contest_run(struct contest *contest, bool progress)
{
    int status = 0;
    for (unsigned i = 0; i < contest->contenders && !status; i++) {
        const struct contender *contender = &contest->contender[i];
        double seconds;
        /* A tenth warms caches, clocks and page tables as well as the whole. */
        status = run_checked(contender, contender->below / 10, &seconds);
    }
    for (unsigned round = 0; round < contest->rounds && !status; round++) {
        if (progress)
            fprintf(stderr, "\rround %u of %u", round + 1, contest->rounds);
        for (unsigned i = 0; i < contest->contenders && !status; i++) {
            struct contender *contender = &contest->contender[i];
            status = run_checked(contender, contender->below, &contender->seconds[round]);
        }
    }
    if (progress)
        fprintf(stderr, "\r                    \r");
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
