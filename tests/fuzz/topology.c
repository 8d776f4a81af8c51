/* Descriptions of machines: hwloc's synthetic notation as it comes, and XML files.
 *
 * An XML file is hwloc's business: hwloc 2.9 itself crashes on damaged ones, for instance where a
 * cpuset contradicts the tree. So the input is taken for a recipe instead: hwloc builds a machine
 * by it whose processors and nodes may not all be used, of any kinds, groups and distances,
 * and saves it; then the values that hwloc does not rely on are changed in the text. What yoke
 * reads is always an XML file that a machine could have. */
#include <hwloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "topology/caches.h"
#include "topology/distance.h"
#include "topology/location.h"
#include "topology/plan.h"
#include "topology/snapshot.h"

/* hwloc 2.9 loses memory, for instance when it refuses a description: not for us to find. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static void look_for_leaks(bool wanted)
{
    void (*set)(void) = wanted ? __lsan_enable : __lsan_disable;
    if (set)
        set();
}

/* ---- what holds for every machine that is accepted ------------------------------------------ */

/* A node is a place where some of its own processors may be used. */
static void check_node(const yoke_topology *topology, unsigned index)
{
    char text[24];
    snprintf(text, sizeof text, "numa:%u", index);
    hwloc_obj_t node = hwloc_get_obj_by_type(topology->hwloc, HWLOC_OBJ_NUMANODE, index);
    struct location *location = NULL;
    bool usable = node && hwloc_bitmap_intersects(node->cpuset, topology->usable);
    EXPECT((location_find(topology, text, &location) == YOKE_OK) == usable);
    if (usable)
        location_free(location);
}

static void check_worker(const yoke_topology *topology, unsigned worker)
{
    const char *place = yoke_topology_place(topology, worker);
    unsigned node = plan_node_of(topology, worker);
    EXPECT(place && *place && node < plan_nodes(topology));
    struct location *location = NULL;
    EXPECT(location_find(topology, place, &location) == YOKE_OK);
    EXPECT(location_has_worker(topology, location, worker));
    EXPECT(location_has_node(topology, location, node));
    location_free(location);
    check_node(topology, yoke_topology_node(topology, worker));
}

static void check_nodes(const yoke_topology *topology)
{
    unsigned nodes = plan_nodes(topology), *order = calloc(nodes, sizeof *order);
    EXPECT(order && nodes >= 1);
    for (unsigned node = 0; node < nodes; node++) {
        distance_order(topology, node, order);
        unsigned sum = node;
        for (unsigned i = 0; i + 1 < nodes; i++) {
            EXPECT(order[i] < nodes && order[i] != node);
            sum += order[i];
        }
        EXPECT(sum == nodes * (nodes - 1) / 2);
    }
    free(order);
}

static void open_topology(const yoke_topology_options *options)
{
    yoke_topology *topology = NULL;
    if (yoke_topology_open(options, &topology) != YOKE_OK) {
        EXPECT(*yoke_last_error());
        return;
    }
    yoke_topology_counts counts;
    yoke_topology_count(topology, &counts);
    EXPECT(counts.usable_cores >= 1 && counts.usable_cores <= counts.cores);
    EXPECT(counts.usable_pus >= counts.usable_cores && counts.usable_pus <= counts.pus);
    unsigned workers = yoke_topology_workers(topology);
    EXPECT(workers >= 1 && workers <= YOKE_WORKERS_MAX);
    EXPECT(!yoke_topology_place(topology, workers));
    check_worker(topology, 0);
    check_worker(topology, workers - 1);
    check_nodes(topology);
    struct cache_sizes caches = caches_smallest(topology);
    EXPECT(sizeof caches);
    FILE *nowhere = fopen("/dev/null", "w");
    EXPECT(nowhere && yoke_topology_print(topology, nowhere) == YOKE_OK);
    fclose(nowhere);
    yoke_topology_release(topology);
}

