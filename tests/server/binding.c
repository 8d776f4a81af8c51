/* What workers are bound to, and what jobs are told of it. */
#include <hwloc.h>
#include <sys/wait.h>

#include "server/server.h"
#include "topology/bind.h"
#include "with_environment.h"
#include "with_server.h"

static hwloc_topology_t this_machine;

/* Of "all", or of one object such as "core:1". */
static hwloc_const_bitmap_t cpus_of(const char *place)
{
    hwloc_obj_type_t type;
    hwloc_obj_t object = hwloc_get_root_obj(this_machine);
    unsigned index;
    if (strcmp(place, "all") != 0) {
        cr_assert_eq(hwloc_type_sscanf(place, &type, NULL, 0), 0, "%s", place);
        cr_assert_eq(sscanf(strchr(place, ':'), ":%u", &index), 1, "%s", place);
        object = hwloc_get_obj_by_type(this_machine, type, index);
    }
    cr_assert_not_null(object, "%s", place);
    return object->cpuset;
}

static yoke_status compare_places(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    const char *place = yoke_context_place(context);
    hwloc_bitmap_t here = hwloc_bitmap_alloc();
    cr_assert_eq(hwloc_get_cpubind(this_machine, here, HWLOC_CPUBIND_THREAD), 0);
    cr_expect(hwloc_bitmap_isequal(here, cpus_of(place)), "a job is told that it runs on %s",
              place);
    hwloc_bitmap_free(here);
    nap(5000000); /* for the other workers to take some, too */
    return YOKE_OK;
}

static void check_places(unsigned workers, const char *bind)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    options.bind = bind;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    for (int i = 0; i < 20; i++)
        yoke_job_release(submit(server, compare_places, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    yoke_server_release(server);
}

/* Where a mask leaves some cores alone, what is not bound may run on no object that has a name. */
Test(binding, places_are_told_as_they_are, .timeout = 60)
{
    hwloc_topology_init(&this_machine);
    hwloc_topology_load(this_machine);
    hwloc_bitmap_t mask = hwloc_bitmap_alloc();
    hwloc_get_cpubind(this_machine, mask, HWLOC_CPUBIND_PROCESS);
    if (!hwloc_bitmap_isincluded(hwloc_topology_get_allowed_cpuset(this_machine), mask) &&
        !getenv("OMP_PROC_BIND") && !getenv("OMP_PLACES"))
        cr_skip_test("the affinity mask leaves some of the machine alone");
    hwloc_bitmap_free(mask);
    static const char *const binds[] = {NULL, "none", "spread", "close"};
    for (size_t i = 0; i < sizeof binds / sizeof *binds; i++) {
        check_places(1, binds[i]);
        check_places(0, binds[i]);
    }
    hwloc_topology_destroy(this_machine);
}

Test(binding, places_are_told_as_they_are_where_openmp_binds, .timeout = 120)
{
    static char filter[] = "binding/places_are_told_as_they_are";
    static char *const environments[][3] = {
        {"OMP_PROC_BIND=close", "OMP_PLACES=cores"},
        {"OMP_PROC_BIND=master", "OMP_PLACES=cores"},
        {"OMP_PROC_BIND=spread"},
        {"OMP_PLACES=sockets"},
        {"OMP_PROC_BIND=false"},
    };
    for (size_t i = 0; i < sizeof environments / sizeof *environments; i++)
        check_environment(filter, environments[i]);
}

/* ---- beside other servers -------------------------------------------------------------------- */

static yoke_server *open_spread(void)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 1;
    options.bind = "spread";
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

static const char *place_of(const yoke_server *server)
{
    return yoke_topology_place(server_topology(server), 0);
}

/* The core of the first is free again once that is gone, and in a child, where it is not. */
Test(binding, servers_take_cores_that_others_do_not_hold, .timeout = 30)
{
    yoke_server *first = open_spread();
    const yoke_topology *topology = server_topology(first);
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    if (counts.usable_cores < 2 || !bind_is_on(topology))
        cr_skip_test("needs two cores, and threads that OpenMP does not bind");
    char core[32];
    snprintf(core, sizeof core, "%s", place_of(first));
    yoke_server *second = open_spread();
    cr_expect_str_neq(place_of(second), core);
    yoke_server_release(second);
    pid_t child = fork();
    if (child == 0) {
        yoke_server *own = open_spread();
        bool same = !strcmp(place_of(own), core);
        yoke_server_release(own);
        _exit(!same);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0, "the child keeps away from what its parent holds");
    yoke_server_release(first);
    yoke_server *third = open_spread();
    cr_expect_str_eq(place_of(third), core);
    yoke_server_release(third);
}
