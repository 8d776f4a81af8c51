/* What does a job cost? yoke's server against oneTBB, StarPU and OpenMP's own tasks. */
#include "jobs/measures.h"
#include "runtimes/benchmark.h"

int main(int argc, char **argv)
{
    (void)argc;
    struct benchmark benchmark = job_measures();
    return benchmark_main(&benchmark, argv + 1);
}
