/* What does it cost to share a loop? yoke's work sharing against OpenMP's and oneTBB's. */
#include "loops/measures.h"
#include "runtimes/benchmark.h"

int main(int argc, char **argv)
{
    (void)argc;
    struct benchmark benchmark = loop_measures();
    return benchmark_main(&benchmark, argv + 1);
}
