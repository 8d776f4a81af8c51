#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "topology/picture.h"
#include "yoke/status.h"

#define UNEVEN "tests/data/topology/uneven.xml" /* two nodes, of 4 and 2 cores */
#define HYBRID "tests/data/topology/hybrid.xml" /* 4 slow cores, then 2 fast ones of 2 PUs each */

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

static void clear_environment(void)
{
    unsetenv("OMP_NUM_THREADS");
    unsetenv("SLURM_CPUS_PER_TASK");
}

TestSuite(topology, .init = clear_environment, .timeout = 30);

static yoke_topology *open_synthetic(const char *synthetic, unsigned workers)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = synthetic;
    options.workers = workers;
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

static yoke_topology *open_xml(const char *xml, unsigned workers)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.xml = xml;
    options.workers = workers;
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

/* ---- described machines ---- */

Test(topology, counts_what_is_described)
{
    static const struct {
        const char *synthetic;
        yoke_topology_counts counts;
    } cases[] = {
        {"numa:2 core:4 pu:1", {2, 0, 8, 8, 2, 8, 8}},
        {"pack:2 numa:2 core:4 pu:2", {4, 2, 16, 32, 4, 16, 32}},
        {"pu:3", {1, 0, 3, 3, 1, 3, 3}},
        {"core:1 pu:1", {1, 0, 1, 1, 1, 1, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yoke_topology *topology = open_synthetic(cases[i].synthetic, 0);
        yoke_topology_counts counts;
        yoke_topology_count(topology, &counts);
        cr_assert_eq(memcmp(&counts, &cases[i].counts, sizeof counts), 0, "%s", cases[i].synthetic);
        cr_assert_eq(yoke_topology_workers(topology), counts.cores);
        cr_assert_not(topology_binds(topology));
        yoke_topology_release(topology);
    }
}

static void expect_places(yoke_topology *topology, const char *const *names)
{
    for (unsigned worker = 0; names[worker]; worker++)
        cr_assert_str_eq(topology_place_of(topology, worker), names[worker], "worker %u: %s",
                         worker, topology_place_of(topology, worker));
    yoke_topology_release(topology);
}

Test(topology, workers_take_turns_among_nodes)
{
    static const char *const even[] = {"core:0", "core:4", "core:1", "core:5", "core:2",
                                       "core:6", "core:3", "core:7", "core:0", NULL};
    static const char *const uneven[] = {"core:0", "core:4", "core:1", "core:2",
                                         "core:5", "core:3", "core:0", NULL};
    expect_places(open_synthetic("numa:2 core:4 pu:1", 0), even);
    expect_places(open_xml(UNEVEN, 0), uneven);
}

Test(topology, cores_come_before_second_hardware_threads)
{
    static const char *const whole[] = {"core:0", "core:1", "core:0", NULL};
    static const char *const halves[] = {"pu:0", "pu:2", "pu:1", "pu:3", "pu:0", NULL};
    static const char *const no_cores[] = {"pu:0", "pu:1", "pu:0", NULL};
    expect_places(open_synthetic("core:2 pu:2", 2), whole);
    expect_places(open_synthetic("core:2 pu:2", 3), halves);
    expect_places(open_synthetic("pu:2", 0), no_cores);
}

Test(topology, fast_cores_come_first)
{
    static const char *const whole[] = {"core:4", "core:5", "core:0", "core:1", "core:2", NULL};
    static const char *const more[] = {"pu:4",   "pu:6", "core:0", "core:1", "core:2",
                                       "core:3", "pu:5", "pu:7",   "pu:4",   NULL};
    expect_places(open_xml(HYBRID, 0), whole);
    expect_places(open_xml(HYBRID, 8), more);
}

/* Any first n workers stand on the nodes in proportion to the cores, as near as whole numbers
 * come; and n = all cores fill each node exactly. */
static void expect_balance(yoke_topology *topology, const unsigned *cores, unsigned nodes)
{
    unsigned placed[8] = {0}, total = 0;
    for (unsigned node = 0; node < nodes; node++)
        total += cores[node];
    cr_assert_eq(topology_nodes(topology), nodes);
    for (unsigned n = 1; n <= total; n++) {
        placed[topology_node_of(topology, n - 1)]++;
        for (unsigned node = 0; node < nodes; node++) {
            double exact = (double)n * cores[node] / total;
            cr_assert(placed[node] > exact - 1 && placed[node] < exact + 1, "%u of %u on %u",
                      placed[node], n, node);
            cr_assert(n < total || placed[node] == cores[node]);
        }
    }
    yoke_topology_release(topology);
}

Test(topology, every_number_of_workers_is_balanced)
{
    expect_balance(open_xml(UNEVEN, 0), (unsigned[]){4, 2}, 2);
    expect_balance(open_synthetic("numa:3 core:5 pu:2", 0), (unsigned[]){5, 5, 5}, 3);
    expect_balance(open_synthetic("pack:2 numa:4 core:3 pu:1", 0),
                   (unsigned[]){3, 3, 3, 3, 3, 3, 3, 3}, 8);
}

Test(topology, public_calls_know_the_workers_only)
{
    yoke_topology *topology = open_synthetic("numa:2 core:4 pu:1", 2);
    cr_assert_str_eq(yoke_topology_place(topology, 1), "core:4");
    cr_assert_eq(yoke_topology_node(topology, 1), 1);
    cr_assert_null(yoke_topology_place(topology, 2));
    cr_assert_eq(yoke_topology_node(topology, 3), 0);
    cr_assert_null(yoke_topology_place(topology, UINT_MAX));
    yoke_topology_release(topology);
    yoke_topology_release(NULL);
}

Test(topology, the_most_workers_have_places)
{
    yoke_topology *topology = open_synthetic("numa:2 core:4 pu:1", YOKE_WORKERS_MAX);
    cr_assert_eq(yoke_topology_workers(topology), YOKE_WORKERS_MAX);
    cr_assert_str_eq(yoke_topology_place(topology, YOKE_WORKERS_MAX - 1), "core:7");
    yoke_topology_release(topology);
    topology = open_synthetic("pack:10 l3:10 core:50 pu:1", 0);
    cr_assert_eq(yoke_topology_workers(topology), YOKE_WORKERS_MAX);
    cr_assert_str_eq(yoke_topology_reason(topology),
                     "the machine has 5000 cores, capped by yoke's limit of 4096");
    cr_assert_not_null(yoke_topology_place(topology, YOKE_WORKERS_MAX - 1));
    yoke_topology_release(topology);
}

Test(topology, caches_are_the_smallest_share_of_a_core)
{
    yoke_topology *topology =
        open_synthetic("l3:2(size=16777216) l2:2(size=2097152) core:2 l1d:1(size=32768) pu:2", 0);
    struct topology_caches caches = topology_caches(topology);
    cr_assert_eq(caches.l1, 32768);
    cr_assert_eq(caches.l2, 1048576);
    cr_assert_eq(caches.l3, 4194304);
    yoke_topology_release(topology);

    topology = open_xml(HYBRID, 0);
    caches = topology_caches(topology);
    cr_assert_eq(caches.l1, 32768);
    cr_assert_eq(caches.l2, 524288);
    cr_assert_eq(caches.l3, 4194304);
    yoke_topology_release(topology);

    topology = open_synthetic("core:2 pu:1", 0);
    caches = topology_caches(topology);
    cr_assert(caches.l1 == 0 && caches.l2 == 0 && caches.l3 == 0);
    yoke_topology_release(topology);
}

Test(topology, bad_options_are_refused_with_a_line)
{
    static const struct {
        yoke_topology_options options;
        const char *word;
    } cases[] = {
        {{1, 0, NULL, NULL, NULL}, "1 bytes"},
        {{sizeof(yoke_topology_options), YOKE_WORKERS_MAX + 1, NULL, NULL, NULL}, "4096"},
        {{sizeof(yoke_topology_options), 0, "core:2", HYBRID, NULL}, "both"},
        {{sizeof(yoke_topology_options), 0, "", NULL, NULL}, "hwloc"},
        {{sizeof(yoke_topology_options), 0, "numa:0 core:2", NULL, NULL}, "numa:0 core:2"},
        {{sizeof(yoke_topology_options), 0, NULL, "/nonexistent.xml", NULL}, "/nonexistent.xml"},
        {{sizeof(yoke_topology_options), 0, NULL, "Makefile", NULL}, "Makefile"},
        {{sizeof(yoke_topology_options), 0, NULL, NULL, "/nonexistent"}, "/nonexistent/proc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yoke_topology *untouched = (yoke_topology *)&untouched, *topology = untouched;
        cr_assert_eq(yoke_topology_open(&cases[i].options, &topology), YOKE_INVALID, "case %zu", i);
        cr_assert_eq(topology, untouched);
        cr_assert_not_null(strstr(yoke_last_error(), cases[i].word), "%s", yoke_last_error());
    }
}

/* ---- the number of workers ---- */

struct decision {
    unsigned asked, cores;
    double quota;
    bool here;
    struct environment environment;
    unsigned workers;
    const char *reason;
};

Test(topology, the_first_that_speaks_decides)
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
        cr_assert_eq(topology_decide(&topology, it->asked, &it->environment), YOKE_OK);
        cr_assert_eq(topology.workers, it->workers, "case %zu: %u", i, topology.workers);
        cr_assert_str_eq(topology.reason, it->reason, "case %zu: %s", i, topology.reason);
    }
}

Test(topology, a_wrong_variable_is_refused_by_name_and_value)
{
    static const char *const wrong[] = {"0",  "abc", "-3",   "4,",  ",4",  "4 2",
                                        "4x", "4,0", "4097", "1e3", "0x4", "99999999999999999999"};
    struct yoke_topology topology = {.here = true, .quota = (double)INFINITY};
    topology.counts.usable_cores = 2;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct environment openmp = {wrong[i], 2, INT_MAX, NULL};
        struct environment slurm = {NULL, 2, INT_MAX, wrong[i]};
        cr_assert_eq(topology_decide(&topology, 0, &openmp), YOKE_INVALID, "%s", wrong[i]);
        cr_assert_not_null(strstr(yoke_last_error(), "OMP_NUM_THREADS is \""));
        cr_assert_not_null(strstr(yoke_last_error(), wrong[i]));
        cr_assert_not_null(strstr(yoke_last_error(), "1 to 4096"));
        cr_assert_eq(topology_decide(&topology, 0, &slurm), YOKE_INVALID, "%s", wrong[i]);
        cr_assert_not_null(strstr(yoke_last_error(), "SLURM_CPUS_PER_TASK is \""));
        cr_assert_not_null(strstr(yoke_last_error(), wrong[i]));
    }
    struct environment list = {NULL, 2, INT_MAX, "4,2"};
    cr_assert_eq(topology_decide(&topology, 0, &list), YOKE_INVALID);
    struct environment set_too_high = {"4", YOKE_WORKERS_MAX + 1, INT_MAX, NULL};
    cr_assert_eq(topology_decide(&topology, 0, &set_too_high), YOKE_INVALID);
}

