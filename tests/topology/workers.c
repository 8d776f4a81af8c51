/* How many workers, and why. */
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/workers/host.h"
#include "topology/snapshot.h"
#include "topology/workers.h"
#include "with_topology.h"

/* A second life of this program: what OpenMP reads of the environment at its start can only be
 * seen by a process that is started in that environment. */
__attribute__((constructor)) static void print_instead_of_testing(void)
{
    if (!getenv("YOKE_TEST_PRINT_TOPOLOGY"))
        return;
    yoke_topology *topology;
    if (yoke_topology_open(NULL, &topology) || yoke_topology_print(topology, stdout)) {
        puts(yoke_last_error());
        exit(1);
    }
    yoke_topology_release(topology);
    exit(0);
}

TestSuite(topology_workers, .init = clear_environment, .timeout = 30);

struct decision {
    unsigned asked, cores;
    double quota;
    bool here;
    struct environment environment;
    unsigned workers;
    const char *reason;
};

Test(topology_workers, the_first_that_speaks_decides)
{
    const double none = (double)INFINITY;
    const struct environment silent = {NULL, 8, INT_MAX, NULL};
    const struct decision cases[] = {
        {0, 2, none, true, silent, 2, "the process may use 2 cores"},
        {0, 1, none, true, silent, 1, "the process may use 1 core"},
        {0, 8, none, false, silent, 8, "the machine has 8 cores"},
        {0, 2, 1.5, true, silent, 2, "the process may use 2 cores"},
        {0, 8, 1.5, true, silent, 2, "the CPU quota of the control group is 1.5 cores"},
        {0, 8, 1.0, true, silent, 1, "the CPU quota of the control group is 1 core"},
        {0, 8, 0.01, true, silent, 1, "the CPU quota of the control group is 0.01 cores"},
        {0, 8, 7.0, true, silent, 7, "the CPU quota of the control group is 7 cores"},
        {0, 8, 7.001, true, silent, 8, "the process may use 8 cores"},
        {0, 8, 1e300, true, silent, 8, "the process may use 8 cores"},
        {3, 2, 1.0, true, {"0", 8, INT_MAX, "x"}, 3, "the caller asked for 3"},
        {3,
         8,
         none,
         true,
         {NULL, 8, 2, NULL},
         2,
         "the caller asked for 3, capped by OMP_THREAD_LIMIT=2"},
        {0,
         8,
         none,
         true,
         {NULL, 8, 5, NULL},
         5,
         "the process may use 8 cores, capped by OMP_THREAD_LIMIT=5"},
        {0, 2, 1.0, true, {"3", 3, INT_MAX, "4"}, 3, "OMP_NUM_THREADS is 3"},
        {0, 2, 1.0, true, {" 4 , 2", 4, INT_MAX, NULL}, 4, "OMP_NUM_THREADS is 4"},
        {0, 2, none, true, {"4", 7, INT_MAX, NULL}, 7, "OpenMP's number of threads was set to 7"},
        {0, 2, 1.0, true, {NULL, 2, INT_MAX, "4"}, 4, "SLURM_CPUS_PER_TASK is 4"},
        {0,
         2,
         1.0,
         true,
         {NULL, 2, 1, "4"},
         1,
         "SLURM_CPUS_PER_TASK is 4, capped by OMP_THREAD_LIMIT=1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct decision *it = &cases[i];
        struct yoke_topology topology = {.here = it->here, .quota = it->quota};
        topology.counts.usable_cores = it->cores;
        cr_assert_eq(workers_decide(&topology, it->asked, &it->environment), YOKE_OK);
        cr_assert_eq(topology.workers, it->workers, "case %zu: %u", i, topology.workers);
        cr_assert_str_eq(topology.reason, it->reason, "case %zu: %s", i, topology.reason);
    }
}

Test(topology_workers, a_wrong_variable_is_refused_by_name_and_value)
{
    static const char *const wrong[] = {"0",  "abc", "-3",   "4,",  ",4",  "4 2",
                                        "4x", "4,0", "4097", "1e3", "0x4", "99999999999999999999"};
    struct yoke_topology topology = {.here = true, .quota = (double)INFINITY};
    topology.counts.usable_cores = 2;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct environment openmp = {wrong[i], 2, INT_MAX, NULL};
        struct environment slurm = {NULL, 2, INT_MAX, wrong[i]};
        cr_assert_eq(workers_decide(&topology, 0, &openmp), YOKE_INVALID, "%s", wrong[i]);
        cr_assert_not_null(strstr(yoke_last_error(), "OMP_NUM_THREADS is \""));
        cr_assert_not_null(strstr(yoke_last_error(), wrong[i]));
        cr_assert_not_null(strstr(yoke_last_error(), "1 to 4096"));
        cr_assert_eq(workers_decide(&topology, 0, &slurm), YOKE_INVALID, "%s", wrong[i]);
        cr_assert_not_null(strstr(yoke_last_error(), "SLURM_CPUS_PER_TASK is \""));
        cr_assert_not_null(strstr(yoke_last_error(), wrong[i]));
    }
    struct environment list = {NULL, 2, INT_MAX, "4,2"};
    cr_assert_eq(workers_decide(&topology, 0, &list), YOKE_INVALID);
    struct environment set_too_high = {"4", YOKE_WORKERS_MAX + 1, INT_MAX, NULL};
    cr_assert_eq(workers_decide(&topology, 0, &set_too_high), YOKE_INVALID);
}

