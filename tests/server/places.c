/* Where jobs run. */
#include <hwloc.h>
#include <sched.h>

#include "topology/distance.h"
#include "topology/location.h"
#include "topology/plan.h"
#include "with_folder.h"
#include "with_server.h"

/* ---- reading places -------------------------------------------------------------------------- */

static yoke_topology *open_synthetic(const char *text)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = text;
    yoke_topology *topology = NULL;
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    return topology;
}

/* Two packages with two nodes of two cores each. */
static const char machine[] = "package:2 numa:2 core:2 pu:2";

/* The cores inside a place, a bit for each; 0 when it is refused. */
static unsigned cores_of(const char *text)
{
    yoke_topology *topology = open_synthetic(machine);
    struct location *location;
    unsigned cores = 0;
    if (location_find(topology, text, &location) == YOKE_OK) {
        for (unsigned worker = 0; worker < yoke_topology_workers(topology); worker++)
            if (location_has_worker(topology, location, worker)) {
                unsigned core;
                cr_assert_eq(sscanf(yoke_topology_place(topology, worker), "core:%u", &core), 1);
                cores |= 1u << core;
            }
        location_free(location);
    } else {
        cr_assert(strstr(yoke_last_error(), "numa:3"), "%s", yoke_last_error());
    }
    yoke_topology_release(topology);
    return cores;
}

Test(places, are_read_as_hwloc_does, .timeout = 30)
{
    static const struct {
        const char *text;
        unsigned cores;
    } rows[] = {
        {"all", 0xff},
        {"machine", 0xff},
        {"root", 0xff},
        {"core:all", 0xff},
        {"numa:1", 0x0c},
        {"NUMANode:3", 0xc0},
        {"node:0", 0x03},
        {"package:1", 0xf0},
        {"core:5", 0x20},
        {"core:0-3", 0x0f},
        {"core:6-", 0xc0},
        {"core:2:3", 0x1c},
        {"core:odd", 0xaa},
        {"core:even", 0x55},
        {"core:1,4", 0x12},
        {"pu:2-3", 0x02},
        {"package:1.core:1", 0x20},
        {"package:all.numa:0", 0x33},
        {"package:1.numa:1.core:0", 0x40},
        {"package:0-1.core:0", 0x11},
        {"core:0 core:7", 0x81},
        {" numa:0  core:2 ", 0x07},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_expect_eq(cores_of(rows[i].text), rows[i].cores, "\"%s\" came out as %#x", rows[i].text,
                     cores_of(rows[i].text));
}

Test(places, are_refused_with_what_there_is, .timeout = 30)
{
    static const char *const wrong[] = {
        "",         " ",         "core",      "core:",     "core:8",   "core:3-8",
        "core:2-1", "planet:0",  "core:0x",   "core:0 x",  "numa:1.",  "core:0.numa:0",
        "core:-1",  "core:0,,1", "package:2", "core:0;1",  "all:0",    "core:18446744073709551617",
        "pu:",      "core:2:0",  "core:2:7",  "core:all.", "machine:1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_eq(cores_of(wrong[i]), 0, "\"%s\"", wrong[i]);
}

/* The machine with the second package's processors alone, as a container may see it. */
static yoke_topology *open_restricted(void)
{
    hwloc_topology_t hwloc;
    hwloc_topology_init(&hwloc);
    hwloc_topology_set_flags(hwloc, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    hwloc_topology_set_synthetic(hwloc, machine);
    hwloc_topology_load(hwloc);
    hwloc_obj_t package = hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PACKAGE, 1);
    make_folder();
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.xml = path;
    yoke_topology *topology = NULL;
    cr_assert(!hwloc_topology_allow(hwloc, package->cpuset, NULL, HWLOC_ALLOW_FLAG_CUSTOM) &&
              !hwloc_topology_export_xml(hwloc, path, 0));
    cr_assert_eq(yoke_topology_open(&options, &topology), YOKE_OK, "%s", yoke_last_error());
    remove_folder();
    hwloc_topology_destroy(hwloc);
    return topology;
}

/* hwloc keeps the nodes, and so do hwloc-calc and lstopo count them, but not the cores. */
Test(places, count_nodes_without_processors, .timeout = 30)
{
    yoke_topology *topology = open_restricted();
    static const char *const places[] = {"numa:2", "numa:3",           "core:0",
                                         "core:3", "package:1.numa:0", "package:1.core:3"};
    struct location *location;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        cr_assert_eq(location_find(topology, places[i], &location), YOKE_OK, "%s",
                     yoke_last_error());
        location_free(location);
    }
    for (unsigned worker = 0; worker < 4; worker++) {
        char node[16];
        snprintf(node, sizeof node, "numa:%u", yoke_topology_node(topology, worker));
        cr_assert_eq(location_find(topology, node, &location), YOKE_OK, "%s", yoke_last_error());
        cr_expect(location_has_worker(topology, location, worker), "%s", node);
        location_free(location);
    }
    cr_expect_eq(location_find(topology, "numa:1", &location), YOKE_INVALID);
    cr_expect_eq(location_find(topology, "core:4", &location), YOKE_INVALID);
    yoke_topology_release(topology);
}

