/* The objects of a machine that a drawing of it shows: those that say how its cores hang together.
 */
#ifndef TOPOLOGY_BOXES_H
#define TOPOLOGY_BOXES_H

#include <hwloc.h>
#include <stdbool.h>

/* Whether the object is a core, or the PU that stands for one where hwloc knows of no cores: a box
 * without further ones. */
bool boxes_is_core(hwloc_obj_t object);

/* The box after `box` among those that stand directly in `within`; NULL asks for the first. */
hwloc_obj_t boxes_next(hwloc_obj_t within, hwloc_obj_t box);

/* Writes what stands above a box, such as "package 0, NUMA node 0 (31 GiB)". */
enum { BOX_TITLE_SIZE = 160 };
void boxes_title(hwloc_obj_t box, char text[BOX_TITLE_SIZE]);

#endif
