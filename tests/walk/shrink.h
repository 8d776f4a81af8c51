#ifndef WALK_SHRINK_H
#define WALK_SHRINK_H

#include "child.h"

/* Takes away from the plan what it does not need to fail as the report says, for so many seconds;
 * false when it does not fail again. */
bool shrink(struct plan *plan, const struct report *failure, unsigned seconds,
            struct report *report);

#endif