static bool hwloc_refuses(const char *text)
{
    look_for_leaks(false);
    hwloc_topology_t machine;
    EXPECT(hwloc_topology_init(&machine) == 0);
    bool refuses = hwloc_topology_set_synthetic(machine, text) != 0;
    hwloc_topology_destroy(machine);
    look_for_leaks(true);
    return refuses;
}

/* hwloc takes minutes for millions of processors, which is no defect. */
static bool is_huge(const char *text)
{
    unsigned long long product = 1;
    while (*text && product <= YOKE_WORKERS_MAX) {
        char *end = (char *)text + 1;
        unsigned long number = *text >= '0' && *text <= '9' ? strtoul(text, &end, 0) : 1;
        product *= number > YOKE_WORKERS_MAX ? YOKE_WORKERS_MAX + 1 : number + !number;
        text = end;
    }
    return product > YOKE_WORKERS_MAX;
}

static void open_synthetic(const uint8_t *data, size_t size)
{
    char text[256] = "";
    memcpy(text, data, size < sizeof text ? size : sizeof text - 1);
    if (is_huge(text) || hwloc_refuses(text))
        return;
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.synthetic = text;
    open_topology(&options);
}

/* ---- a machine by recipe --------------------------------------------------------------------- */

struct recipe {
    const uint8_t *next, *end;
};

/* The next decision: 0 to choices - 1, and 0 when nothing is left to decide by. */
static unsigned draw(struct recipe *recipe, unsigned choices)
{
    return recipe->next == recipe->end ? 0 : *recipe->next++ % choices;
}

/* At most 3 * 3 * 3 * 4 * 4 * 3 processors, so that an input takes milliseconds. */
static hwloc_topology_t build(struct recipe *recipe)
{
    static const char *const memory[] = {"", "numa:%u ", "[numa] ", "[numa] [numa] "};
    char text[200];
    int length = snprintf(text, sizeof text, draw(recipe, 2) ? "group:%u " : "pack:%u ",
                          1 + draw(recipe, 3));
    length += snprintf(text + length, 40, memory[draw(recipe, 4)], 1 + draw(recipe, 3));
    if (draw(recipe, 2))
        length += snprintf(text + length, 40, "l3:%u ", 1 + draw(recipe, 3));
    if (draw(recipe, 2))
        length += snprintf(text + length, 40, "l2:%u l1:1 ", 1 + draw(recipe, 4));
    if (draw(recipe, 8))
        length += snprintf(text + length, 40, "core:%u ", 1 + draw(recipe, 4));
    snprintf(text + length, 40, "pu:%u", 1 + draw(recipe, 3));
    hwloc_topology_t machine;
    EXPECT(hwloc_topology_init(&machine) == 0);
    EXPECT(hwloc_topology_set_flags(machine, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED) == 0);
    EXPECT(hwloc_topology_set_synthetic(machine, text) == 0);
    EXPECT(hwloc_topology_load(machine) == 0);
    return machine;
}

/* Some of the machine's processors, or of its nodes. */
static hwloc_bitmap_t draw_set(struct recipe *recipe, hwloc_const_bitmap_t all)
{
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    EXPECT(set);
    unsigned step = 1 + draw(recipe, 5), from = draw(recipe, 32), to = from + draw(recipe, 200);
    for (unsigned i = from; i <= to; i += step)
        hwloc_bitmap_set(set, i);
    hwloc_bitmap_and(set, set, all);
    return set;
}

