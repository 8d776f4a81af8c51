/* Machines as they are described, and how they are printed. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/bind.h"
#include "topology/caches.h"
#include "topology/plan.h"
#include "topology/snapshot.h"
#include "with_topology.h"

TestSuite(topology, .init = clear_environment, .timeout = 30);

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
        cr_assert_not(bind_is_on(topology));
        yoke_topology_release(topology);
    }
}

static void expect_places(yoke_topology *topology, const char *const *names)
{
    for (unsigned worker = 0; names[worker]; worker++)
        cr_assert_str_eq(plan_place_of(topology, worker), names[worker], "worker %u: %s", worker,
                         plan_place_of(topology, worker));
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
    cr_assert_eq(plan_nodes(topology), nodes);
    for (unsigned n = 1; n <= total; n++) {
        placed[plan_node_of(topology, n - 1)]++;
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
    yoke_topology *topology = open_bound("numa:2 core:4 pu:1", 2, "spread");
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
    struct cache_sizes caches = caches_smallest(topology);
    cr_assert_eq(caches.l1, 32768);
    cr_assert_eq(caches.l2, 1048576);
    cr_assert_eq(caches.l3, 4194304);
    yoke_topology_release(topology);

    topology = open_xml(HYBRID, 0);
    caches = caches_smallest(topology);
    cr_assert_eq(caches.l1, 32768);
    cr_assert_eq(caches.l2, 524288);
    cr_assert_eq(caches.l3, 4194304);
    yoke_topology_release(topology);

    topology = open_synthetic("core:2 pu:1", 0);
    caches = caches_smallest(topology);
    cr_assert(caches.l1 == 0 && caches.l2 == 0 && caches.l3 == 0);
    yoke_topology_release(topology);
}

Test(topology, bad_options_are_refused_with_a_line)
{
    static const struct {
        yoke_topology_options options;
        const char *word;
    } cases[] = {
        {{1, 0, NULL, NULL, NULL, NULL}, "1 bytes"},
        {{sizeof(yoke_topology_options), YOKE_WORKERS_MAX + 1, NULL, NULL, NULL, NULL}, "4096"},
        {{sizeof(yoke_topology_options), 0, "core:2", HYBRID, NULL, NULL}, "both"},
        {{sizeof(yoke_topology_options), 0, "", NULL, NULL, NULL}, "hwloc"},
        {{sizeof(yoke_topology_options), 0, "numa:0 core:2", NULL, NULL, NULL}, "numa:0 core:2"},
        {{sizeof(yoke_topology_options), 0, NULL, "/nonexistent.xml", NULL, NULL},
         "/nonexistent.xml"},
        {{sizeof(yoke_topology_options), 0, NULL, "Makefile", NULL, NULL}, "Makefile"},
        {{sizeof(yoke_topology_options), 0, NULL, NULL, "/nonexistent", NULL}, "/nonexistent/proc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        yoke_topology *untouched = (yoke_topology *)&untouched, *topology = untouched;
        cr_assert_eq(yoke_topology_open(&cases[i].options, &topology), YOKE_INVALID, "case %zu", i);
        cr_assert_eq(topology, untouched);
        cr_assert_not_null(strstr(yoke_last_error(), cases[i].word), "%s", yoke_last_error());
    }
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
    expect_print(
        open_xml(HYBRID, 0),
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
        "          5 core:3 on numa:0\n"
        "binding   each worker to a core of its own, because the workers take all cores\n");
}

Test(topology, prints_many_workers_as_ranges)
{
    expect_print(
        open_synthetic("numa:2 core:32 pu:2", 0),
        "machine   2 NUMA nodes, 64 cores, 128 hardware threads (a description, not this "
        "machine)\n"
        "usable    64 cores, 128 hardware threads, no CPU quota\n"
        "workers   64, because the machine has 64 cores\n"
        "places    0-62:2    core:0-31 on numa:0\n"
        "          1-63:2    core:32-63 on numa:1\n"
        "binding   each worker to a core of its own, because the workers take all cores\n");
    expect_print(
        open_synthetic("core:32 pu:2", 100),
        "machine   1 NUMA node, 32 cores, 64 hardware threads (a description, not this "
        "machine)\n"
        "usable    32 cores, 64 hardware threads, no CPU quota\n"
        "workers   100, because the caller asked for 100\n"
        "places    0-31      pu:0-62:2 on numa:0\n"
        "          32-63     pu:1-63:2 on numa:0\n"
        "          64-99 again from pu:0\n"
        "binding   each worker to a core of its own, because the workers take all cores\n");
}

Test(topology, prints_how_many_workers_share_a_node)
{
    expect_print(open_synthetic("numa:2 core:4 pu:1", 3),
                 "machine   2 NUMA nodes, 8 cores, 8 hardware threads (a description, not this "
                 "machine)\n"
                 "usable    8 cores, 8 hardware threads, no CPU quota\n"
                 "workers   3, because the caller asked for 3\n"
                 "places    2 workers on numa:0\n"
                 "          1 worker on numa:1\n"
                 "binding   each worker to its NUMA node, because the system sees which cores are "
                 "free\n");
}

/* ---- binding --------------------------------------------------------------------------------- */

static void expect_bound(const char *machine, unsigned workers, const char *bind,
                         const char *const *places)
{
    yoke_topology *topology = open_bound(machine, workers, bind);
    for (unsigned i = 0; i < yoke_topology_workers(topology); i++)
        cr_expect_str_eq(yoke_topology_place(topology, i), places[i], "worker %u of %s: %s", i,
                         bind ? bind : "NULL", yoke_topology_place(topology, i));
    yoke_topology_release(topology);
}

Test(topology, binds_as_it_is_asked_to)
{
    static const char machine[] = "numa:2 core:4 pu:1";
    static const char *const nodes[] = {"numa:0", "numa:1", "numa:0"};
    static const char *const spread[] = {"core:0", "core:4", "core:1"};
    static const char *const close[] = {"core:0", "core:1", "core:2", "core:3", "core:4"};
    static const char *const list[] = {"core:2", "core:5", "core:3"};
    expect_bound(machine, 3, NULL, nodes);
    expect_bound(machine, 3, "auto", nodes);
    expect_bound(machine, 3, "spread", spread);
    expect_bound(machine, 5, "close", close);
    expect_bound(machine, 0, "core:2-3 core:5", list);
}

Test(topology, refuses_to_bind_where_nothing_is)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = "numa:2 core:4 pu:1";
    static const char *const wrong[] = {"", "core:8", "clsoe", "numa:0,", "none spread"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        yoke_topology *topology;
        options.bind = wrong[i];
        cr_expect_eq(yoke_topology_open(&options, &topology), YOKE_INVALID, "%s", wrong[i]);
    }
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
