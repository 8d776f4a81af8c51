/* What workers are bound to, and by whom. */
#ifndef TOPOLOGY_POLICY_H
#define TOPOLOGY_POLICY_H

#include <stdbool.h>

#include "yoke/topology.h"

/* Chooses the binding, after the number of workers is decided: `bind` as in the options,
 * `proc_bind` what OMP_PROC_BIND holds. */
void policy_choose(yoke_topology *topology, const char *bind, const char *proc_bind);

/* Whether `bind` names cores, and not one of the ways to bind. */
bool policy_is_list(const char *bind);

/* Whether yoke binds workers to cores: else their places are whole nodes. */
bool policy_has_cores(const yoke_topology *topology);

#endif
