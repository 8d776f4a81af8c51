/* See server.h. */
#include "server.h"

yoke_server *server;

void server_open(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    must(yoke_server_open(&options, &server));
}

void server_close(void)
{
    yoke_server_release(server);
}

yoke_job *submit(yoke_kernel kernel, const void *argument, size_t argument_size, size_t result_size)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = argument;
    task.argument_size = argument_size;
    task.result_size = result_size;
    yoke_job *job;
    must(yoke_submit(server, &task, &job));
    return job;
}

void collect(yoke_job *job, void *result, size_t size)
{
    must(yoke_job_result(job, result, size));
    yoke_job_release(job);
}