Test(topology, variables_hold_for_described_machines_as_well)
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

Test(topology, openmp_variables_reach_the_decision)
{
    static const struct {
        const char *variables, *expected;
    } cases[] = {
        {"OMP_NUM_THREADS=3", "workers   3, because OMP_NUM_THREADS is 3\n"},
        {"OMP_NUM_THREADS=4,2", "workers   4, because OMP_NUM_THREADS is 4\n"},
        {"OMP_NUM_THREADS=3 OMP_THREAD_LIMIT=2", "is 3, capped by OMP_THREAD_LIMIT=2\n"},
        {"OMP_NUM_THREADS=abc", "OMP_NUM_THREADS is \"abc\": set it to a number from 1 to 4096"},
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
    cr_assert_null(strstr(text, "binding"), "%s", text);
}

/* ---- printing ---- */

static void expect_print(yoke_topology *topology, const char *expected)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(yoke_topology_print(topology, stream), YOKE_OK);
    fclose(stream);
    cr_assert_str_eq(text, expected, "%s", text);
    free(text);
    yoke_topology_release(topology);
}

Test(topology, prints_few_workers_one_by_one)
{
    expect_print(open_xml(HYBRID, 0),
                 "machine   1 package, 1 NUMA node, 6 cores, 8 hardware threads (a description, "
                 "not this machine)\n"
                 "kinds     2 usable cores of kind IntelCore, 4 usable cores of kind IntelAtom\n"
                 "caches    L1d 32 KiB to 48 KiB, L2 1.25 MiB to 2 MiB shared by 1 to 4 cores, "
                 "L3 24 MiB shared by 6 cores\n"
                 "usable    6 cores, 8 hardware threads, no CPU quota\n"
                 "workers   6, because the machine has 6 cores\n"
                 "places    0 core:4 on numa:0\n"
                 "          1 core:5 on numa:0\n"
                 "          2 core:0 on numa:0\n"
                 "          3 core:1 on numa:0\n"
                 "          4 core:2 on numa:0\n"
                 "          5 core:3 on numa:0\n");
}