Test(topology_workers, variables_hold_for_described_machines_as_well)
{
    omp_get_max_threads(); /* libomp reads the environment now, libgomp did at its start */
    setenv("SLURM_CPUS_PER_TASK", "3", 1);
    setenv("OMP_NUM_THREADS", " ", 1); /* without a value: as if unset */
    yoke_topology *topology = open_synthetic("numa:2 core:4 pu:1", 0);
    cr_assert_str_eq(yoke_topology_reason(topology), "SLURM_CPUS_PER_TASK is 3");
    yoke_topology_release(topology);
    setenv("OMP_NUM_THREADS", "5", 1);
    omp_set_num_threads(5);
    topology = open_synthetic("numa:2 core:4 pu:1", 0);
    cr_assert_str_eq(yoke_topology_reason(topology), "OMP_NUM_THREADS is 5");
    cr_assert_eq(yoke_topology_workers(topology), 5);
    yoke_topology_release(topology);
}

/* What this program prints as a new process with the variables, which stand in shell syntax. */
static void print_with(const char *variables, char *text, size_t size)
{
    char program[PATH_MAX], command[PATH_MAX + 200];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    cr_assert_gt(length, 0);
    program[length] = '\0';
    snprintf(command, sizeof command, "YOKE_TEST_PRINT_TOPOLOGY=1 %s '%s' 2>&1", variables,
             program);
    FILE *stream = popen(command, "r");
    cr_assert_not_null(stream);
    text[fread(text, 1, size - 1, stream)] = '\0';
    pclose(stream);
}

Test(topology_workers, openmp_variables_reach_the_decision)
{
    static const struct {
        const char *variables, *expected;
    } cases[] = {
        {"OMP_NUM_THREADS=3", "workers   3, because OMP_NUM_THREADS is 3\n"},
        {"OMP_NUM_THREADS=4,2", "workers   4, because OMP_NUM_THREADS is 4\n"},
        {"OMP_NUM_THREADS=3 OMP_THREAD_LIMIT=2", "is 3, capped by OMP_THREAD_LIMIT=2\n"},
        {"OMP_NUM_THREADS=0", "OMP_NUM_THREADS is \"0\": set it"},
        {"OMP_PROC_BIND=true", "binding   by OpenMP"},
        {"OMP_PLACES=cores", "binding   by OpenMP"},
        {"SLURM_CPUS_PER_TASK=7", "workers   7, because SLURM_CPUS_PER_TASK is 7\n"},
    };
    char text[8192];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_with(cases[i].variables, text, sizeof text);
        cr_assert_not_null(strstr(text, cases[i].expected), "%s: %s", cases[i].variables, text);
    }
    /* LLVM's OpenMP library reads memory that it has not set when it meets such a text. */
    if (!host_threads_rest()) {
        print_with("OMP_NUM_THREADS=abc", text, sizeof text);
        cr_assert_not_null(strstr(text, "OMP_NUM_THREADS is \"abc\": set it to a number from 1"),
                           "%s", text);
    }
    /* libgomp has put the first thread on the first place alone by the time that we look. */
    char free_text[8192];
    print_with("", free_text, sizeof free_text);
    print_with("OMP_PROC_BIND=true", text, sizeof text);
    char *workers = strstr(free_text, "workers");
    cr_assert_not_null(workers);
    *strchr(workers, '\n') = '\0';
    cr_assert_not_null(strstr(text, workers), "%s: %s", workers, text);
    print_with("OMP_PROC_BIND=false OMP_PLACES=cores", text, sizeof text);
    cr_assert_not_null(strstr(text, "workers"), "%s", text);
    cr_assert_not_null(strstr(text, "binding   none, because OMP_PROC_BIND is false\n"), "%s",
                       text);
}
