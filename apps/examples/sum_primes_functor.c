/* Parallel Python's example of a template: what all jobs have in common is bound once, and a job is
 * then submitted by what it has of its own. A yoke_task is such a template already, since
 * yoke_submit() only reads it: fill it once, change the argument, submit again. */
#include <stdio.h>

#include "example.h"

struct input {
    uint64_t below; /* sum the primes below this */
    yoke_algorithm algorithm;
};

/* The kernel. */
static yoke_status sum_primes(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    const struct input *input = argument;
    yoke_primes_options how = YOKE_PRIMES_OPTIONS_INIT;
    how.algorithm = input->algorithm;
    return yoke_sum_primes(NULL, 0, input->below, &how, result);
}

/* The functor: a server, a task, and the parameters that are bound. */
struct functor {
    yoke_server *server;
    yoke_task task;
    yoke_algorithm algorithm;
};

static struct functor functor_bind(yoke_server *server, yoke_algorithm algorithm)
{
    struct functor functor = {server, YOKE_TASK_INIT, algorithm};
    functor.task.kernel = sum_primes;
    functor.task.name = "sum_primes";
    functor.task.argument_size = sizeof(struct input);
    functor.task.result_size = sizeof(yoke_uint128);
    return functor;
}

/* Submits a job with the one parameter that is left. May be called from several threads. */
static yoke_job *functor_submit(const struct functor *functor, uint64_t below)
{
    const struct input input = {below, functor->algorithm};
    yoke_task task = functor->task;
    task.argument = &input;
    yoke_job *job;
    must(yoke_submit(functor->server, &task, &job));
    return job;
}

/* Prints the job's result, for which it waits if need be, and gives the handle back. */
static void collect(uint64_t below, yoke_job *job)
{
    yoke_uint128 sum;
    char text[YOKE_UINT128_TEXT_SIZE];
    must(yoke_job_result(job, &sum, sizeof sum));
    printf("Sum of primes below %d is %s\n", (int)below, yoke_uint128_text(sum, text));
    yoke_job_release(job);
}

static int run(yoke_server *server)
{
    enum { JOBS = 8 };
    const struct functor primes = functor_bind(server, YOKE_ALGORITHM_TRIAL);
    collect(100, functor_submit(&primes, 100));

    yoke_job *jobs[JOBS];
    for (uint64_t i = 0; i < JOBS; i++)
        jobs[i] = functor_submit(&primes, 100000 + 100 * i);
    for (uint64_t i = 0; i < JOBS; i++)
        collect(100000 + 100 * i, jobs[i]);
    return 0;
}

int main(int count, char **words)
{
    static const struct example example = {
        "sum_primes_functor", "Sums primes by jobs that share all but one parameter.", true, run};
    return example_main(&example, count, words);
}