Test(topology, prints_many_workers_as_ranges)
{
    expect_print(open_synthetic("numa:2 core:32 pu:2", 0),
                 "machine   2 NUMA nodes, 64 cores, 128 hardware threads (a description, not this "
                 "machine)\n"
                 "usable    64 cores, 128 hardware threads, no CPU quota\n"
                 "workers   64, because the machine has 64 cores\n"
                 "places    0-62:2    core:0-31 on numa:0\n"
                 "          1-63:2    core:32-63 on numa:1\n");
    expect_print(open_synthetic("core:32 pu:2", 100),
                 "machine   1 NUMA node, 32 cores, 64 hardware threads (a description, not this "
                 "machine)\n"
                 "usable    32 cores, 64 hardware threads, no CPU quota\n"
                 "workers   100, because the caller asked for 100\n"
                 "places    0-31      pu:0-62:2 on numa:0\n"
                 "          32-63     pu:1-63:2 on numa:0\n"
                 "          64-99 again from pu:0\n");
}

Test(topology, a_full_disk_is_an_error)
{
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    yoke_topology *topology = open_synthetic("core:2 pu:1", 0);
    cr_assert_eq(yoke_topology_print(topology, full), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "No space left"), "%s", yoke_last_error());
    fclose(full);
    yoke_topology_release(topology);
}

