/* Makes a thread of the program a worker without a team for as long as it ends jobs: see
 * external.h. */
#include "external.h"

struct worker *external_enter(struct worker *external, yoke_server *server)
{
    if (self.worker)
        return self.worker;
    *external = (struct worker){.server = server,
                                .thread_worker = external,
                                .slot = NUMBER_NONE,
                                .bound = NUMBER_NONE,
                                .number = NUMBER_NONE};
    self.latest = external;
    return self.worker = external;
}

void external_leave(const struct worker *external)
{
    if (self.worker == external)
        self.worker = self.latest = NULL;
}
