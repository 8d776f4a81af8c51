/* Maps over nodes that end early, or whose items do: each item has its status, and nothing hangs.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/map.h>

#include "with_cluster.h"

enum { ITEMS = 40, BYTES = 16 };

static const struct grief none;

static yoke_status statuses[ITEMS];
static unsigned char inputs[ITEMS][BYTES], outputs[ITEMS][BYTES];

static yoke_status map_all(yoke_server *server, yoke_map_options options, const char *kernel)
{
    options.kernel_name = kernel;
    options.kernel_version = 1;
    options.statuses = statuses;
    return yoke_map(server, NULL, inputs, BYTES, outputs, BYTES, ITEMS, &options);
}

static unsigned count(yoke_status status)
{
    unsigned items = 0;
    for (int i = 0; i < ITEMS; i++)
        items += statuses[i] == status;
    return items;
}

TestSuite(map_limits, .init = start_cluster, .fini = end_cluster, .timeout = 90);

static bool note_failure(const yoke_item *item, void *context)
{
    cr_expect_str_eq(item->message, "too much of it");
    cr_expect_eq(item->ended, ++*(uint64_t *)context);
    return true;
}

Test(map_limits, a_failure_is_told_with_each_item)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    uint64_t ended = 0;
    options.tries = 3;
    options.visit = note_failure, options.visit_context = &ended;
    cr_expect_eq(map_all(server, options, "fail"), YOKE_OVERFLOW);
    cr_expect_str_eq(yoke_last_error(), "too much of it");
    cr_expect_eq(count(YOKE_OVERFLOW), ITEMS);
    cr_expect_eq(ended, ITEMS);
    leave(server);
}

Test(map_limits, kernels_on_nodes_have_a_time_limit)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.time_limit = YOKE_MILLISECONDS(20);
    cr_expect_eq(map_all(server, options, "sleep"), YOKE_TIMED_OUT);
    cr_expect_eq(count(YOKE_TIMED_OUT), ITEMS);
    leave(server);
}

Test(map_limits, a_deadline_ends_a_map_on_nodes)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.deadline = YOKE_MILLISECONDS(700);
    cr_expect_eq(map_all(server, options, "sleep"), YOKE_TIMED_OUT);
    cr_expect_eq(count(YOKE_TIMED_OUT) + count(YOKE_CANCELLED) + count(YOKE_NOT_DONE), ITEMS);
    leave(server);
}

/* No node ever comes, and then not even the hub is there. */
Test(map_limits, a_deadline_ends_a_map_that_nobody_does)
{
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.deadline = YOKE_MILLISECONDS(300);
    for (int hub = 1; hub >= 0; hub--) {
        options.window = hub ? 0 : 3;
        cr_expect_eq(map_all(server, options, "trial"), YOKE_TIMED_OUT);
        cr_expect_eq(count(YOKE_TIMED_OUT) + count(YOKE_CANCELLED) + count(YOKE_NOT_DONE), ITEMS);
        cr_expect(hub || count(YOKE_NOT_DONE) == ITEMS - 3);
        if (hub)
            kill_hub();
    }
    leave(server);
}

static bool stop_at(const yoke_item *item, void *context)
{
    return item->ended < *(const uint64_t *)context;
}

Test(map_limits, a_visit_ends_a_map_on_nodes)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    uint64_t most = 7;
    options.visit = stop_at, options.visit_context = &most;
    options.window = 4;
    for (int i = 0; i < ITEMS; i++)
        yoke_pack_u64(yoke_pack_u64(inputs[i], 0), 20000);
    cr_expect_eq(map_all(server, options, "trial"), YOKE_CANCELLED);
    cr_expect_geq(count(YOKE_OK), most);
    cr_expect_geq(count(YOKE_NOT_DONE), ITEMS - most - 4 * 4);
    cr_expect_eq(count(YOKE_OK) + count(YOKE_NOT_DONE) + count(YOKE_CANCELLED), ITEMS);
    leave(server);
}

/* One that kills its node is lost after its deliveries; the others have another node. */
Test(map_limits, an_item_that_kills_its_nodes_is_lost)
{
    start_node("first", none);
    start_node("second", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.kernel_name = "die";
    options.kernel_version = 1;
    options.deliveries = 1;
    cr_expect_eq(yoke_map(server, NULL, inputs, BYTES, outputs, BYTES, 1, &options), YOKE_LOST);
    cr_expect(strlen(yoke_last_error()) > 0);
    cr_expect_eq(map_all(server, (yoke_map_options)YOKE_MAP_OPTIONS_INIT, "trial"), YOKE_OK, "%s",
                 yoke_last_error());
    leave(server);
}

/* What does not fit into a message of the hub is refused before anything has begun. */
Test(map_limits, what_is_too_large_is_refused)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.kernel_name = "trial";
    options.kernel_version = 1;
    const size_t size = (size_t)9 << 20;
    unsigned char *large = calloc(2, size);
    cr_expect_eq(yoke_map(server, NULL, large, size, outputs, BYTES, 2, &options), YOKE_INVALID);
    cr_expect(strstr(yoke_last_error(), "argument"), "%s", yoke_last_error());
    free(large);
    leave(server);
}