/* ---- this machine ---- */

static yoke_topology *open_here(void)
{
    yoke_topology *topology;
    cr_assert_eq(yoke_topology_open(NULL, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

static cpu_set_t mask_of_thread(void)
{
    cpu_set_t mask;
    cr_assert_eq(sched_getaffinity(0, sizeof mask, &mask), 0);
    return mask;
}

static size_t last_processor(const cpu_set_t *mask)
{
    size_t last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, mask))
        last--;
    return last;
}

Test(topology, the_affinity_mask_limits_this_machine)
{
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("OpenMP binds");
    cpu_set_t before = mask_of_thread(), one;
    CPU_ZERO(&one);
    CPU_SET(last_processor(&before), &one);
    yoke_topology *all = open_here();
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    yoke_topology *narrow = open_here();

    yoke_topology_counts wide, counts;
    yoke_topology_count(all, &wide);
    yoke_topology_count(narrow, &counts);
    cr_assert_eq(wide.usable_pus, (unsigned)CPU_COUNT(&before));
    cr_assert_eq(counts.pus, wide.pus);
    cr_assert_eq(counts.cores, wide.cores);
    cr_assert_eq(counts.usable_pus, 1);
    cr_assert_eq(counts.usable_cores, 1);
    cr_assert_eq(counts.usable_nodes, 1);
    cr_assert_eq(yoke_topology_workers(narrow), 1);
    cr_assert_str_eq(yoke_topology_reason(narrow), "the process may use 1 core");
    yoke_topology_release(all);
    yoke_topology_release(narrow);
}

Test(topology, binding_puts_each_worker_on_its_place)
{
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("OpenMP binds");
    yoke_topology *topology = open_here();
    cr_assert(topology_binds(topology));
    for (unsigned worker = 0; worker < 2 * topology->place_count; worker++) {
        cr_assert_eq(topology_bind(topology, worker), YOKE_OK, "%s", yoke_last_error());
        cpu_set_t mask = mask_of_thread();
        hwloc_bitmap_t cpus = topology->places[worker % topology->place_count].cpus;
        cr_assert_eq(CPU_COUNT(&mask), hwloc_bitmap_weight(cpus));
        for (int i = hwloc_bitmap_first(cpus); i >= 0; i = hwloc_bitmap_next(cpus, i))
            cr_assert(CPU_ISSET((size_t)i, &mask));
    }
    yoke_topology_release(topology);
}

Test(topology, a_part_of_a_core_is_named_by_its_hardware_threads)
{
    cpu_set_t mask = mask_of_thread();
    if (omp_get_proc_bind() != omp_proc_bind_false || !CPU_ISSET(0, &mask))
        cr_skip_test("processor 0 may not be used");
    CPU_ZERO(&mask);
    CPU_SET(0, &mask);
    cr_assert_eq(sched_setaffinity(0, sizeof mask, &mask), 0);
    /* hwloc takes this for a description of the machine that it runs on. */
    setenv("HWLOC_SYNTHETIC", "core:1 pu:2", 1);
    setenv("HWLOC_THISSYSTEM", "1", 1);
    yoke_topology *topology = open_here();
    cr_assert_str_eq(yoke_topology_place(topology, 0), "pu:0");
    cr_assert_eq(topology_bind(topology, 0), YOKE_OK);
    yoke_topology_release(topology);
}

Test(topology, a_refused_binding_is_reported)
{
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("OpenMP binds");
    yoke_topology *topology = open_here();
    cpu_set_t before = mask_of_thread();
    hwloc_bitmap_only(topology->places[0].cpus, CPU_SETSIZE - 1); /* as if it had been unplugged */
    cr_assert_eq(topology_bind(topology, 0), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "cannot bind worker 0"));
    cpu_set_t after = mask_of_thread();
    cr_assert(CPU_EQUAL(&before, &after));
    yoke_topology_release(topology);
}

static void expect_no_binding(yoke_topology *topology)
{
    cpu_set_t before = mask_of_thread();
    cr_assert_not(topology_binds(topology));
    cr_assert_eq(topology_bind(topology, 0), YOKE_OK);
    cpu_set_t after = mask_of_thread();
    cr_assert(CPU_EQUAL(&before, &after));
    yoke_topology_release(topology);
}

Test(topology, nothing_is_bound_elsewhere_or_besides_openmp)
{
    expect_no_binding(open_synthetic("core:1 pu:1", 0));
    yoke_topology *topology = open_here();
    topology->openmp_binds = true;
    expect_no_binding(topology);
}

static void *open_and_print(void *failures)
{
    for (int i = 0; i < 5; i++) {
        yoke_topology *topology;
        FILE *null = fopen("/dev/null", "w");
        if (!null || yoke_topology_open(NULL, &topology))
            return failures;
        if (yoke_topology_print(topology, null))
            return failures;
        yoke_topology_release(topology);
        fclose(null);
    }
    return NULL;
}

Test(topology, threads_open_at_the_same_time)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, open_and_print, threads), 0);
    for (int i = 0; i < 4; i++) {
        void *failure;
        pthread_join(threads[i], &failure);
        cr_assert_null(failure);
    }
}
