/* The blobs that this process has fetched, for the kernels of one server. */
#ifndef CLUSTER_CACHE_H
#define CLUSTER_CACHE_H

#include "blobs.h"

struct cache;

/* From now on kernels of `server` find their blobs. `bound` in bytes; 0: the default. NULL without
 * memory. */
struct cache *cache_open(struct connection *connection, const yoke_server *server, size_t bound);

/* No kernel gets a blob any more, and when it returns the connection is not needed. What kernels
 * have stays until they release it. NULL is allowed. */
void cache_close(struct cache *cache);

/* Blobs and bytes that have come from the hub, and bytes that are kept now. */
struct cache_counts {
    uint64_t blobs, bytes, kept;
};
struct cache_counts cache_count(struct cache *cache);

#endif
