/* Chooses the objects that a drawing shows and writes their titles: see boxes.h. hwloc's tree also
 * has objects that tell a reader nothing, such as a cache of a single core. */
#include "boxes.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "snapshot.h"

bool boxes_is_core(hwloc_obj_t object)
{
    return object->type == HWLOC_OBJ_CORE || object->type == HWLOC_OBJ_PU;
}

/* Caches of one core say nothing of how cores hang together: only those with several are boxes. */
static bool has_box(hwloc_obj_t object)
{
    if (boxes_is_core(object) || object->memory_arity)
        return true;
    if (object->type == HWLOC_OBJ_PACKAGE || object->type == TOPOLOGY_DIE)
        return true;
    if (!hwloc_obj_type_is_dcache(object->type))
        return false;
    /* hwloc puts groups and further caches between a cache and its cores: the first object with
     * several children tells whether there are several cores. */
    while (object && !boxes_is_core(object) && object->arity < 2)
        object = object->first_child;
    return object && !boxes_is_core(object);
}

/* The next object in depth-first order that is not below `object`; NULL at the end of `within`. */
static hwloc_obj_t behind(hwloc_obj_t object, hwloc_obj_t within)
{
    while (object != within && !object->next_sibling)
        object = object->parent;
    return object == within ? NULL : object->next_sibling;
}

hwloc_obj_t boxes_next(hwloc_obj_t within, hwloc_obj_t box)
{
    hwloc_obj_t object = box ? behind(box, within) : within->first_child;
    while (object && !has_box(object))
        object = object->first_child ? object->first_child : behind(object, within);
    return object;
}

static void append(char text[BOX_TITLE_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append(char text[BOX_TITLE_SIZE], const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, BOX_TITLE_SIZE - length, format, arguments);
    va_end(arguments);
}

static void append_size(char text[BOX_TITLE_SIZE], hwloc_uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    double size = (double)bytes / 1024;
    for (; size >= 1024 && unit < 3; unit++)
        size /= 1024;
    char number[16];
    decimal_text(number, sizeof number, size < 9.95 && size != (int)size ? "%.1f" : "%.0f", size);
    append(text, "%s %s", number, units[unit]);
}

void boxes_title(hwloc_obj_t box, char text[BOX_TITLE_SIZE])
{
    text[0] = '\0';
    if (box->type == HWLOC_OBJ_MACHINE)
        append(text, "machine");
    else if (box->type == HWLOC_OBJ_PACKAGE)
        append(text, "package %u", box->logical_index);
    else if (box->type == TOPOLOGY_DIE)
        append(text, "die %u", box->logical_index);
    else if (hwloc_obj_type_is_dcache(box->type)) {
        append(text, "L%u ", box->attr->cache.depth);
        append_size(text, box->attr->cache.size);
    }
    /* A memory-side cache may stand between the box and its NUMA node. */
    for (hwloc_obj_t memory = box->memory_first_child; memory; memory = memory->next_sibling) {
        hwloc_obj_t node = memory;
        while (node && node->type != HWLOC_OBJ_NUMANODE)
            node = node->memory_first_child;
        if (!node)
            continue;
        append(text, "%sNUMA node %u", *text ? ", " : "", node->logical_index);
        if (node->attr->numanode.local_memory) {
            append(text, " (");
            append_size(text, node->attr->numanode.local_memory);
            append(text, ")");
        }
    }
}
