/* A contest: programs that answer the same question run in turn, A B C A B C ..., so that whatever
 * slows the machine for a while slows them all alike, and ratios are taken within a round. */
#ifndef ROUNDS_CONTEST_H
#define ROUNDS_CONTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "summary.h"

enum { CONTENDERS_MAX = 512, ROUNDS_MAX = 1000 };

/* The numbers n with lo <= n < hi. */
struct interval {
    uint64_t lo, hi;
};

struct contender {
    char name[48];
    struct interval interval;
    unsigned threads;   /* 0: as many as the program takes by itself                             */
    const void *choice; /* what run() needs to know besides                                      */
    const char *isa;    /* the instruction set it uses; NULL: nobody has told                    */
    enum side { OTHERS, OURS, PEERS } side; /* yoke's are compared with those of peers           */
    bool below;   /* looks for a sum up to interval.hi, by no sieve                        */
    int baseline; /* the contender whose time over ours is our speed-up; -1: none          */

    /* Answers for the primes in the interval, which may be a part of the contender's, checks the
     * answer, and says how long it took, without what a program does once, such as opening a
     * server. Returns 0, or after a report an exit status. */
    int (*run)(const struct contender *self, struct interval interval, double *seconds);

    double seconds[ROUNDS_MAX]; /* by round */
};

struct contest {
    unsigned contenders, rounds;
    struct contender contender[CONTENDERS_MAX];
};

/* Adds a contender and returns it; what is not named here starts as -1 or zero. NULL: there are
 * CONTENDERS_MAX already. */
struct contender *contest_add(struct contest *contest, const char *name, struct interval interval,
                              unsigned threads,
                              int (*run)(const struct contender *, struct interval, double *));

/* The index of a contender of the contest. */
int contest_index(const struct contest *contest, const struct contender *contender);

bool interval_equal(struct interval one, struct interval other);

/* Whether both have the same question. */
bool contest_same_row(const struct contender *one, const struct contender *other);

/* Whether a contender of ours is compared with that one: a peer with the same question, on as many
 * threads or on as many as it likes, and with the same instruction set or one that is not told.
 * Where no peer is known to have the same, with all. */
bool contest_is_rival(const struct contest *contest, int ours, int other);

/* The first of these, or -1. */
int contest_first_rival(const struct contest *contest, int ours);

/* Writes the name, with the instruction set where that is not a part of it. */
#define CONTENDER_LABEL_SIZE 72
const char *contest_label(const struct contender *contender, char text[CONTENDER_LABEL_SIZE]);

/* Runs one round in small to warm up, then all rounds. Returns 0, or after a report the exit
 * status. `progress` shows on stderr what is running. */
int contest_run(struct contest *contest, bool progress);

/* Statistics over the rounds: of one contender's seconds, and of one's seconds over another's. */
struct summary contest_seconds(const struct contest *contest, int contender);
struct summary contest_ratio(const struct contest *contest, int contender, int other);

#endif
