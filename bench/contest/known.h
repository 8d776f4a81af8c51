/* The right answers. */
#ifndef CONTEST_KNOWN_H
#define CONTEST_KNOWN_H

#include "contest.h"

/* Whether `answer` is right. For powers of ten the published values decide (OEIS A046731 and
 * A006880); for any other bound the first answer that is given becomes the one to agree with.
 * `expected` is the right answer. */
bool known_answer(enum question question, uint64_t below, yoke_uint128 answer,
                  yoke_uint128 *expected);

/* Whether the answers for `below` are published. */
bool known_published(uint64_t below);

#endif
