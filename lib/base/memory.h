/* Large pieces of memory that a worker accesses in random order: in huge pages where the system has
 * them, since a miss in the translation buffer costs more than one in the cache. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#define MEMORY_HUGE_PAGE (UINT32_C(2) << 20)

/* `size` bytes at a multiple of MEMORY_HUGE_PAGE when they fill one, else of 4096. Given back by
 * free(). NULL when there is no memory. Its pages come to lie on the NUMA node of the thread that
 * first writes to them. */
void *memory_allocate(size_t size);

/* `size` bytes of zeros in pages of their own, which nobody has touched: they can still be bound to
 * a NUMA node. NULL when there is no memory. Whole pages of them may be unmapped on their own. */
void *memory_map(size_t size);
void memory_unmap(void *memory, size_t size);

#endif
