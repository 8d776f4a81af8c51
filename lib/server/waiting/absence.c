/* Makes room for stand-ins of all workers that a thread is: see absence.h. */
#include "absence.h"

#include "proxy.h"
#include "server/scheduler/parking.h"

void absence_begin(void)
{
    /* Each has a permit of its server. */
    for (struct worker *worker = self.latest; worker; worker = worker->outer) {
        if (worker->team)
            parking_block(worker);
        else if (worker->scheduler)
            proxy_block(worker);
    }
}

void absence_end(void)
{
    for (struct worker *worker = self.latest; worker; worker = worker->outer) {
        if (worker->team)
            parking_resume(worker);
        else if (worker->scheduler)
            proxy_resume(worker);
    }
    if (self.worker)
        parking_sit(self.worker);
}