static void add_distances(hwloc_topology_t machine, struct recipe *recipe)
{
    hwloc_obj_t nodes[32];
    hwloc_uint64_t values[32 * 32];
    unsigned count = 0;
    hwloc_obj_t node = NULL;
    while (count < 32 && (node = hwloc_get_next_obj_by_type(machine, HWLOC_OBJ_NUMANODE, node)))
        nodes[count++] = node;
    for (unsigned i = 0; i < count * count; i++)
        values[i] = draw(recipe, 256);
    hwloc_distances_add_handle_t handle = hwloc_distances_add_create(
        machine, "made up", HWLOC_DISTANCES_KIND_FROM_USER | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
    if (handle && hwloc_distances_add_values(machine, handle, count, nodes, values, 0) == 0)
        hwloc_distances_add_commit(machine, handle, 0);
}

static void add_group(hwloc_topology_t machine, hwloc_const_bitmap_t set)
{
    hwloc_obj_t group = hwloc_topology_alloc_group_object(machine);
    if (!group)
        return;
    group->cpuset = hwloc_bitmap_dup(set);
    hwloc_topology_insert_group_object(machine, group);
}

static void change(hwloc_topology_t machine, struct recipe *recipe)
{
    hwloc_bitmap_t cpus = draw_set(recipe, hwloc_topology_get_topology_cpuset(machine));
    switch (draw(recipe, 5)) {
    case 0:
        hwloc_topology_allow(machine, cpus, NULL, HWLOC_ALLOW_FLAG_CUSTOM);
        break;
    case 1: {
        hwloc_bitmap_t nodes = draw_set(recipe, hwloc_topology_get_topology_nodeset(machine));
        hwloc_topology_allow(machine, NULL, nodes, HWLOC_ALLOW_FLAG_CUSTOM);
        hwloc_bitmap_free(nodes);
        break;
    }
    case 2:
        hwloc_cpukinds_register(machine, cpus, (int)draw(recipe, 4) - 1, 0, NULL, 0);
        break;
    case 3:
        add_distances(machine, recipe);
        break;
    default:
        add_group(machine, cpus);
    }
    hwloc_bitmap_free(cpus);
}

/* Writes a value that hwloc passes on as it is over one of those in the text, so long as that. */
static void change_text(char *text, struct recipe *recipe)
{
    static const char *const names[] = {"local_memory=\"", "cache_size=\"",
                                        "value=\"",        "forced_efficiency=\"",
                                        "count=\"",        "cache_linesize=\""};
    const char *name = names[draw(recipe, sizeof names / sizeof *names)];
    char *at = text;
    for (unsigned skip = draw(recipe, 16); at && skip; skip--)
        at = strstr(at + 1, name);
    at = at ? strstr(at, name) : NULL;
    if (!at)
        return;
    for (at += strlen(name); *at != '"'; at++)
        *at = "0123456789-+x. az"[draw(recipe, 17)];
}

static void open_xml(const char *text, size_t size)
{
    char path[40];
    int file = memfd_create("topology", MFD_CLOEXEC);
    EXPECT(file >= 0 && write(file, text, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.xml = path;
    open_topology(&options);
    close(file);
}

/* The text of an XML file, which the caller frees. */
static char *save(struct recipe *recipe)
{
    hwloc_topology_t machine = build(recipe);
    for (unsigned changes = draw(recipe, 5); changes; changes--)
        change(machine, recipe);
    char *text;
    int length;
    EXPECT(hwloc_topology_export_xmlbuffer(machine, &text, &length, 0) == 0);
    char *copy = strdup(text);
    EXPECT(copy);
    hwloc_free_xmlbuffer(machine, text);
    hwloc_topology_destroy(machine);
    for (unsigned changes = draw(recipe, 5); changes; changes--)
        change_text(copy, recipe);
    return copy;
}

static void open_recipe(const uint8_t *data, size_t size)
{
    struct recipe recipe = {data, data + size};
    look_for_leaks(false);
    char *text = save(&recipe);
    look_for_leaks(true);
    open_xml(text, strlen(text));
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* To load hwloc's plugins anew takes most of the time, and they know of other things. */
    setenv("HWLOC_PLUGINS_PATH", "/nowhere", 1);
    open_synthetic(data, size);
    open_recipe(data, size);
    return 0;
}