/* ---- jobs with a place ----------------------------------------------------------------------- */

struct witness {
    char place[40];
    unsigned worker;
    int processors, processor;
};

static yoke_status look_around(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    struct witness *witness = result;
    snprintf(witness->place, sizeof witness->place, "%s", yoke_context_place(context));
    witness->worker = yoke_context_worker(context);
    cpu_set_t set;
    cr_assert_eq(sched_getaffinity(0, sizeof set, &set), 0);
    witness->processors = CPU_COUNT(&set);
    witness->processor = sched_getcpu();
    nap(200000); /* for others to run beside it */
    return YOKE_OK;
}

static yoke_job *submit_to(yoke_server *server, const char *place)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = look_around;
    task.place = place;
    task.result_size = sizeof(struct witness);
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static struct witness witness_of(yoke_job *job)
{
    struct witness witness;
    cr_assert_eq(yoke_job_result(job, &witness, sizeof witness), YOKE_OK, "%s", yoke_last_error());
    yoke_job_release(job);
    return witness;
}

/* The real processors: the one of each core, and the thread bound to it. */
Test(places, bind_jobs_on_this_machine, .timeout = 60)
{
    if (getenv("OMP_PROC_BIND") || getenv("OMP_PLACES") || getenv("GOMP_CPU_AFFINITY"))
        cr_skip_test("OpenMP binds the threads");
    hwloc_topology_t hwloc;
    hwloc_topology_init(&hwloc);
    hwloc_topology_load(hwloc);
    cpu_set_t allowed;
    cr_assert_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    yoke_server *server = open_server(4);
    enum { ROUNDS = 50, PUS_MAX = 8 };
    for (int pu = 0; pu < hwloc_get_nbobjs_by_type(hwloc, HWLOC_OBJ_PU) && pu < PUS_MAX; pu++) {
        int os = (int)hwloc_get_obj_by_type(hwloc, HWLOC_OBJ_PU, (unsigned)pu)->os_index;
        if (!CPU_ISSET((size_t)os, &allowed))
            continue;
        char place[16];
        snprintf(place, sizeof place, "pu:%d", pu);
        yoke_job *jobs[ROUNDS];
        for (int i = 0; i < ROUNDS; i++)
            jobs[i] = submit_to(server, i % 3 ? place : NULL);
        for (int i = 0; i < ROUNDS; i++) {
            struct witness witness = witness_of(jobs[i]);
            cr_assert_lt(witness.worker, 4);
            if (i % 3) {
                cr_assert_eq(witness.processors, 1);
                cr_assert_eq(witness.processor, os);
            }
        }
    }
    yoke_server_release(server);
    hwloc_topology_destroy(hwloc);
}

static unsigned node_of(const char *place)
{
    unsigned core;
    if (sscanf(place, "core:%u", &core) == 1)
        return core / 2;
    cr_assert_eq(sscanf(place, "numa:%u", &core), 1, "%s", place);
    return core;
}

/* Engines for machines that are not there: nothing is bound, but jobs go where they are told. */
Test(places, choose_the_node, .timeout = 60)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    yoke_server *server = open_server(8);
    enum { JOBS = 400 };
    static yoke_job *jobs[JOBS];
    char place[16];
    for (unsigned i = 0; i < JOBS; i++) {
        snprintf(place, sizeof place, "numa:%u", i % 4);
        jobs[i] = submit_to(server, i % 5 ? place : NULL);
    }
    for (unsigned i = 0; i < JOBS; i++) {
        struct witness witness = witness_of(jobs[i]);
        if (i % 5)
            cr_assert_eq(node_of(witness.place), i % 4, "%s for job %u", witness.place, i);
    }
    for (unsigned core = 0; core < 8; core++) {
        snprintf(place, sizeof place, "core:%u", core);
        struct witness witness = witness_of(submit_to(server, place));
        cr_assert_str_eq(witness.place, place);
    }
    yoke_server_release(server);
}

