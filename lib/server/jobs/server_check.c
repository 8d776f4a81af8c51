/* Refuses servers that cannot be used, in the same words for all calls: see server_check.h. */
#include "server_check.h"

#include "base/error.h"
#include "fork.h"
#include "server/server.h"

yoke_status server_check(const yoke_server *server)
{
    if (!server)
        return error_set(YOKE_INVALID, "server is NULL; pass the handle from yoke_server_open()");
    if (server->generation != fork_generation())
        return error_set(YOKE_FORKED, "the server belongs to the parent of this process; open "
                                      "one of your own");
    return YOKE_OK;
}

yoke_status server_check_refuse_closed(void)
{
    return error_set(YOKE_CLOSED, "the server is closed; open another one");
}
