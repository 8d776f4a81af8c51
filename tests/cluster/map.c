/* Maps, iterators and pipelines whose kernels run on nodes. */
#include <criterion/criterion.h>
#include <yoke/map.h>
#include <yoke/primes.h>
#include <yoke/statistics.h>

#include "with_durable.h"

enum { ITEMS = 150, BYTES = 16 };

struct stream {
    int taken, shown;
};

static uint64_t below(int i)
{
    return 50000 + 300 * (uint64_t)i;
}

static void write_input(unsigned char *bytes, int i)
{
    yoke_pack_u64(yoke_pack_u64(bytes, 0), below(i));
}

static void check_output(const unsigned char *bytes, int i)
{
    yoke_uint128 sum, expected;
    yoke_unpack_u128(bytes, &sum);
    cr_assert_eq(yoke_sum_primes(NULL, 0, below(i), NULL, &expected), YOKE_OK);
    cr_assert(sum.lo == expected.lo && sum.hi == expected.hi, "item %d", i);
}

static bool take(void *input, void *context)
{
    struct stream *stream = context;
    if (stream->taken == ITEMS)
        return false;
    write_input(input, stream->taken++);
    return true;
}

static bool show(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    cr_assert_eq(item->index, (uint64_t)stream->shown++);
    cr_assert_eq(item->status, YOKE_OK, "%s", item->message);
    check_output(item->output, (int)item->index);
    return true;
}

static uint64_t ended_on_nodes(yoke_server *server)
{
    yoke_place_statistics place = {.size = sizeof place};
    uint64_t ended = 0;
    for (unsigned i = 1; yoke_server_get_place_statistics(server, i, &place) == YOKE_OK; i++)
        ended += place.ended;
    return ended;
}

static void map_all(yoke_server *server, yoke_kernel kernel, const yoke_map_options *options)
{
    static unsigned char inputs[ITEMS][BYTES], outputs[ITEMS][BYTES];
    for (int i = 0; i < ITEMS; i++)
        write_input(inputs[i], i);
    cr_assert_eq(yoke_map(server, kernel, inputs, BYTES, outputs, BYTES, ITEMS, options), YOKE_OK,
                 "%s", yoke_last_error());
    for (int i = 0; i < ITEMS; i++)
        check_output(outputs[i], i);
}

static const struct grief none;

TestSuite(cluster_map, .init = start_cluster, .fini = end_cluster, .timeout = 90);

Test(cluster_map, items_run_on_nodes_that_may_die)
{
    start_node("dies", (struct grief){.dies_in = 20});
    start_node("steady", none);
    cr_assert_eq(yoke_kernel_register("trial", 1, trial), YOKE_OK);
    yoke_server *server = join_as(cluster_options("program"), 1);
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.kernel_name = "trial";
    options.kernel_version = 1;
    options.tries = 2;
    map_all(server, NULL, &options);
    cr_expect_eq(ended_on_nodes(server), ITEMS);
    struct stream stream = {0, 0};
    cr_expect_eq(yoke_pipeline(server, take, NULL, show, &stream, BYTES, BYTES, &options), YOKE_OK,
                 "%s", yoke_last_error());
    cr_expect_eq(stream.shown, ITEMS);
    cr_expect_eq(ended_on_nodes(server), 2 * ITEMS);
    leave(server);
}

Test(cluster_map, a_kernel_that_nodes_know_runs_here_and_there)
{
    start_node("node", none);
    cr_assert_eq(yoke_kernel_register("trial", 1, trial), YOKE_OK);
    yoke_server *server = join_as(cluster_options("program"), 1);
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.window = ITEMS;
    map_all(server, trial, &options);
    uint64_t ended = ended_on_nodes(server);
    cr_expect(ended <= ITEMS, "%d items on nodes", (int)ended);
    yoke_server_statistics now = {.size = sizeof now};
    cr_assert_eq(yoke_server_get_statistics(server, &now), YOKE_OK);
    cr_expect_eq(now.done, ITEMS);
    leave(server);
}

Test(cluster_map, a_kernel_that_nobody_knows_is_refused)
{
    yoke_server *server = join_as(cluster_options("program"), 1);
    unsigned char input[BYTES] = {0}, output[BYTES];
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.kernel_name = "not a name!";
    options.kernel_version = 1;
    cr_expect_eq(yoke_map(server, NULL, input, BYTES, output, BYTES, 1, &options), YOKE_INVALID);
    leave(server);
}
