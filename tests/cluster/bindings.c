/* The cluster from other languages: builds and runs each binding's test. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yoke/map.h>

#include "with_cluster.h"

static const struct grief none;

/* ---- "sum_part", version 1: of 1 / (i + shift), which each binding's own kernel adds up as well -
 */

static yoke_status add_reciprocals(const yoke_piece *piece, void *shift)
{
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(double *)piece->accumulator += 1 / (double)(i + *(const uint64_t *)shift);
    return YOKE_OK;
}

static void add_double(void *into, const void *from, void *argument)
{
    (void)argument;
    *(double *)into += *(const double *)from;
}

/* Takes long enough that every node has some of the parts. */
static yoke_status sum_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    uint64_t shift;
    if (yoke_context_argument_size(context) != YOKE_PART_BYTES + 8)
        return YOKE_INVALID;
    yoke_unpack_u64(yoke_part_read(argument, &part), &shift);
    if (part.lo + shift == 0)
        return yoke_context_fail(context, YOKE_OVERFLOW, "0 has no reciprocal");
    nanosleep(&(struct timespec){0, 1000000}, NULL);
    yoke_loop loop = YOKE_LOOP(part.lo, part.hi, add_reciprocals, &shift);
    loop.grain = part.grain;
    yoke_reduction sum = YOKE_REDUCTION(double, add_double);
    return yoke_parallel_reduce(yoke_context_server(context), &loop, &sum, result);
}

static void register_sum_part(void)
{
    yoke_kernel_register("sum_part", 1, sum_part);
}

/* ---- the tests ------------------------------------------------------------------------------- */

TestSuite(cluster_bindings, .init = start_cluster, .fini = end_cluster, .timeout = 120);

/* The test is given the servers and the credentials. */
static void run(const char *compiler, const char *commands)
{
    char command[1024];
    snprintf(command, sizeof command, "%s --version >/dev/null 2>&1", compiler);
    if (strstr(YOKE_BUILD, "san") || system(command) != 0) {
        fprintf(stderr, "SKIPPED the cluster by %s: there is none, or a sanitizer\n", compiler);
        return;
    }
    register_further_kernels = register_sum_part;
    start_node("node", none);
    start_node("other", none);
    yoke_cluster_options where = cluster_options("binding");
    snprintf(command, sizeof command, "set -- %s %s %s && %s", where.servers, where.credentials,
             cluster_folder(), commands);
    cr_assert_eq(system(command), 0);
}

#define LINK "-L" YOKE_BUILD " -Wl,-rpath," YOKE_BUILD " -lyoke_cluster -lyoke -o $3/program"

Test(cluster_bindings, cplusplus)
{
    run("${CXX:-g++}",
        "${CXX:-g++} -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1 "
        "-Iinclude tests/bindings/test_cluster.cpp " LINK " && $3/program $1 $2");
}

Test(cluster_bindings, python)
{
    run("python3", "YOKE_LIBRARY=$PWD/" YOKE_BUILD "/libyoke.so PYTHONPATH=$PWD/lib/bindings "
                   "PYTHONDONTWRITEBYTECODE=1 "
                   "python3 -W error tests/bindings/test_cluster.py $1 $2 --quiet");
}

Test(cluster_bindings, fortran)
{
    run("${FC:-gfortran}", "${FC:-gfortran} -std=f2018 -Wall -Wextra -Wno-c-binding-type -Werror "
                           "-fopenmp -J $3 lib/bindings/yoke.f90 lib/bindings/yoke_cluster.f90 "
                           "tests/bindings/test_cluster.f90 " LINK " && $3/program $1 $2");
}
