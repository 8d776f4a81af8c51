/* Parallel Python's example of methods as jobs: the derivative of a partial sum of a series, found
 * by computing with dual numbers. What is an object with a method there is a struct here: it
 * travels in the job's argument. */
#include <math.h>
#include <stdio.h>

#include "example.h"

/* A value and its derivative; arithmetic on them follows the rules of differentiation. */
struct dual {
    double value, derivative;
};

static struct dual dual_add(struct dual a, struct dual b)
{
    return (struct dual){a.value + b.value, a.derivative + b.derivative};
}

static struct dual dual_scale(double factor, struct dual a)
{
    return (struct dual){factor * a.value, factor * a.derivative};
}

/* a^n for n >= 1; here 0^0 is 1, as pow() has it. */
static struct dual dual_power(struct dual a, int n)
{
    return (struct dual){pow(a.value, n), n * pow(a.value, n - 1) * a.derivative};
}

/* The first terms of log(x) = (x-1) - (x-1)^2/2 + (x-1)^3/3 - ... */
struct logarithm {
    int terms;
};

static struct dual logarithm_at(const struct logarithm *log, struct dual x)
{
    struct dual sum = {0, 0};
    struct dual y = dual_add(x, (struct dual){-1, 0});
    for (int k = 1; k <= log->terms; k++)
        sum = dual_add(sum, dual_scale((k % 2 ? 1.0 : -1.0) / k, dual_power(y, k)));
    return sum;
}

struct call {
    struct logarithm self;
    struct dual x;
};

/* The kernel: calls the method. */
static yoke_status call_logarithm(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    const struct call *call = argument;
    *(struct dual *)result = logarithm_at(&call->self, call->x);
    return YOKE_OK;
}

static yoke_job *submit(yoke_server *server, struct call call)
{
    yoke_job *job;
    must(yoke_submit(server, &YOKE_TASK(call_logarithm, call, struct dual), &job));
    return job;
}

static int run(yoke_server *server)
{
    enum { POINTS = 32 };
    const struct logarithm log = {19999};
    struct dual x[POINTS];
    yoke_job *jobs[POINTS];
    for (int i = 0; i < POINTS; i++) {
        x[i] = (struct dual){1 + i / (double)POINTS, 1}; /* x is what is differentiated by */
        jobs[i] = submit(server, (struct call){log, x[i]});
    }
    for (int i = 0; i < POINTS; i++) {
        struct dual y;
        must(yoke_job_result(jobs[i], &y, sizeof y));
        yoke_job_release(jobs[i]);
        printf("t_log(%f) = %f, t_log'(%f) = %f\n", x[i].value, y.value, x[i].value, y.derivative);
    }
    return 0;
}

int main(int count, char **words)
{
    static const struct example example = {
        "auto_diff", "Differentiates a partial sum of the series of log(x) with dual numbers.",
        true, run};
    return example_main(&example, count, words);
}
