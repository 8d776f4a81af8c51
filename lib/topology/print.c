/* Writes the topology as text for people: the machine, what of it is usable, and each worker's
 * place, where workers whose places follow a pattern share a line. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "kinds.h"
#include "plan.h"
#include "policy.h"
#include "snapshot.h"

/* Up to this number workers are listed one by one; more are put together to ranges. */
enum { LISTED_MAX = 8 };

static void print_count(FILE *stream, unsigned count, const char *noun)
{
    fprintf(stream, "%u %s%s", count, noun, count == 1 ? "" : "s");
}

static void print_machine(const yoke_topology *topology, FILE *stream)
{
    const yoke_topology_counts *counts = &topology->counts;
    fputs("machine   ", stream);
    if (counts->packages) {
        print_count(stream, counts->packages, "package");
        fputs(", ", stream);
    }
    print_count(stream, counts->nodes, "NUMA node");
    fputs(", ", stream);
    print_count(stream, counts->cores, "core");
    fputs(", ", stream);
    print_count(stream, counts->pus, "hardware thread");
    fputs(topology->here ? "\n" : " (a description, not this machine)\n", stream);
}

/* Only machines that mix several kinds of cores have this line. Fast kinds come last in hwloc. */
static void print_kinds(const yoke_topology *topology, FILE *stream)
{
    int kinds = kinds_count(topology->hwloc);
    hwloc_bitmap_t cpus = kinds > 1 ? hwloc_bitmap_alloc() : NULL;
    if (!cpus)
        return;
    const char *separator = "kinds     ";
    for (int number = kinds - 1; number >= 0; number--) {
        struct kind kind;
        if (kinds_describe(topology->hwloc, number, cpus, &kind))
            continue;
        unsigned cores = 0;
        for (unsigned i = 0; i < topology->counts.usable_cores; i++)
            cores += (unsigned)hwloc_bitmap_intersects(topology->cores[i].object->cpuset, cpus);
        fputs(separator, stream);
        print_count(stream, cores, "usable core");
        if (kind.type)
            fprintf(stream, " of kind %s", kind.type);
        else if (kind.frequency)
            fprintf(stream, " of up to %s MHz", kind.frequency);
        else
            fprintf(stream, " of kind %d", number);
        separator = ", ";
    }
    fputc('\n', stream);
    hwloc_bitmap_free(cpus);
}

static void print_size(FILE *stream, size_t bytes)
{
    if (bytes < 1024 * 1024)
        decimal_print(stream, "%.4g KiB", (double)bytes / 1024);
    else
        decimal_print(stream, "%.4g MiB", (double)bytes / (1024 * 1024));
}

static void print_caches(const yoke_topology *topology, FILE *stream)
{
    static const char *const names[CACHE_LEVELS] = {"L1d", "L2", "L3"};
    const char *separator = "caches    ";
    for (int i = 0; i < CACHE_LEVELS; i++) {
        const struct cache_level *level = &topology->caches[i];
        if (!level->size_max)
            continue;
        fprintf(stream, "%s%s ", separator, names[i]);
        separator = ", ";
        print_size(stream, level->size_min);
        if (level->size_max != level->size_min) {
            fputs(" to ", stream);
            print_size(stream, level->size_max);
        }
        if (level->sharers_max > 1) {
            fputs(" shared by ", stream);
            if (level->sharers_min != level->sharers_max)
                fprintf(stream, "%u to ", level->sharers_min);
            fprintf(stream, "%u cores", level->sharers_max);
        }
    }
    if (*separator == ',')
        fputc('\n', stream);
}

static void print_usable(const yoke_topology *topology, FILE *stream)
{
    fputs("usable    ", stream);
    print_count(stream, topology->counts.usable_cores, "core");
    fputs(", ", stream);
    print_count(stream, topology->counts.usable_pus, "hardware thread");
    char *list;
    if (topology->here && hwloc_bitmap_list_asprintf(&list, topology->usable) >= 0) {
        fprintf(stream, " (%s %s)", topology->openmp_binds ? "OpenMP places" : "affinity mask",
                list);
        free(list);
    }
    if (isinf(topology->quota))
        fputs(", no CPU quota\n", stream);
    else
        decimal_print(stream, ", CPU quota of %.3g core%s\n", topology->quota,
                      topology->quota == 1.0 ? "" : "s");
}

/* Workers `first`, `first + step`, ... `last` on one node, whose places are cores, or PUs, that are
 * `place_step` apart. The steps are 0 where there is only one worker. */
struct range {
    unsigned first, last, step, place_step;
};

