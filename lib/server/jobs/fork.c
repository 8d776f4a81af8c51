/* Counts the forks that lead to this process: see fork.h. */
#include "fork.h"

#include <stdatomic.h>

static _Atomic uint16_t generation;

void fork_begin_generation(void)
{
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

uint16_t fork_generation(void)
{
    return atomic_load_explicit(&generation, memory_order_relaxed);
}
