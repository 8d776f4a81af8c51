/* Parallel Python's example of callbacks: each job adds its result to a sum as soon as it has
 * ended, and nobody keeps its handle. The sum is that of 1 - 1/2 + 1/3 - ..., which is ln 2. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "example.h"

enum { FIRST = 1, END = 20000000, PARTS = 128, STEP = (END - FIRST) / PARTS + 1 };

struct range {
    int from, to; /* to is not included */
};

struct sum {
    pthread_mutex_t lock; /* callbacks run on the workers, several at a time */
    double value;
};

/* The kernel: a part of the alternating series. */
static yoke_status add_part(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    const struct range *range = argument;
    double sum = 0;
    for (int x = range->from; x < range->to; x++)
        sum += x % 2 ? 1.0 / x : -1.0 / x;
    *(double *)result = sum;
    return YOKE_OK;
}

/* Called once for every job, on the worker that has run it. */
static yoke_status add_to_sum(yoke_job *job, void *context)
{
    struct sum *sum = context;
    double part;
    yoke_status status = yoke_job_result(job, &part, sizeof part);
    if (status != YOKE_OK)
        return status;
    pthread_mutex_lock(&sum->lock);
    sum->value += part;
    pthread_mutex_unlock(&sum->lock);
    return YOKE_OK;
}

static int run(yoke_server *server)
{
    struct sum sum = {PTHREAD_MUTEX_INITIALIZER, 0};
    for (int from = FIRST; from < END; from += STEP) {
        struct range range = {from, from + STEP < END ? from + STEP : END};
        /* The range is copied: it may change as soon as the job is submitted. */
        yoke_task task = YOKE_TASK(add_part, range, double);
        task.callback = add_to_sum;
        task.callback_context = &sum; /* not copied: it must live until the last callback */
        must(yoke_submit(server, &task, NULL));
    }
    must(yoke_server_wait(server, YOKE_FOREVER)); /* for all jobs and their callbacks */
    /* The order of the callbacks, and so the last digits, differ from run to run. */
    printf("Partial sum is %.12g | diff = %.3g\n", sum.value, log(2) - sum.value);
    return 0;
}

int main(int count, char **words)
{
    static const struct example example = {
        "callback", "Adds up 1 - 1/2 + 1/3 - ... by 128 jobs whose callbacks add to one sum.", true,
        run};
    return example_main(&example, count, words);
}
