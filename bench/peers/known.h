/* The right answers. */
#ifndef PEERS_KNOWN_H
#define PEERS_KNOWN_H

#include <yoke/integer.h>

#include "rounds/contest.h"

enum question { QUESTION_SUM, QUESTION_COUNT };

/* Compares an answer with the published one (OEIS A046731 and A006880), or where there is none with
 * the first that was given. Returns 0, or after a report in the contender's name an exit status. */
int known_check(const struct contender *contender, enum question question, struct interval interval,
                yoke_uint128 answer);

/* The right answer; yoke finds it where it is not published and nobody has given it before. Returns
 * 0, or after a report an exit status. */
int known_find(enum question question, struct interval interval, yoke_uint128 *answer);

/* Whether the answers for the interval are published. */
bool known_published(struct interval interval);

#endif
