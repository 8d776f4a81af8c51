/* Maps, reductions over parts, pipelines and iterators, on one of the plan's servers or without
 * one. */
#include "yoke/map.h"
#include "play.h"

enum { ITEMS = 100 };

/* A stream of numbers, every eleventh of which fails. */
struct stream {
    unsigned count, taken, shown;
};

static yoke_status add_one(yoke_context *context, const void *argument, void *result)
{
    unsigned number = *(const unsigned *)argument;
    REQUIRE(!*(unsigned *)result, "the output of item %u is not zeroed", number);
    *(unsigned *)result = number + 1;
    return number % 11 == 7 ? CALL(yoke_context_fail)(context, YOKE_SYSTEM, "%u", number) : YOKE_OK;
}

static bool take(void *input, void *context)
{
    struct stream *stream = context;
    *(unsigned *)input = stream->taken;
    return stream->taken < stream->count && ++stream->taken;
}

static void check_item(const yoke_item *item)
{
    unsigned number = (unsigned)item->index;
    REQUIRE(*(const unsigned *)item->input == number, "item %u has another's input", number);
    REQUIRE(item->status == YOKE_SYSTEM
                ? number % 11 == 7
                : item->status != YOKE_OK || *(const unsigned *)item->output == number + 1,
            "item %u has status %d, and %u for an output", number, item->status,
            *(const unsigned *)item->output);
}

static bool show(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    REQUIRE(item->index == stream->shown, "item %llu follows item %u",
            (unsigned long long)item->index, stream->shown);
    stream->shown++;
    check_item(item);
    return true;
}

static bool see(const yoke_item *item, void *context)
{
    ++*(unsigned *)context;
    check_item(item);
    return true;
}

static yoke_status map_array(yoke_server *server, yoke_map_options *options, unsigned count)
{
    unsigned inputs[ITEMS], outputs[ITEMS] = {0}, seen = 0;
    for (unsigned i = 0; i < count; i++)
        inputs[i] = i;
    options->visit = see;
    options->visit_context = &seen;
    yoke_status status = CALL(yoke_map)(server, add_one, inputs, sizeof *inputs, outputs,
                                        sizeof *outputs, count, options);
    REQUIRE(status == YOKE_OK ? count < 8 && seen == count : true, "a map of %u items shows %u",
            count, seen);
    return status == YOKE_SYSTEM && seen == count ? YOKE_OK : status;
}

static yoke_status iterate(yoke_server *server, const yoke_map_options *options,
                           struct stream *stream)
{
    yoke_map_iterator *iterator;
    const yoke_item *item = NULL;
    yoke_status status = CALL(yoke_map_iterator_open)(
        server, take, add_one, stream, sizeof(unsigned), sizeof(unsigned), options, &iterator);
    if (status != YOKE_OK)
        return status;
    do {
        status = CALL(yoke_map_iterator_next)(iterator, &item);
        if (item)
            show(item, stream);
    } while (item);
    CALL(yoke_map_iterator_release)(iterator);
    return status;
}

/* ---- over parts ------------------------------------------------------------------------------ */

/* The sum of the numbers of a part; every eleventh part by its first number fails if it is told to.
 */
static yoke_status add_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    const unsigned char *fails = CALL(yoke_part_read)(argument, &part);
    REQUIRE(!*(uint64_t *)result, "the accumulator of a part is not zeroed");
    for (uint64_t i = part.lo; i < part.hi; i++)
        *(uint64_t *)result += i;
    return *fails && part.lo % 11 == 7 ? CALL(yoke_context_fail)(context, YOKE_SYSTEM, "part")
                                       : YOKE_OK;
}

static void add_numbers(void *into, const void *from, void *argument)
{
    REQUIRE(!argument, "combine() is given something");
    *(uint64_t *)into += *(const uint64_t *)from;
}

static yoke_status reduce_parts(yoke_server *server, const yoke_map_options *options,
                                unsigned count, unsigned char fails)
{
    const uint64_t untouched = UINT64_MAX;
    uint64_t sum = untouched;
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_numbers);
    yoke_part range = {0, count, 1};
    yoke_status status =
        CALL(yoke_map_reduce)(server, add_part, range, &fails, 1, &reduction, options, &sum);
    REQUIRE(status == YOKE_OK ? sum == (uint64_t)count * (count - (count > 0)) / 2
                              : sum == untouched,
            "the sum of %u numbers is %llu", count, (unsigned long long)sum);
    REQUIRE(status != YOKE_OK || !fails || count < 8, "a part that fails is not told");
    return status == YOKE_SYSTEM && fails && count >= 8 ? YOKE_OK : status;
}

void play_map(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers, count = step->value / 64 % ITEMS;
    yoke_server *server = step->value & 1 ? server_of(number) : NULL;
    struct stream stream = {.count = count};
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    yoke_status status;
    if (server) {
        atomic_store(&servers[number].has_others, true);
        options.place = step->value & 2 ? "all" : NULL;
    }
    options.window = step->value / 128 % 9;
    if (step->value % 3 == 0 && step->value & 4)
        status = reduce_parts(server, &options, count, step->value >> 4 & 1);
    else if (step->value % 3 == 0)
        status = map_array(server, &options, count);
    else if (step->value % 3 == 1)
        status = CALL(yoke_pipeline)(server, take, add_one, show, &stream, sizeof(unsigned),
                                     sizeof(unsigned), &options);
    else
        status = iterate(server, &options, &stream);
    REQUIRE(status == YOKE_OK || may_end_early(status, number, layer), "a map (%u) answers %d: %s",
            step->value % 3, status, CALL(yoke_last_error)());
    REQUIRE(status != YOKE_OK || step->value % 3 == 0 || stream.shown == count,
            "%u items of %u come out", stream.shown, count);
}
