/* The CPU quota of the control groups that this process is in. */
#ifndef TOPOLOGY_QUOTA_H
#define TOPOLOGY_QUOTA_H

#include "yoke/status.h"

/* Sets `*cores` to the smallest CPU quota, in cores; INFINITY when no group sets one. Reads /proc
 * and /sys below `root`, or those of the system when it is NULL. YOKE_NO_MEMORY; YOKE_INVALID when
 * a `root` is given that holds no /proc/self/cgroup. */
yoke_status quota_read(const char *root, double *cores);

#endif
