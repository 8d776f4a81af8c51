/* Reads hwloc's location strings, the words of hwloc-calc and hwloc-bind: "numa:1", "core:0-3",
 * "package:0.core:all", "pu:1,3", "all"; several, separated by spaces, are all of them together.
 * hwloc has a reader for these only in its programs, not in its library. */
#include "location.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "bind.h"
#include "snapshot.h"

struct location {
    hwloc_bitmap_t cpus;
};

/* As long as a type's name may be: hwloc's longest is "MemCache". */
enum { TYPE_SIZE = 24 };

/* The indexes of one part: from `first` to `last` in steps of `step`. */
struct range {
    unsigned first, last, step;
};

/* Reads one of "all", "odd", "even", "N", "N-M", "N-", "N:COUNT" at `*text` and moves on. `count`
 * objects are there to choose from. */
static bool read_range(const char **text, unsigned count, struct range *range)
{
    static const struct {
        const char *word;
        unsigned first, step;
    } words[] = {{"all", 0, 1}, {"odd", 1, 2}, {"even", 0, 2}};
    for (int i = 0; i < 3; i++)
        if (strncmp(*text, words[i].word, strlen(words[i].word)) == 0) {
            *range = (struct range){words[i].first, count - 1, words[i].step};
            *text += strlen(words[i].word);
            return count > words[i].first;
        }
    if (!isdigit((unsigned char)**text))
        return false;
    char *end;
    unsigned long first = strtoul(*text, &end, 10), last = first;
    if (*end == '-') {
        const char *second = end + 1;
        last = isdigit((unsigned char)*second) ? strtoul(second, &end, 10) : count - 1;
        end = isdigit((unsigned char)*second) ? end : (char *)second;
    } else if (*end == ':' && isdigit((unsigned char)end[1])) {
        last = first + strtoul(end + 1, &end, 10) - 1;
    }
    *text = end;
    *range = (struct range){(unsigned)first, (unsigned)last, 1};
    return first <= last && last < count;
}

/* "TYPE:" at `*text`; moves on. */
static bool read_type(const char **text, hwloc_obj_type_t *type)
{
    char name[TYPE_SIZE];
    size_t length = strcspn(*text, ":. ");
    if ((*text)[length] != ':' || length >= sizeof name)
        return false;
    memcpy(name, *text, length);
    name[length] = '\0';
    *text += length + 1;
    if (strcmp(name, "node") == 0) /* hwloc's word before version 2 */
        *type = HWLOC_OBJ_NUMANODE;
    else if (hwloc_type_sscanf(name, type, NULL, 0))
        return false;
    return true;
}

/* Whether it lies inside another, by its memory as well: by processors alone a node without any,
 * and an object that is in the tree only for its memory, would lie inside everything. */
static bool lies_inside(hwloc_obj_t object, hwloc_obj_t other)
{
    return object->cpuset && hwloc_bitmap_isincluded(object->cpuset, other->cpuset) &&
           hwloc_bitmap_isincluded(object->nodeset, other->nodeset);
}

/* The object with this index among those of a type inside another one, or NULL. */
static hwloc_obj_t find_inside(hwloc_topology_t hwloc, hwloc_obj_t other, hwloc_obj_type_t type,
                               unsigned index)
{
    hwloc_obj_t object = NULL;
    while ((object = hwloc_get_next_obj_by_type(hwloc, type, object)))
        if (lies_inside(object, other) && index-- == 0)
            break;
    return object;
}

static unsigned count_inside(hwloc_topology_t hwloc, hwloc_obj_t other, hwloc_obj_type_t type)
{
    unsigned count = 0;
    hwloc_obj_t object = NULL;
    while ((object = hwloc_get_next_obj_by_type(hwloc, type, object)))
        count += lies_inside(object, other);
    return count;
}

static bool read_part(const yoke_topology *topology, const char **text, hwloc_obj_t inside,
                      hwloc_bitmap_t cpus);

/* What follows the index of one object: the rest of the path, or nothing. */
static bool add_object(const yoke_topology *topology, const char **text, hwloc_obj_t object,
                       hwloc_bitmap_t cpus)
{
    if (**text != '.')
        return hwloc_bitmap_or(cpus, cpus, object->cpuset) == 0;
    ++*text;
    return read_part(topology, text, object, cpus);
}

