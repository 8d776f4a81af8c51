/* Locations: sets of usable PUs, named by hwloc's location strings. */
#ifndef TOPOLOGY_LOCATION_H
#define TOPOLOGY_LOCATION_H

#include <stdbool.h>
#include <stddef.h>

#include "yoke/topology.h"

struct location;

/* Reads `text`: objects as TYPE:INDEXES with logical indexes (those of lstopo) such as "numa:1",
 * "core:0-3", "pu:1,3", "core:all", "package:0.core:1" for one inside another, or "all"; several
 * separated by spaces are taken together. PUs among them that may not be used are left out. The
 * caller frees the location, while the topology is open. YOKE_NO_MEMORY; YOKE_INVALID when it is
 * not understood or nothing of it may be used, with a message that says what there is. */
yoke_status location_find(const yoke_topology *topology, const char *text,
                          struct location **location);
void location_free(struct location *location);

/* Restricts what may be used to the location. While the topology is being opened; errors as
 * location_find(). */
yoke_status location_restrict(yoke_topology *topology, const char *text);

/* Whether some of the dense node's cores, or the whole place of `worker`, lie inside. */
bool location_has_node(const yoke_topology *topology, const struct location *location,
                       unsigned node);
bool location_has_worker(const yoke_topology *topology, const struct location *location,
                         unsigned worker);

/* As bind_worker(), to the location. */
yoke_status location_bind(const yoke_topology *topology, const struct location *location);

/* Has the pages at `memory`, which no thread has touched yet, lie on the nodes of the location, as
 * long as these have room. A wish: where bind_is_on() is false or the system refuses they lie where
 * they are first touched. */
void location_bind_memory(const yoke_topology *topology, const struct location *location,
                          void *memory, size_t size);

#endif
