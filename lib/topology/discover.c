/* Loads the machine with hwloc, or a description of one, and finds the cores in it that this
 * process may use: what the affinity mask and the cgroup allow, or the places that OpenMP was
 * given. */
#include "discover.h"

#include <errno.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "kinds.h"
#include "location.h"
#include "policy.h"
#include "snapshot.h"

static yoke_status no_memory(void)
{
    return error_set(YOKE_NO_MEMORY, "no memory to read the topology of the machine");
}

/* The version in a file that hwloc saved, such as "3.0"; "" where there is none. It stands in the
 * first lines, so that a kilobyte is enough. */
static void read_xml_version(const char *path, char version[16])
{
    static const char before[] = "<topology version=\"";
    char text[1024];
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = '\0';
    const char *found = strstr(text, before);
    found = found ? found + strlen(before) : "";
    snprintf(version, 16, "%.*s", (int)strspn(found, "0123456789."), found);
}

static yoke_status refused_xml(const char *path)
{
    int problem = errno; /* reading the version changes it */
    char version[16];
    unsigned here = hwloc_get_api_version() >> 16;
    read_xml_version(path, version);
    if (strtoul(version, NULL, 10) > here)
        return error_set(YOKE_INVALID,
                         "%.200s was saved by hwloc %s, and the hwloc here reads version %u: save "
                         "it with `lstopo --export-xml-flags v%u FILE.xml`",
                         path, version, here, here);
    return error_set(YOKE_INVALID,
                     "cannot read a topology from %.200s (%s): save one with `lstopo FILE.xml`",
                     path, strerror(problem));
}

/* Whether a bad description is noticed when it is set or when it is loaded depends on the plugins
 * that hwloc finds, so both answer alike. */
static yoke_status refused(const yoke_topology_options *options)
{
    if (errno == ENOMEM)
        return no_memory();
    if (options->synthetic)
        return error_set(YOKE_INVALID,
                         "hwloc does not understand the topology \"%.80s\": write one such as "
                         "\"numa:2 core:4 pu:1\"",
                         options->synthetic);
    if (options->xml)
        return refused_xml(options->xml);
    return error_set(YOKE_SYSTEM, "hwloc cannot load the topology (%s): try `lstopo` to see why",
                     strerror(errno));
}

static yoke_status load(yoke_topology *topology, const yoke_topology_options *options)
{
    hwloc_topology_t hwloc;
    if (options->xml && file_is_device(options->xml))
        return error_set(YOKE_INVALID,
                         "%.200s is a device and no file: save a topology with `lstopo FILE.xml`",
                         options->xml);
    if (hwloc_topology_init(&hwloc))
        return no_memory();
    topology->hwloc = hwloc;
    if ((options->synthetic && hwloc_topology_set_synthetic(hwloc, options->synthetic)) ||
        (options->xml && hwloc_topology_set_xml(hwloc, options->xml)))
        return refused(options);
    /* The machine is loaded whole, not restricted to the affinity mask: restricting renumbers what
     * is left, and then our "core:3" would not be the one of lstopo and hwloc-bind. And loading
     * must not move the calling thread from processor to processor, not even for a moment. */
    if (hwloc_topology_set_flags(hwloc, TOPOLOGY_KEEPS_BINDING) || hwloc_topology_load(hwloc))
        return refused(options);
    topology->here = !options->synthetic && !options->xml && hwloc_topology_is_thissystem(hwloc);
    /* OpenMP answers "false" also where nobody has told it to bind. */
    topology->openmp_binds = topology->here && omp_get_proc_bind() != omp_proc_bind_false;
    return YOKE_OK;
}

/* When OpenMP binds, the calling thread may already sit on the first place alone, so that its
 * affinity mask no longer tells what the process may use; the places do. */
static bool read_openmp_places(hwloc_bitmap_t mask)
{
    for (int place = 0; place < omp_get_num_places(); place++) {
        int count = omp_get_place_num_procs(place);
        /* One more, as calloc(0) may answer NULL for an empty place. */
        int *processors = calloc((size_t)count + 1, sizeof *processors);
        if (!processors)
            return false;
        omp_get_place_proc_ids(place, processors);
        bool kept = true;
        for (int i = 0; i < count; i++)
            kept = kept && !hwloc_bitmap_set(mask, (unsigned)processors[i]);
        free(processors);
        if (!kept)
            return false;
    }
    return true;
}

/* The mask of the calling thread: the one that nproc and OpenMP go by, and that the threads which
 * a server starts inherit. */
static yoke_status read_mask(const yoke_topology *topology, hwloc_bitmap_t mask)
{
    if (topology->openmp_binds)
        return read_openmp_places(mask) ? YOKE_OK : no_memory();
    if (!hwloc_get_cpubind(topology->hwloc, mask, HWLOC_CPUBIND_THREAD))
        return YOKE_OK;
    if (errno == ENOSYS) { /* a system without affinity masks allows everything */
        hwloc_bitmap_fill(mask);
        return YOKE_OK;
    }
    return errno == ENOMEM
               ? no_memory()
               : error_set(YOKE_SYSTEM, "cannot read the affinity mask: %s", strerror(errno));
}

