/* What an earlier run of the same name has left with the cluster: its pieces are jobs whose keys
 * tell what they are, as sum.sieve.LO.HI. */
#ifndef CLUSTER_FOUND_H
#define CLUSTER_FOUND_H

#include "pieces.h"

/* All of a run that its pieces depend on. */
struct whole {
    bool count; /* count, not sum */
    uint64_t lo, hi;
    yoke_algorithm algorithm;
};

void found_key(char key[YOKE_CLUSTER_KEY_MAX + 1], const struct whole *whole,
               const struct piece *piece);

/* Splits what is not done once more, so that pieces with a job are pieces again. Of those that are
 * done the cluster keeps no job any longer. Returns the exit status after a report. */
int found_fit_in(yoke_server *server, const struct whole *whole, struct pieces *pieces);

#endif
