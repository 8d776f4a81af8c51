/* Wakes the threads that wait for all jobs of a server: see waiters.h. */
#include "waiters.h"

#include "base/delay.h"
#include "server/server.h"

void waiters_tell(yoke_server *server)
{
    /* Pairs with the fence in wait_for_all(): either the waiter sees what the caller has settled,
     * or the caller sees the waiter. */
    atomic_thread_fence(memory_order_seq_cst);
    delay_here();
    if (!atomic_load(&server->waiters))
        return;
    atomic_fetch_add(&server->idle, 1);
    os_wake(&server->idle, OS_EVERYONE);
}
