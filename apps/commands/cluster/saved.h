/* The checkpoint of a sum over the cluster: text, the same on every machine.
 *
 *     yoke cluster checkpoint 1
 *     sum 0 1000000000000
 *     done 0 350000000000 2350513197462716337425
 *     done 360000000000 370000000000 135051319746271633742
 *     checksum 1234567890123456789
 *
 * Each line "done LO HI TOTAL" is about the primes in [LO, HI); neighbours are one line. Pieces end
 * in any order, so there may be several. The checksum is FNV-1a, 64 bits wide, of all before it. */
#ifndef CLUSTER_SAVED_H
#define CLUSTER_SAVED_H

#include "pieces.h"

struct saved {
    const char *path; /* NULL: nothing is saved */
    bool count;       /* count, not sum */
    uint64_t lo, hi;  /* of the whole run */
    int descriptor;   /* of the file, locked */
};

/* Takes the file for this run. Where it is there, `resume` is needed, and its pieces are added to
 * `pieces`; what lies between them is split. Returns the exit status after a report. */
int saved_open(struct saved *saved, bool resume, yoke_algorithm algorithm, struct pieces *pieces);

/* Puts what is done in the file's place at once. False when it cannot: errno says why, and the file
 * is as it was. */
bool saved_write(struct saved *saved, const struct pieces *pieces);

void saved_close(struct saved *saved);

#endif
