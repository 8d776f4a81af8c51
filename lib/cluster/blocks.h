/* Blocks of bytes that the hub keeps, in chunks: put there, fetched, forgotten. */
#ifndef CLUSTER_BLOCKS_H
#define CLUSTER_BLOCKS_H

#include "connection.h"
#include "digest.h"

/* A reference is the digest and the size. */
_Static_assert(YOKE_REFERENCE_SIZE == DIGEST_SIZE + 8, "nothing else has room");

/* What messages and subjects call it: the digest in hexadecimal digits. */
#define BLOCK_NAME_SIZE (2 * DIGEST_SIZE + 1)
void block_name(char name[BLOCK_NAME_SIZE], const yoke_reference *reference);
uint64_t block_size(const yoke_reference *reference);

/* Fetches all of the block into `bytes`, which has room for it, and looks whether it is what the
 * reference says. While the hub is away it tries again, until `leaves(context)`. Errors:
 * YOKE_SYSTEM (not there, or damaged), YOKE_CANCELLED (to leave). */
yoke_status block_fetch(struct connection *connection, const yoke_reference *reference,
                        unsigned char *bytes, bool (*leaves)(void *context), void *context);

#endif