static yoke_status find_usable(yoke_topology *topology)
{
    topology->usable = hwloc_bitmap_dup(hwloc_topology_get_allowed_cpuset(topology->hwloc));
    if (!topology->usable)
        return no_memory();
    if (!topology->here)
        return YOKE_OK;
    hwloc_bitmap_t mask = hwloc_bitmap_alloc();
    if (!mask)
        return no_memory();
    yoke_status status = read_mask(topology, mask);
    if (!status && hwloc_bitmap_and(topology->usable, topology->usable, mask))
        status = no_memory();
    hwloc_bitmap_free(mask);
    return status;
}

/* Memory may be attached above the core (or above a whole package), and several nodes may be
 * attached to one object: the first is its ordinary memory. */
static unsigned nearest_node(hwloc_obj_t object)
{
    while (object && !object->memory_first_child)
        object = object->parent;
    object = object ? object->memory_first_child : NULL;
    while (object && object->type != HWLOC_OBJ_NUMANODE)
        object = object->memory_first_child;
    return object ? object->logical_index : 0;
}

/* The PUs of one core follow each other in logical order, so that one pass finds the cores. */
static void find_cores(yoke_topology *topology)
{
    yoke_topology_counts *counts = &topology->counts;
    counts->cores = counts->usable_cores = counts->usable_pus = 0;
    hwloc_obj_t latest = NULL, latest_usable = NULL;
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_by_type(topology->hwloc, HWLOC_OBJ_PU, pu))) {
        hwloc_obj_t core = hwloc_get_ancestor_obj_by_type(topology->hwloc, HWLOC_OBJ_CORE, pu);
        if (!core)
            core = pu;
        counts->cores += core != latest;
        latest = core;
        if (!hwloc_bitmap_isset(topology->usable, pu->os_index))
            continue;
        if (core != latest_usable) {
            topology->cores[counts->usable_cores++] =
                (struct core){.object = core,
                              .first_pu = pu->logical_index,
                              .node = nearest_node(core),
                              .efficiency = kinds_efficiency(topology->hwloc, core)};
            latest_usable = core;
        }
        topology->cores[counts->usable_cores - 1].pus++;
        counts->usable_pus++;
    }
}

/* Renumbers the nodes of the cores densely, in the order of their logical indexes: the server keeps
 * an array of schedulers by node, and nodes of memory alone would be holes in it. */
static yoke_status number_nodes(yoke_topology *topology)
{
    yoke_topology_counts *counts = &topology->counts;
    size_t total = counts->nodes ? counts->nodes : 1;
    unsigned *dense = calloc(total, sizeof *dense);
    topology->nodes = calloc(total, sizeof *topology->nodes);
    if (!dense || !topology->nodes) {
        free(dense);
        return no_memory();
    }
    for (unsigned i = 0; i < counts->usable_cores; i++)
        dense[topology->cores[i].node] = 1;
    for (unsigned node = 0; node < total; node++)
        if (dense[node]) {
            dense[node] = counts->usable_nodes;
            topology->nodes[counts->usable_nodes++] = node;
        }
    for (unsigned i = 0; i < counts->usable_cores; i++)
        topology->cores[i].node = dense[topology->cores[i].node];
    free(dense);
    return YOKE_OK;
}

static unsigned count(hwloc_topology_t hwloc, hwloc_obj_type_t type)
{
    int number = hwloc_get_nbobjs_by_type(hwloc, type);
    return number > 0 ? (unsigned)number : 0;
}

yoke_status discover_machine(yoke_topology *topology, const yoke_topology_options *options)
{
    yoke_status status = load(topology, options);
    if (!status)
        status = find_usable(topology);
    if (status)
        return status;
    topology->counts.nodes = count(topology->hwloc, HWLOC_OBJ_NUMANODE);
    topology->counts.packages = count(topology->hwloc, HWLOC_OBJ_PACKAGE);
    topology->counts.pus = count(topology->hwloc, HWLOC_OBJ_PU);
    /* Room for a core per PU: there are never more, and where hwloc knows no cores each PU is one.
     */
    topology->cores = calloc(topology->counts.pus, sizeof *topology->cores);
    if (!topology->cores)
        return no_memory();
    find_cores(topology);
    /* The list is read among the usable cores, so these must be known; then only those in it are.
     */
    if (policy_is_list(options->bind)) {
        status = location_restrict(topology, options->bind);
        if (status)
            return status;
        find_cores(topology);
    }
    if (!topology->counts.usable_cores)
        return error_set(YOKE_SYSTEM, "hwloc shows none of the processors that this process may "
                                      "use: compare `lstopo` with `taskset -p $$`");
    return number_nodes(topology);
}
