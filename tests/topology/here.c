/* This machine: what of it may be used, and threads on their places. */
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/bind.h"
#include "topology/snapshot.h"
#include "with_topology.h"

TestSuite(topology_here, .init = clear_environment, .timeout = 30);

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

Test(topology_here, the_affinity_mask_limits_this_machine)
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

Test(topology_here, binding_puts_each_worker_on_its_place)
{
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("OpenMP binds");
    yoke_topology *topology = open_here();
    cr_assert(bind_is_on(topology));
    for (unsigned worker = 0; worker < 2 * topology->place_count; worker++) {
        cr_assert_eq(bind_worker(topology, worker), YOKE_OK, "%s", yoke_last_error());
        cpu_set_t mask = mask_of_thread();
        hwloc_bitmap_t cpus = topology->places[worker % topology->place_count].cpus;
        cr_assert_eq(CPU_COUNT(&mask), hwloc_bitmap_weight(cpus));
        for (int i = hwloc_bitmap_first(cpus); i >= 0; i = hwloc_bitmap_next(cpus, i))
            cr_assert(CPU_ISSET((size_t)i, &mask));
    }
    yoke_topology_release(topology);
}

Test(topology_here, a_part_of_a_core_is_named_by_its_hardware_threads)
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
    cr_assert_eq(bind_worker(topology, 0), YOKE_OK);
    yoke_topology_release(topology);
}

Test(topology_here, a_refused_binding_is_reported)
{
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("OpenMP binds");
    yoke_topology *topology = open_here();
    cpu_set_t before = mask_of_thread();
    hwloc_bitmap_only(topology->places[0].cpus, CPU_SETSIZE - 1); /* as if it had been unplugged */
    cr_assert_eq(bind_worker(topology, 0), YOKE_SYSTEM);
    cr_assert_not_null(strstr(yoke_last_error(), "cannot bind worker 0"));
    cpu_set_t after = mask_of_thread();
    cr_assert(CPU_EQUAL(&before, &after));
    yoke_topology_release(topology);
}

static void expect_no_binding(yoke_topology *topology)
{
    cpu_set_t before = mask_of_thread();
    cr_assert_not(bind_is_on(topology));
    cr_assert_eq(bind_worker(topology, 0), YOKE_OK);
    cpu_set_t after = mask_of_thread();
    cr_assert(CPU_EQUAL(&before, &after));
    yoke_topology_release(topology);
}

Test(topology_here, nothing_is_bound_elsewhere_or_besides_openmp)
{
    expect_no_binding(open_synthetic("core:1 pu:1", 0));
    yoke_topology *topology = open_here();
    topology->binding = BIND_BY_OPENMP;
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

Test(topology_here, threads_open_at_the_same_time)
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
