/* Counts the queued jobs of a server against its limit; submitters sleep here without room. */
#include "capacity.h"

#include "base/error.h"
#include "server/server.h"
#include "server_check.h"

static bool try_take(struct capacity *capacity)
{
    size_t taken = atomic_load(&capacity->taken);
    while (taken < capacity->jobs)
        if (atomic_compare_exchange_weak(&capacity->taken, &taken, taken + 1))
            return true;
    return false;
}

/* The waiter counts itself, then looks at `given`, then for room. So either it sees the room that
 * another thread gives back, or that thread sees the waiter and changes `given`, which ends the
 * sleep. */
static yoke_status wait_for_capacity(yoke_server *server)
{
    struct capacity *capacity = &server->capacity;
    yoke_status status = YOKE_OK;
    atomic_fetch_add(&capacity->waiters, 1);
    for (;;) {
        unsigned given = atomic_load(&capacity->given);
        if (atomic_load(&server->phase) != SERVER_OPEN) {
            status = server_check_refuse_closed();
            break;
        }
        if (try_take(capacity))
            break;
        os_sleep(&capacity->given, given, -1);
    }
    atomic_fetch_sub(&capacity->waiters, 1);
    return status;
}

yoke_status capacity_take(yoke_server *server, enum capacity_patience patience)
{
    struct capacity *capacity = &server->capacity;
    if (!capacity->jobs || try_take(capacity))
        return YOKE_OK;
    switch (patience) {
    case CAPACITY_EXCEED:
        /* Jobs submit like this, as they must not wait for room: see submit.c. */
        atomic_fetch_add(&capacity->taken, 1);
        return YOKE_OK;
    case CAPACITY_TRY:
        return error_set(YOKE_WOULD_BLOCK, "%zu jobs are queued, as many as the server takes",
                         capacity->jobs);
    default:
        return wait_for_capacity(server);
    }
}

void capacity_give(struct capacity *capacity)
{
    if (!capacity->jobs)
        return;
    atomic_fetch_sub(&capacity->taken, 1);
    if (!atomic_load(&capacity->waiters))
        return;
    /* Room for one job, so one waiter is woken. */
    atomic_fetch_add(&capacity->given, 1);
    os_wake(&capacity->given, 1);
}

void capacity_wake_all(struct capacity *capacity)
{
    atomic_fetch_add(&capacity->given, 1);
    os_wake(&capacity->given, OS_EVERYONE);
}