Test(places, still_serve_when_their_workers_have_left, .timeout = 60)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    yoke_server *server = open_server(8);
    cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
    for (unsigned node = 0; node < 4; node++) {
        char place[16];
        snprintf(place, sizeof place, "numa:%u", node);
        cr_assert_eq(node_of(witness_of(submit_to(server, place)).place), node);
    }
    yoke_server_release(server);
}

/* Each job waits for one that must run elsewhere: more levels than there are workers. */
static yoke_status descend(yoke_context *context, const void *argument, void *result)
{
    int depth = *(const int *)argument;
    *(int *)result = depth;
    if (depth == 0)
        return YOKE_OK;
    char place[16];
    snprintf(place, sizeof place, "core:%d", depth * 3 % 8);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = descend;
    task.place = place;
    task.argument = &(int){depth - 1};
    task.argument_size = task.result_size = sizeof depth;
    yoke_job *job;
    cr_assert_eq(yoke_submit(yoke_context_server(context), &task, &job), YOKE_OK);
    int below;
    cr_assert_eq(yoke_job_result(job, &below, sizeof below), YOKE_OK);
    cr_assert_eq(below, depth - 1);
    yoke_job_release(job);
    return YOKE_OK;
}

Test(places, let_jobs_wait_for_each_other, .timeout = 60)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    yoke_server *server = open_server(4);
    yoke_job *jobs[20];
    for (int i = 0; i < 20; i++)
        jobs[i] = submit(server, descend, &(int){40 + i}, sizeof(int), sizeof(int));
    for (int i = 0; i < 20; i++) {
        int depth;
        cr_assert_eq(yoke_job_result(jobs[i], &depth, sizeof depth), YOKE_OK);
        cr_assert_eq(depth, 40 + i);
        yoke_job_release(jobs[i]);
    }
    yoke_server_release(server);
}

Test(places, that_are_not_there_are_refused, .timeout = 30)
{
    yoke_server *server = open_server(1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.place = "numa:77";
    yoke_job *job = NULL;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "numa:77") && strstr(yoke_last_error(), "core:0"));
    cr_assert_null(job);
    task.place = "all";
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    yoke_server_release(server);
}

/* ---- large arguments and results ------------------------------------------------------------- */

/* Fails the first time, with a result that is not zero any more. */
static yoke_status invert(yoke_context *context, const void *argument, void *result)
{
    size_t size = yoke_context_result_size(context);
    const unsigned char *from = argument;
    unsigned char *to = result;
    cr_assert_eq(yoke_context_argument_size(context), size);
    for (size_t i = 0; i < size; i++) {
        cr_assert_eq(to[i], 0);
        to[i] = (unsigned char)~from[i];
    }
    return yoke_context_try(context) == 1 ? YOKE_JOB_FAILED : YOKE_OK;
}

static void fill(unsigned char *bytes, size_t size, size_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251 + seed);
}

/* Jobs with a place have memory of another kind from a certain size on: the sizes go from below it
 * to far beyond, and what jobs leave behind stays readable when the server is gone. */
Test(places, keep_large_arguments_and_results, .timeout = 60)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    static const size_t sizes[] = {1, 4096, 32000, 32768, 40000, 65536, 100001, 3000000};
    enum { SIZES = sizeof sizes / sizeof *sizes, PLACES = 3, SIZE_MAX_USED = 3000000 };
    static const char *const places[PLACES] = {"numa:3", "package:1", NULL};
    static unsigned char argument[SIZE_MAX_USED], result[SIZE_MAX_USED];
    yoke_job *jobs[SIZES * PLACES], *queued[SIZES * PLACES];
    yoke_server *server = open_server(8);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = invert;
    task.argument = argument;
    task.tries = 2;
    for (size_t i = 0; i < SIZES * PLACES; i++) {
        task.argument_size = task.result_size = sizes[i / PLACES];
        task.place = places[i % PLACES];
        task.name = i % 2 ? "invert" : NULL;
        fill(argument, task.argument_size, i);
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK, "%s", yoke_last_error());
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(yoke_server_resize(server, 1), YOKE_OK);
    struct gate gate = {0};
    yoke_job *first = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    for (size_t i = 0; i < SIZES * PLACES; i++) {
        task.argument_size = task.result_size = sizes[i / PLACES];
        task.place = places[i % PLACES];
        cr_assert_eq(yoke_submit(server, &task, &queued[i]), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(yoke_job_cancel(queued[i]), YOKE_OK);
    }
    atomic_store(&gate.open, 1);
    yoke_job_release(first);
    yoke_server_release(server);
    for (size_t i = 0; i < SIZES * PLACES; i++) {
        size_t size = sizes[i / PLACES];
        cr_assert_eq(yoke_job_result(jobs[i], result, size), YOKE_OK, "%s", yoke_last_error());
        fill(argument, size, i);
        for (size_t byte = 0; byte < size; byte++)
            cr_assert_eq(result[byte], (unsigned char)~argument[byte]);
        yoke_job_release(jobs[i]);
        cr_assert_eq(yoke_job_state(queued[i]), YOKE_STATE_CANCELLED);
        yoke_job_release(queued[i]);
    }
}

