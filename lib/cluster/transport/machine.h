/* What the operating system tells of this machine and this process. */
#ifndef CLUSTER_MACHINE_H
#define CLUSTER_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The machine's name; "" where it has none that fits. */
void machine_name(char *name, size_t size);

/* The cores that are switched on, 0 where nobody knows, and how many of them were busy in the last
 * minute. */
uint64_t machine_cores(void);
double machine_load(void);

/* The number of this process, and one that no other process draws; false, with errno, where the
 * system has none. */
int machine_process(void);
bool machine_random(uint64_t *number);

#endif
