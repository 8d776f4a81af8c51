/* A contest: programs that answer the same question run in turn, A B C A B C ..., so that whatever
 * slows the machine for a while slows them all alike, and ratios are taken within a round. */
#ifndef CONTEST_CONTEST_H
#define CONTEST_CONTEST_H

#include <stdbool.h>
#include <stdint.h>
#include <yoke/integer.h>

#include "summary.h"

enum { CONTENDERS_MAX = 32, ROUNDS_MAX = 1000 };

enum question { QUESTION_SUM, QUESTION_COUNT };

struct contender {
    const char *name;
    enum question question; /* the sum or the number of the primes below `below`                 */
    uint64_t below;
    unsigned threads;
    int baseline; /* the contender whose time over ours is our speed-up; -1: none                */
    int rival;    /* the peer's contender to compare with in a line of its own; -1: none         */

    /* Answers for the primes below `below` and says how long that took, without what a program
     * does once, such as opening a server. Returns 0, or after a report an exit status. */
    int (*run)(const struct contender *self, uint64_t below, yoke_uint128 *answer, double *seconds);

    double seconds[ROUNDS_MAX]; /* by round */
};

struct contest {
    unsigned contenders, rounds;
    struct contender contender[CONTENDERS_MAX];
};

/* Adds a contender and returns its index; what is not named here starts as -1 or zero. */
int contest_add(struct contest *contest, const char *name, enum question question, uint64_t below,
                unsigned threads,
                int (*run)(const struct contender *, uint64_t, yoke_uint128 *, double *));

/* Runs one round in small to warm up, then all rounds, and compares every answer with the known
 * one, or where none is known with the first contender's. Returns 0, or after a report the exit
 * status. `progress` shows the round on stderr. */
int contest_run(struct contest *contest, bool progress);

/* Statistics over the rounds: of one contender's seconds, and of one's seconds over another's. */
struct summary contest_seconds(const struct contest *contest, int contender);
struct summary contest_ratio(const struct contest *contest, int contender, int other);

#endif
