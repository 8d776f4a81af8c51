#include "bell.h"

void bell_ring(struct worker *worker)
{
    atomic_store(&worker->bell, 1);
    os_wake(&worker->bell, 1);
}

void bell_await(struct worker *worker)
{
    while (!atomic_load(&worker->bell))
        os_sleep(&worker->bell, 0, -1);
}
