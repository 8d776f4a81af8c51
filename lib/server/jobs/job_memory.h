/* The memory of jobs. Small jobs, which is what floods are made of, are allocated by one thread and
 * freed by another, again and again; that is the slow path of malloc(), and more than half of what
 * an empty job cost. So blocks of one size, cut out of slabs, are kept in magazines, as in J.
 * Bonwick and J. Adams, "Magazines and Vmem", USENIX 2001, section 3: every thread has two, so that
 * it goes to the common depot at most once in MAGAZINE_ROUNDS blocks, whatever it takes and gives.
 */
#ifndef SERVER_JOB_MEMORY_H
#define SERVER_JOB_MEMORY_H

#include <stddef.h>

#include "yoke/server.h"

struct place;

/* Memory that is zeroed from the byte `zeroed_from` on; NULL when there is none. */
void *job_memory_take(size_t size, size_t zeroed_from);

/* Gives it back; `size` as it was. */
void job_memory_give(void *memory, size_t size);

/* Memory for a job that must run at a place, all zeroed, on the nodes of that place: pages of its
 * own, since what malloc() has used before lies somewhere already. NULL when that is not worth it
 * or there is none: then use job_memory_take(). */
void *job_memory_map(size_t size, const yoke_server *server, const struct place *place);
void job_memory_unmap(void *memory, size_t size);

/* Returns what the depot and the calling thread keep to the system. */
void job_memory_trim(void);

/* After a fork, in the child: forgets all blocks, since another thread may have been changing the
 * depot. */
void job_memory_reset(void);

#endif
