/* A program that uses OpenMP itself, and opens a server again and again. */
#include <stdio.h>
#include <yoke/yoke.h>

enum { ROUNDS = 5, WORKERS = 3, JOBS = 20, TASKS = 8 };

static yoke_status count_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    int count = 0;
    for (int i = 0; i < TASKS; i++) {
#pragma omp task shared(count)
#pragma omp atomic
        count++;
    }
#pragma omp taskwait
    *(int *)result = count;
    return YOKE_OK;
}

static int fail(const char *what)
{
    fprintf(stderr, "reopen: %s: %s\n", what, yoke_last_error());
    return 1;
}

int main(void)
{
    int sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < 100; i++)
        sum += i;
    if (sum != 4950)
        return fail("the program's own OpenMP");
    for (int round = 0; round < ROUNDS; round++) {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = WORKERS;
        yoke_server *server;
        if (yoke_server_open(&options, &server) != YOKE_OK)
            return fail("open");
        for (int i = 0; i < JOBS; i++) {
            yoke_task task = YOKE_TASK_INIT;
            task.kernel = count_tasks;
            task.result_size = sizeof(int);
            yoke_job *job;
            int count;
            if (yoke_submit(server, &task, &job) != YOKE_OK ||
                yoke_job_result(job, &count, sizeof count) != YOKE_OK || count != TASKS)
                return fail("a job");
            yoke_job_release(job);
        }
        if (round % 2 && yoke_server_resize(server, 4 * WORKERS) != YOKE_OK)
            return fail("resize");
        yoke_server_release(server);
    }
    puts("reopened");
    return 0;
}
