/* Parallel Python's example of a changing number of workers: the same 64 jobs on 1, 2, 4, 8, 16
 * and again 1 worker of one server. A resize takes effect at once, and waits for nothing. */
#include <math.h>
#include <omp.h>
#include <stdio.h>

#include "example.h"

enum { FIRST = 1, END = 20000000, PARTS = 64, STEP = (END - FIRST) / PARTS + 1 };

struct range {
    int from, to; /* to is not included */
};

/* The kernel: a part of the series 1 - 1/2 + 1/3 - ..., which is ln 2. */
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

static yoke_job *submit(yoke_server *server, struct range range)
{
    yoke_job *job;
    must(yoke_submit(server, &YOKE_TASK(add_part, range, double), &job));
    return job;
}

/* Adds the parts in the order they were submitted in, whichever ended first: so the sum is the
 * same to the last digit on any number of workers. */
static double add_all_parts(yoke_server *server)
{
    yoke_job *jobs[PARTS];
    for (int i = 0; i < PARTS; i++) {
        int from = FIRST + i * STEP;
        jobs[i] = submit(server, (struct range){from, from + STEP < END ? from + STEP : END});
    }
    double sum = 0;
    for (int i = 0; i < PARTS; i++) {
        double part;
        must(yoke_job_result(jobs[i], &part, sizeof part));
        yoke_job_release(jobs[i]);
        sum += part;
    }
    return sum;
}

static int run(yoke_server *server)
{
    static const unsigned numbers[] = {1, 2, 4, 8, 16, 1};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        must(yoke_server_resize(server, numbers[i]));
        double began = omp_get_wtime();
        printf("Starting %u workers\n", yoke_server_workers(server));
        double sum = add_all_parts(server);
        printf("Partial sum is %.15g | diff = %.3g\n", sum, log(2) - sum);
        printf("Time elapsed:  %.6f s\n\n", omp_get_wtime() - began);
    }
    return 0;
}

int main(int count, char **words)
{
    static const struct example example = {
        "dynamic_ncpus",
        "Runs the same 64 jobs on 1, 2, 4, 8, 16 and again 1 worker of one server.", false, run};
    return example_main(&example, count, words);
}
