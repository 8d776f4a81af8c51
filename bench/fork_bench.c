/* What does it cost to fork and join? yoke's forks against OpenMP's and oneTBB's tasks, and Lace.
 */
#include "forks/measures.h"
#include "runtimes/benchmark.h"

int main(int argc, char **argv)
{
    (void)argc;
    struct benchmark benchmark = fork_measures();
    return benchmark_main(&benchmark, argv + 1);
}
