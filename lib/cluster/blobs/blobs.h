/* Blobs of bytes that the hub keeps, in chunks: put there, fetched, forgotten. */
#ifndef CLUSTER_BLOBS_H
#define CLUSTER_BLOBS_H

#include "cluster/transport/connection.h"
#include "sha256.h"

/* A id is the digest and the size. */
_Static_assert(YOKE_BLOB_ID_SIZE == SHA256_SIZE + 8, "nothing else has room");

/* What messages and subjects call it: the digest in hexadecimal digits. */
#define BLOB_NAME_SIZE (2 * SHA256_SIZE + 1)
void blobs_name(char name[BLOB_NAME_SIZE], const yoke_blob_id *id);
uint64_t blobs_size(const yoke_blob_id *id);

/* Fetches all of the blob into `bytes`, which has room for it, and looks whether it is what the
 * id says. While the hub is away it tries again, until `leaves(context)`. Errors:
 * YOKE_SYSTEM (not there, or damaged), YOKE_CANCELLED (to leave). */
yoke_status blobs_fetch(struct connection *connection, const yoke_blob_id *id, unsigned char *bytes,
                        bool (*leaves)(void *context), void *context);

#endif
