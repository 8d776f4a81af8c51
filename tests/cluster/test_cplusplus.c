/* The cluster from C++: builds and runs the binding's test. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "with_cluster.h"

Test(cplusplus, a_program_has_its_jobs_run_on_nodes, .init = start_cluster, .fini = end_cluster,
     .timeout = 120)
{
    char command[1024];
    if (strstr(YOKE_BUILD, "san") || system("${CXX:-g++} --version >/dev/null 2>&1") != 0) {
        fprintf(stderr, "SKIPPED the cluster from C++: no compiler, or a sanitizer\n");
        return;
    }
    start_node("node", (struct grief){0, 0});
    yoke_cluster_options where = cluster_options("cpp");
    snprintf(command, sizeof command,
             "${CXX:-g++} -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1 "
             "-Iinclude tests/bindings/test_cluster.cpp -L" YOKE_BUILD " -Wl,-rpath," YOKE_BUILD
             " -lyoke_cluster -lyoke -o %s/program && %s/program %s %s",
             cluster_folder(), cluster_folder(), where.servers, where.credentials);
    cr_assert_eq(system(command), 0);
}
