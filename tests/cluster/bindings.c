/* The cluster from other languages: builds and runs each binding's test. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "with_cluster.h"

static const struct grief none;

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
    start_node("node", none);
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
