/* The workers of a server that help with a loop. */
#ifndef NUMERIC_HELPERS_H
#define NUMERIC_HELPERS_H

#include "sharing.h"

struct helpers {
    yoke_job **jobs;
    unsigned count;
};

/* Has up to `most` workers call sharing->take_part(), with numbers from 1 up, from now on. */
yoke_status helpers_call(struct helpers *helpers, struct yoke_sharing *sharing, unsigned most);

/* No worker begins any more; waits for those that have. */
void helpers_dismiss(struct helpers *helpers);

#endif
