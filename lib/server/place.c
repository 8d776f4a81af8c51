#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server.h"

static const struct place *find(const struct place *place, const char *text)
{
    while (place && strcmp(place->text, text) != 0)
        place = place->next;
    return place;
}

/* Under the lock. */
static yoke_status add(yoke_server *server, const char *text, const struct place **place)
{
    struct place *first = atomic_load(&server->places);
    if ((*place = find(first, text)))
        return YOKE_OK;
    size_t size = strlen(text) + 1;
    struct place *new = malloc(sizeof *new + size);
    if (!new)
        return error_set(YOKE_NO_MEMORY, "no memory for a place");
    new->location = NULL;
    yoke_status status = topology_locate(server->topology, text, &new->location);
    if (status != YOKE_OK) {
        free(new);
        return status;
    }
    memcpy(new->text, text, size);
    new->next = first;
    atomic_store(&server->places, new);
    *place = new;
    return YOKE_OK;
}

yoke_status place_find(yoke_server *server, const char *text, const struct place **place)
{
    if ((*place = find(atomic_load(&server->places), text)))
        return YOKE_OK;
    /* hwloc looks at nothing but its loaded topology here, but may take some microseconds. */
    pthread_mutex_lock(&server->places_lock);
    yoke_status status = add(server, text, place);
    pthread_mutex_unlock(&server->places_lock);
    return status;
}

void place_free_all(yoke_server *server)
{
    for (struct place *place = atomic_load(&server->places), *next; place; place = next) {
        next = place->next;
        if (place->location)
            topology_location_free(place->location);
        free(place);
    }
}

bool place_has_node(const yoke_server *server, const struct place *place, unsigned node)
{
    return topology_location_has_node(server->topology, place->location, node);
}

bool place_has_number(const yoke_server *server, const struct place *place, unsigned number)
{
    return topology_location_has_worker(server->topology, place->location, number);
}