/* "TYPE:INDEXES" and what follows, among the objects inside another one. */
static bool read_part(const yoke_topology *topology, const char **text, hwloc_obj_t inside,
                      hwloc_bitmap_t cpus)
{
    hwloc_obj_type_t type;
    if (!read_type(text, &type))
        return false;
    unsigned count = count_inside(topology->hwloc, inside, type);
    do {
        struct range range;
        if (!count || !read_range(text, count, &range))
            return false;
        const char *rest = *text;
        for (unsigned i = range.first; i <= range.last; i += range.step) {
            *text = rest; /* the same path follows for each object of the range */
            hwloc_obj_t object = find_inside(topology->hwloc, inside, type, i);
            if (!object || !add_object(topology, text, object, cpus))
                return false;
        }
    } while (**text == ',' && ++*text);
    return true;
}

static bool read_all(const yoke_topology *topology, const char *text, hwloc_bitmap_t cpus)
{
    hwloc_obj_t machine = hwloc_get_root_obj(topology->hwloc);
    static const char *const whole[] = {"all", "root", "machine:0", "machine"};
    do {
        text += strspn(text, " ");
        size_t length = strcspn(text, " ");
        bool all = false;
        for (int i = 0; i < 4 && !all; i++)
            all = strlen(whole[i]) == length && strncmp(text, whole[i], length) == 0;
        if (all ? hwloc_bitmap_or(cpus, cpus, machine->cpuset) != 0
                : !read_part(topology, &text, machine, cpus))
            return false;
        text += all ? length : 0;
        if (*text && *text != ' ')
            return false;
        text += strspn(text, " ");
    } while (*text);
    return true;
}

static yoke_status refuse(const yoke_topology *topology, const char *text)
{
    const yoke_topology_counts *counts = &topology->counts;
    return error_set(
        YOKE_INVALID,
        "there is no usable place \"%.60s\"; write \"all\", \"numa:0\" to \"numa:%u\", "
        "\"core:0\" to \"core:%u\", \"pu:0\" to \"pu:%u\", or a range or path such as "
        "\"core:0-1\" or \"numa:0.core:1\" (%u of %u cores are usable)",
        text, counts->nodes ? counts->nodes - 1 : 0, counts->cores - 1, counts->pus - 1,
        counts->usable_cores, counts->cores);
}

yoke_status location_find(const yoke_topology *topology, const char *text,
                          struct location **location)
{
    struct location *new = malloc(sizeof *new);
    hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    if (!new || !cpus) {
        free(new);
        hwloc_bitmap_free(cpus);
        return error_set(YOKE_NO_MEMORY, "no memory for a place");
    }
    new->cpus = cpus;
    /* strtoul() tells only through errno that a number was too large. */
    errno = 0;
    bool known = read_all(topology, text, cpus) && !errno;
    if (known && !hwloc_bitmap_and(cpus, cpus, topology->usable) && !hwloc_bitmap_iszero(cpus)) {
        *location = new;
        return YOKE_OK;
    }
    location_free(new);
    return refuse(topology, text);
}

yoke_status location_restrict(yoke_topology *topology, const char *text)
{
    struct location *location = NULL;
    yoke_status status = location_find(topology, text, &location);
    if (!location)
        return status;
    hwloc_bitmap_free(topology->usable);
    topology->usable = location->cpus;
    free(location);
    return YOKE_OK;
}

void location_free(struct location *location)
{
    hwloc_bitmap_free(location->cpus);
    free(location);
}

bool location_has_node(const yoke_topology *topology, const struct location *location,
                       unsigned node)
{
    for (unsigned i = 0; i < topology->counts.usable_cores; i++)
        if (topology->cores[i].node == node &&
            hwloc_bitmap_intersects(topology->cores[i].object->cpuset, location->cpus))
            return true;
    return false;
}

bool location_has_worker(const yoke_topology *topology, const struct location *location,
                         unsigned worker)
{
    const struct plan_place *place = &topology->places[worker % topology->place_count];
    return hwloc_bitmap_isincluded(place->cpus, location->cpus);
}

yoke_status location_bind(const yoke_topology *topology, const struct location *location)
{
    if (!bind_is_on(topology))
        return YOKE_OK;
    if (hwloc_set_cpubind(topology->hwloc, location->cpus,
                          HWLOC_CPUBIND_THREAD | HWLOC_CPUBIND_NOMEMBIND))
        return error_set(YOKE_SYSTEM, "cannot bind a worker to a job's place: %s", strerror(errno));
    return YOKE_OK;
}

void location_bind_memory(const yoke_topology *topology, const struct location *location,
                          void *memory, size_t size)
{
    if (bind_is_on(topology))
        hwloc_set_area_membind(topology->hwloc, memory, size, location->cpus, HWLOC_MEMBIND_BIND,
                               0);
}
