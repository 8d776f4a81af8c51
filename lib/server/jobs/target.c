/* The list of targets of a server: see target.h. */
#include "target.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static const struct target *find(const struct target *target, const yoke_task *task)
{
    while (target &&
           (target->kernel != task->kernel || target->kernel_version != task->kernel_version ||
            !is_same(target->kernel_name, task->kernel_name) || !is_same(target->node, task->node)))
        target = target->next;
    return target;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static struct target *create(const yoke_task *task)
{
    size_t name_size = size_of(task->kernel_name), node_size = size_of(task->node);
    struct target *new = calloc(1, sizeof *new + name_size + node_size);
    if (!new)
        return NULL;
    new->kernel = task->kernel;
    new->kernel_version = task->kernel_version;
    if (name_size)
        new->kernel_name = memcpy(new->text, task->kernel_name, name_size);
    if (node_size)
        new->node = memcpy(new->text + name_size, task->node, node_size);
    return new;
}

const struct target *target_find(yoke_server *server, const yoke_task *task)
{
    const struct target *target = find(atomic_load(&server->targets), task);
    if (target)
        return target;
    pthread_mutex_lock(&server->places_lock);
    struct target *first = atomic_load(&server->targets), *new = NULL;
    target = find(first, task);
    if (!target && (new = create(task))) {
        new->next = first;
        atomic_store(&server->targets, new);
        target = new;
    }
    pthread_mutex_unlock(&server->places_lock);
    return target;
}

void target_free_all(yoke_server *server)
{
    for (struct target *target = atomic_load(&server->targets), *next; target; target = next) {
        next = target->next;
        free(target);
    }
}
