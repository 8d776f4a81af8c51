/* There is no job server here, and no job: the calling thread does everything. */
#include "server/lifecycle/run.h"

const yoke_job *run_current_job(void)
{
    return NULL;
}
