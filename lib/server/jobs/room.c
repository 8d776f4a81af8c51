#include "room.h"

#include "base/error.h"
#include "server/server.h"
#include "server_check.h"

static bool try_take(struct room *room)
{
    size_t taken = atomic_load(&room->taken);
    while (taken < room->capacity)
        if (atomic_compare_exchange_weak(&room->taken, &taken, taken + 1))
            return true;
    return false;
}

/* Whoever waits looks at `given` before it looks for room, and counts as a waiter before that; so
 * it sees the room that another thread gives back, or that thread sees the waiter. */
static yoke_status wait_for_room(yoke_server *server)
{
    struct room *room = &server->room;
    yoke_status status = YOKE_OK;
    atomic_fetch_add(&room->waiters, 1);
    for (;;) {
        unsigned given = atomic_load(&room->given);
        if (atomic_load(&server->phase) != SERVER_OPEN) {
            status = server_check_refuse_closed();
            break;
        }
        if (try_take(room))
            break;
        os_sleep(&room->given, given, -1);
    }
    atomic_fetch_sub(&room->waiters, 1);
    return status;
}

yoke_status room_take(yoke_server *server, enum room_patience patience)
{
    struct room *room = &server->room;
    if (!room->capacity || try_take(room))
        return YOKE_OK;
    switch (patience) {
    case ROOM_EXCEED:
        atomic_fetch_add(&room->taken, 1);
        return YOKE_OK;
    case ROOM_TRY:
        return error_set(YOKE_WOULD_BLOCK, "%zu jobs are queued, as many as the server takes",
                         room->capacity);
    default:
        return wait_for_room(server);
    }
}

void room_give(struct room *room)
{
    if (!room->capacity)
        return;
    atomic_fetch_sub(&room->taken, 1);
    if (!atomic_load(&room->waiters))
        return;
    atomic_fetch_add(&room->given, 1);
    os_wake(&room->given, 1);
}

void room_wake_all(struct room *room)
{
    atomic_fetch_add(&room->given, 1);
    os_wake(&room->given, OS_EVERYONE);
}
