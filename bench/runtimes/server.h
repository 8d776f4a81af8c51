/* The server that yoke is measured with. */
#ifndef RUNTIMES_SERVER_H
#define RUNTIMES_SERVER_H

#include "cli/computation.h"

extern yoke_server *server;

/* What a runtime's open and close are for yoke. */
void server_open(unsigned workers);
void server_close(void);

/* Submits a job with an argument and a result of these sizes. */
yoke_job *submit(yoke_kernel kernel, const void *argument, size_t argument_size,
                 size_t result_size);

/* Waits for the job and gives it back. */
void collect(yoke_job *job, void *result, size_t size);

#endif