/* Appends "-9", or "-9:2" for steps greater than 1, to what stands for the begin of a range. */
static void append_end(char *text, size_t size, unsigned last, unsigned step)
{
    size_t length = strlen(text);
    if (step)
        snprintf(text + length, size - length, step > 1 ? "-%u:%u" : "-%u", last, step);
}

static void print_range(const yoke_topology *topology, FILE *stream, struct range range, int width)
{
    const struct plan_place *from = &topology->places[range.first];
    const struct plan_place *to = &topology->places[range.last];
    char workers[40], places[40] = "";
    snprintf(workers, sizeof workers, "%u", range.first);
    append_end(workers, sizeof workers, range.last, range.step);
    if (range.step)
        append_end(places, sizeof places, to->object->logical_index, range.place_step);
    fprintf(stream, "%s%-*s %s%s on numa:%u\n", range.first ? "          " : "places    ", width,
            workers, from->name, places, plan_node_index(topology, from->node));
}

/* The first worker from `worker` on, below `end`, that runs on `node`; `end` if there is none. */
static unsigned next_on_node(const yoke_topology *topology, unsigned node, unsigned worker,
                             unsigned end)
{
    while (worker < end && topology->places[worker].node != node)
        worker++;
    return worker;
}

/* How far the place of `next` lies beyond that of `worker`; 0 when they do not make a range. Steps
 * up to 8 are taken, which skip the PUs of a core: no machine of today has more in one. */
static unsigned place_step(const yoke_topology *topology, unsigned worker, unsigned next)
{
    hwloc_obj_t from = topology->places[worker].object;
    hwloc_obj_t to = topology->places[next].object;
    if (!from || !to || from->type != to->type || to->logical_index <= from->logical_index)
        return 0;
    unsigned step = to->logical_index - from->logical_index;
    return step <= 8 ? step : 0;
}

/* The longest range that begins with worker `first`. */
static struct range range_from(const yoke_topology *topology, unsigned first, unsigned end)
{
    unsigned node = topology->places[first].node;
    struct range range = {first, first, 0, 0};
    for (;;) {
        unsigned next = next_on_node(topology, node, range.last + 1, end);
        unsigned apart = next < end ? place_step(topology, range.last, next) : 0;
        if (!apart ||
            (range.step && (next - range.last != range.step || apart != range.place_step)))
            return range;
        range = (struct range){first, next, next - range.last, apart};
    }
}

/* How many workers are anywhere on each node. */
static void print_nodes(const yoke_topology *topology, FILE *stream)
{
    for (unsigned node = 0, printed = 0; node < topology->counts.usable_nodes; node++) {
        unsigned workers = 0;
        for (unsigned worker = 0; worker < topology->workers; worker++)
            workers += plan_node_of(topology, worker) == node;
        if (!workers)
            continue;
        fputs(printed++ ? "          " : "places    ", stream);
        print_count(stream, workers, "worker");
        fprintf(stream, " on numa:%u\n", plan_node_index(topology, node));
    }
}

static void print_places(const yoke_topology *topology, FILE *stream)
{
    if (!policy_has_cores(topology)) {
        print_nodes(topology, stream);
        return;
    }
    unsigned end =
        topology->workers < topology->place_count ? topology->workers : topology->place_count;
    for (unsigned worker = 0; worker < end && end <= LISTED_MAX; worker++)
        print_range(topology, stream, (struct range){worker, worker, 0, 0}, 1);
    for (unsigned node = 0; node < topology->counts.usable_nodes && end > LISTED_MAX; node++) {
        struct range range;
        for (unsigned worker = next_on_node(topology, node, 0, end); worker < end;
             worker = next_on_node(topology, node, range.last + 1, end)) {
            range = range_from(topology, worker, end);
            print_range(topology, stream, range, 9);
        }
    }
    if (topology->workers > end) {
        char workers[40];
        snprintf(workers, sizeof workers, "%u", end);
        append_end(workers, sizeof workers, topology->workers - 1, topology->workers > end + 1);
        fprintf(stream, "          %s again from %s\n", workers, topology->places[0].name);
    }
}

yoke_status yoke_topology_print(const yoke_topology *topology, FILE *stream)
{
    flockfile(stream); /* so that the report of another thread does not come between the lines */
    print_machine(topology, stream);
    print_kinds(topology, stream);
    print_caches(topology, stream);
    print_usable(topology, stream);
    fprintf(stream, "workers   %u, because %s\n", topology->workers, topology->reason);
    print_places(topology, stream);
    fprintf(stream, "binding   %s\n", topology->binding_text);
    bool refused = fflush(stream) || ferror(stream);
    int reason = errno;
    funlockfile(stream);
    if (refused)
        return error_set(YOKE_SYSTEM, "cannot write the topology: %s", strerror(reason));
    return YOKE_OK;
}