/* ---- taking jobs from other nodes ------------------------------------------------------------ */

static void check_order(const char *text, unsigned node, unsigned count, const unsigned *expected)
{
    yoke_topology *topology = open_synthetic(text);
    cr_assert_eq(plan_nodes(topology), count + 1);
    unsigned order[8] = {0};
    distance_order(topology, node, order);
    for (unsigned i = 0; i < count; i++)
        cr_expect_eq(order[i], expected[i], "%s: node %u's neighbour %u is %u", text, node, i,
                     order[i]);
    yoke_topology_release(topology);
}

Test(places, are_ordered_by_distance, .timeout = 30)
{
    check_order("numa:2 core:2 pu:1", 1, 1, (const unsigned[]){0});
    check_order("package:2 numa:2 core:2 pu:1", 0, 3, (const unsigned[]){1, 2, 3});
    check_order("package:2 numa:2 core:2 pu:1", 1, 3, (const unsigned[]){0, 2, 3});
    check_order("package:2 numa:2 core:2 pu:1", 2, 3, (const unsigned[]){3, 0, 1});
    check_order("package:2 numa:2 core:2 pu:1", 3, 3, (const unsigned[]){2, 0, 1});
    check_order("numa:4 core:1 pu:1", 2, 3, (const unsigned[]){3, 0, 1});
}

/* Node 0 is held by jobs with a place; what else is queued there can only run elsewhere. */
Test(places, let_idle_nodes_take_jobs_from_busy_ones, .timeout = 60)
{
    setenv("HWLOC_SYNTHETIC", machine, 1);
    yoke_server *server = open_server(8);
    struct gate gate = {0}, *pointer = &gate;
    yoke_task hold = YOKE_TASK_INIT;
    hold.kernel = wait_at_gate;
    hold.argument = &pointer;
    hold.argument_size = sizeof pointer;
    enum { ROUNDS = 40, HELD = 40, LOOSE = 8 };
    for (int round = 0; round < ROUNDS; round++) {
        atomic_store(&gate.arrived, 0);
        atomic_store(&gate.open, 0);
        /* All workers of all nodes are held while the queues fill, */
        yoke_job *held[8], *stuck[HELD], *loose[LOOSE];
        for (unsigned i = 0; i < 8; i++) {
            char place[16];
            snprintf(place, sizeof place, "numa:%u", i % 4);
            hold.place = place;
            cr_assert_eq(yoke_submit(server, &hold, &held[i]), YOKE_OK);
        }
        await_arrivals(&gate, 8);
        yoke_task look = YOKE_TASK_INIT;
        look.kernel = look_around;
        look.result_size = sizeof(struct witness);
        look.priority = -1; /* so that the placed jobs overtake them */
        for (int i = 0; i < LOOSE; i++)
            cr_assert_eq(yoke_submit(server, &look, &loose[i]), YOKE_OK);
        struct gate other = {0};
        struct gate *blocking = &other;
        hold.argument = &blocking;
        hold.place = "numa:0";
        for (int i = 0; i < HELD; i++)
            cr_assert_eq(yoke_submit(server, &hold, &stuck[i]), YOKE_OK);
        hold.argument = &pointer;
        /* and then each node has loose jobs, and node 0 placed ones that hold it for longer. */
        atomic_store(&gate.open, 1);
        for (int i = 0; i < LOOSE; i++)
            witness_of(loose[i]);
        atomic_store(&other.open, 1);
        for (int i = 0; i < 8; i++) {
            cr_assert_eq(yoke_job_wait(held[i], YOKE_FOREVER), YOKE_OK);
            yoke_job_release(held[i]);
        }
        for (int i = 0; i < HELD; i++) {
            cr_assert_eq(yoke_job_wait(stuck[i], YOKE_FOREVER), YOKE_OK);
            yoke_job_release(stuck[i]);
        }
    }
    yoke_server_release(server);
}
