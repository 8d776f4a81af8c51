/* The table of addresses that jobs read and write: finds whom a new job comes after. See
 * addresses.h. */
#include "addresses.h"

#include <stdlib.h>

#include "after.h"
#include "base/delay.h"
#include "base/error.h"
#include "queue.h"
#include "server/server.h"
#include "yoke/group.h"

/* Lists by hash at first, enough for the tiles of a small matrix: half a KiB. The number doubles
 * when there are more addresses, and falls back when there are none any more. */
enum { ROOM_LEAST = 64 };

struct address {
    const void *place;
    const yoke_group *group; /* only its address counts: it may be gone */
    struct access *writer;   /* the latest that has not passed, or NULL */
    struct access *readers;  /* since then, the latest first */
    struct address *next;    /* of the same hash */
};

/* A job's use of an address, in the memory of its dependencies. */
struct access {
    yoke_job *job;
    struct address *address; /* NULL: not in the table, or replaced by a later writer */
    struct access *next, *previous;
};

/* Its multiplier is the golden ratio's: neighbours, tiles of a matrix for instance, come far apart.
 */
static size_t hash(const struct address_table *table, const void *place, const yoke_group *group)
{
    uint64_t mixed = ((uint64_t)(uintptr_t)place ^ (uint64_t)(uintptr_t)group << 7) *
                     UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (table->room - 1);
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* Without memory for more lists these become longer. */
static bool make_room(struct address_table *table)
{
    if (table->room && table->count < table->room)
        return true;
    struct address_table wider = {.room = table->room ? 2 * table->room : ROOM_LEAST};
    wider.heads = calloc(wider.room, sizeof(struct address *));
    if (!wider.heads)
        return table->room;
    for (size_t i = 0; i < table->room; i++)
        for (struct address *address = table->heads[i], *next; address; address = next) {
            next = address->next;
            struct address **head = &wider.heads[hash(&wider, address->place, address->group)];
            address->next = *head;
            *head = address;
        }
    free(table->heads);
    table->heads = wider.heads;
    table->room = wider.room;
    return true;
}

/* NULL when there is no memory for a new one. */
static struct address *find(struct address_table *table, const void *place, const yoke_group *group)
{
    if (!make_room(table))
        return NULL;
    struct address **head = &table->heads[hash(table, place, group)];
    for (struct address *address = *head; address; address = address->next)
        if (address->place == place && address->group == group)
            return address;
    struct address *new = malloc(sizeof *new);
    if (!new)
        return NULL;
    *new = (struct address){.place = place, .group = group, .next = *head};
    *head = new;
    table->count++;
    return new;
}

static void forget_if_unused(struct address_table *table, struct address *address)
{
    if (address->writer || address->readers)
        return;
    struct address **link = &table->heads[hash(table, address->place, address->group)];
    while (*link != address)
        link = &(*link)->next;
    *link = address->next;
    free(address);
    if (--table->count == 0 && table->room > ROOM_LEAST)
        addresses_free(table);
}

void addresses_free(struct address_table *table)
{
    free(table->heads);
    table->heads = NULL;
    table->room = 0;
}

/* ---- whom a job comes after ------------------------------------------------------------------ */

/* A task whose addresses are looked up; NULL among them stands for none. */
struct lookup {
    struct address_table *table;
    const yoke_task *task;
    const yoke_group *group;
    struct address **written, **read; /* as the task has them */
};

static size_t count_users(const struct address *address, bool write)
{
    size_t count = address->writer != NULL;
    for (const struct access *reader = address->readers; write && reader; reader = reader->next)
        count++;
    return count;
}

/* Finds `count` addresses, and counts those that use them and that the job comes after. */
static bool find_all(const struct lookup *lookup, const void *const *places, size_t count,
                     struct address **found, size_t *users)
{
    bool write = found == lookup->written;
    for (size_t i = 0; i < count; i++) {
        found[i] = places[i] ? find(lookup->table, places[i], lookup->group) : NULL;
        if (places[i] && !found[i])
            return false;
        *users += found[i] ? count_users(found[i], write) : 0;
    }
    return true;
}

static void forget_all(const struct lookup *lookup)
{
    size_t count = lookup->task->write_count + lookup->task->read_count;
    for (size_t i = 0; i < count; i++) {
        struct address *address = lookup->written[i];
        /* The same one may be named twice. */
        for (size_t j = i + 1; j < count; j++)
            if (lookup->written[j] == address)
                lookup->written[j] = NULL;
        if (address)
            forget_if_unused(lookup->table, address);
    }
}

static void take_out(struct address *address, struct access *access)
{
    if (access == address->writer) {
        address->writer = NULL;
    } else {
        *(access->previous ? &access->previous->next : &address->readers) = access->next;
        if (access->next)
            access->next->previous = access->previous;
    }
    access->address = NULL;
}

static void enter_writer(struct after *after, struct address *address, struct access *access)
{
    if (address->writer && address->writer->job == access->job)
        return; /* named twice */
    while (address->readers) {
        after_add(after, access->job, address->readers->job);
        take_out(address, address->readers);
    }
    if (address->writer) {
        after_add(after, access->job, address->writer->job);
        take_out(address, address->writer);
    }
    access->address = address;
    address->writer = access;
}

static void enter_reader(struct after *after, struct address *address, struct access *access)
{
    const struct access *latest = address->readers;
    if ((address->writer && address->writer->job == access->job) ||
        (latest && latest->job == access->job))
        return; /* it writes there, too, or is named twice */
    if (address->writer)
        after_add(after, access->job, address->writer->job);
    access->address = address;
    access->next = address->readers;
    access->previous = NULL;
    if (access->next)
        access->next->previous = access;
    address->readers = access;
}

/* What is written comes first: see enter_reader(). */
static void enter_all(const struct lookup *lookup, yoke_job *job)
{
    struct after *after = job_extras(job)->after;
    size_t written = lookup->task->write_count, count = written + lookup->task->read_count;
    for (size_t i = 0; i < count; i++) {
        struct access *access = &after->accesses[i];
        *access = (struct access){.job = job};
        if (lookup->written[i])
            (i < written ? enter_writer : enter_reader)(after, lookup->written[i], access);
    }
}

/* ---- for jobs -------------------------------------------------------------------------------- */

yoke_status addresses_check(const yoke_task *task)
{
    if ((task->read_count && !task->reads) || (task->write_count && !task->writes))
        return error_set(YOKE_INVALID,
                         "task.reads or task.writes is NULL, but task.read_count is %zu and "
                         "task.write_count %zu",
                         task->read_count, task->write_count);
    /* A slip such as -1, before any of them is read; and the sum of both cannot overflow. */
    const size_t most = PTRDIFF_MAX / sizeof(struct access) / 4;
    if (task->read_count > most || task->write_count > most)
        return error_set(YOKE_INVALID,
                         "task.read_count is %zu and task.write_count %zu, more than an array can "
                         "hold",
                         task->read_count, task->write_count);
    return YOKE_OK;
}

static bool prepare(const struct lookup *lookup, yoke_job *job)
{
    const yoke_task *task = lookup->task;
    size_t users = 0, count = task->write_count + task->read_count;
    return find_all(lookup, task->writes, task->write_count, lookup->written, &users) &&
           find_all(lookup, task->reads, task->read_count, lookup->read, &users) &&
           after_prepare(job, task, users, count * sizeof(struct access));
}

static yoke_status push(const struct lookup *lookup, yoke_job *job)
{
    struct queue *dependent = &job->server->dependent;
    if (!prepare(lookup, job)) {
        forget_all(lookup);
        return YOKE_NO_MEMORY;
    }
    /* From here on it may end before its turn, but it cannot pass before its submission has counted
     * down what it is missing. */
    if (queue_push(dependent, job) == QUEUE_CLOSED) {
        forget_all(lookup);
        return YOKE_CLOSED;
    }
    enter_all(lookup, job);
    return YOKE_OK;
}

yoke_status addresses_push(yoke_job *job, const yoke_task *task)
{
    size_t count = task->write_count + task->read_count;
    struct address **found = calloc(count, sizeof(struct address *));
    if (!found)
        return YOKE_NO_MEMORY;
    struct address_table *table = &job->server->addresses;
    const struct lookup lookup = {table, task, job_extras(job)->group, found,
                                  found + task->write_count};
    lock_take(&table->lock);
    yoke_status status = push(&lookup, job);
    lock_give(&table->lock);
    free(found);
    return status;
}

void addresses_leave(yoke_job *job)
{
    struct after *after = job_extras(job)->after;
    struct address_table *table = &job->server->addresses;
    size_t count = after->accesses_size / sizeof(struct access);
    delay_here();
    lock_take(&table->lock);
    for (size_t i = 0; i < count; i++) {
        struct address *address = after->accesses[i].address;
        if (!address)
            continue;
        take_out(address, &after->accesses[i]);
        forget_if_unused(table, address);
    }
    lock_give(&table->lock);
}
