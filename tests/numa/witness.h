/* What the checks on an emulated machine share: what its kernel says, and their verdicts. */
#ifndef NUMA_WITNESS_H
#define NUMA_WITNESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "yoke/server.h"

enum { NODES_MAX = 8, WORKERS_MAX = 64 };

/* The machine: `cores` processors on each of `nodes` nodes, and a worker for every one. */
extern unsigned nodes, cores, workers;
extern yoke_server *server;

/* The node on which the page lies; -1 when no one has touched it yet. */
int node_of(const void *address);

/* Of so many bytes' pages, how many lie on the node; asked of the kernel by move_pages(). */
size_t pages_on(unsigned node, const void *memory, size_t size, size_t *pages);

/* Where the calling thread is running. */
void here(unsigned *cpu, unsigned *node);

/* Binds the calling thread to a node's processors; NODES_MAX: to all. */
void move_to(unsigned node);

/* Says what is wrong; a check without complaints has passed. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
unsigned take_complaints(void);

/* Says what was counted. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Complains of a call that did not answer YOKE_OK. */
void must(yoke_status status);

/* Blocks of a sieve that were looked at since the last call: the linker leads the library's calls
 * of posix_memalign() and free() to witness.c, so that a worker's sieve can be looked at when the
 * worker has done with it. */
unsigned take_blocks_checked(void);

/* Sleeps for a millisecond. */
void nap(void);

/* The checks of places.c, stealing.c, loops.c, forks.c and processes.c. */
void check_places(void);
void check_order(void);
void check_neighbours(void);
void check_first_touch(void);
void check_thieves(void);
void check_halves(void);
void check_helpers(void);
void check_frames(void);
void check_few(void);

#endif
