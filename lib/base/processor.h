/* What the system tells about the machine's processors. */
#ifndef BASE_PROCESSOR_H
#define BASE_PROCESSOR_H

#include <stddef.h>

/* The processor that the calling thread is on at this moment; negative where that is unknown. */
int processor_here(void);

/* The bytes of a core's data cache, `level` 1 or 2; 0: the system does not tell. */
size_t processor_cache_size(unsigned level);

#endif
