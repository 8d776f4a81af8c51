/* Loops that do nothing but call a body: a run of leaves is a piece, or one piece for each leaf
 * where the caller gave a grain, or these are tiles. */
#ifndef NUMERIC_PIECES_H
#define NUMERIC_PIECES_H

#include "sharing.h"

/* Does a loop that sharing_open() has opened, and whose range is not empty. */
yoke_status pieces_do(struct yoke_sharing *sharing);

#endif
