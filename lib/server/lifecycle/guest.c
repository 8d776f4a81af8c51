#include "guest.h"

struct worker *guest_enter(struct worker *guest, yoke_server *server)
{
    if (self.worker)
        return self.worker;
    *guest = (struct worker){.server = server,
                             .thread_worker = guest,
                             .home = NUMBER_NONE,
                             .bound = NUMBER_NONE,
                             .number = NUMBER_NONE};
    self.latest = guest;
    return self.worker = guest;
}

void guest_leave(const struct worker *guest)
{
    if (self.worker == guest)
        self.worker = self.latest = NULL;
}
