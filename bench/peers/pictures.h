/* What came out, as pictures. */
#ifndef PEERS_PICTURES_H
#define PEERS_PICTURES_H

#include "rounds/contest.h"
#include "rounds/machine.h"

/* Writes the pages that the results are enough for into the folder: speed-up and efficiency, which
 * take two workers; the time against height, and against width, which take two of these; and the
 * index of all. Returns 0, or after a report the exit status. */
int pictures_write(const struct contest *contest, const struct machine *machine,
                   const char *folder);

#endif
