/* yoke_parallel_for(): pieces are all there is to it. */
#include "pieces.h"

yoke_status yoke_parallel_for(yoke_server *server, const yoke_loop *loop)
{
    struct yoke_sharing sharing;
    yoke_status status = sharing_open(&sharing, server, loop);
    if (status != YOKE_OK || leaves_none(&sharing.loop))
        return status;
    return pieces_do(&sharing);
}
