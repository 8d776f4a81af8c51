/* OpenMP without anything around it. Threads outside cannot give it tasks: the producers are
 * threads of the team, which also run tasks, and a round trip is a parallel region of two. */
#include <omp.h>

#include "jobs.h"

static int threads;

static void open_team(unsigned workers)
{
    threads = (int)workers;
}

static void close_team(void)
{
}

static void flood(unsigned producers, unsigned jobs)
{
    unsigned each = jobs / producers;
#pragma omp parallel num_threads(threads + (int)producers)
    if (omp_get_thread_num() < (int)producers)
        for (unsigned i = 0; i < each; i++)
#pragma omp task
            __asm__ volatile(""); /* else the compiler may leave the task out */
}

static void round_trip(int64_t *started)
{
#pragma omp parallel num_threads(2)
    if (omp_get_thread_num() == 1)
        *started = now();
}

static void inside(unsigned jobs)
{
#pragma omp parallel num_threads(threads)
#pragma omp single
    while (jobs--) {
#pragma omp task
        __asm__ volatile("");
#pragma omp taskwait
    }
}

static uint64_t add_fibonacci(int n)
{
    if (n < 2)
        return n > 0;
    uint64_t one = 0, other = 0;
#pragma omp task shared(one)
    one = add_fibonacci(n - 1);
#pragma omp task shared(other)
    other = add_fibonacci(n - 2);
#pragma omp taskwait
    return one + other;
}

static uint64_t fibonacci(int n)
{
    uint64_t sum = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
    sum = add_fibonacci(n);
    return sum;
}

static void nested(unsigned tasks, int64_t nanoseconds)
{
#pragma omp parallel num_threads(threads)
#pragma omp single
    while (tasks--) {
#pragma omp task
        work_for(nanoseconds);
    }
}

const struct job_runtime *job_runtime_openmp(void)
{
    static const struct job_runtime openmp = {
        .runtime = {"OpenMP", COLOUR_OPENMP, openmp_version, open_team, close_team},
        .flood = flood,
        .round_trip = round_trip,
        .inside = inside,
        .fibonacci = fibonacci,
        .nested = nested,
    };
    return &openmp;
}
