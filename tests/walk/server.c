/* Servers: opening, resizing, asking and closing. */
#include <stdlib.h>
#include <string.h>

#include "play.h"

yoke_server *server_of(unsigned number)
{
    return atomic_load(&servers[number].server);
}

bool may_be_closed(unsigned server)
{
    return atomic_load_explicit(&servers[server].closing, memory_order_relaxed) != 0;
}

bool inside_task(const struct layer *layer)
{
    while (layer && layer->where != TASK && layer->where != PIECE)
        layer = layer->outer;
    return layer;
}

bool inside_server(const struct layer *layer, unsigned server)
{
    for (; layer; layer = layer->outer)
        if (layer->job != NO_JOB && plan.job_server[layer->job] == server)
            return true;
    return false;
}

/* ---- opening and closing --------------------------------------------------------------------- */

void open_server(unsigned number)
{
    struct server_book *book = &servers[number];
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = plan.server[number].workers;
    options.queue_capacity = plan.server[number].capacity;
    options.trace = plan.server[number].trace;
    yoke_server *server;
    if (atomic_exchange(&book->opening, true))
        return;
    yoke_status status = CALL(yoke_server_open)(&options, &server);
    REQUIRE(status == YOKE_OK, "yoke_server_open() answers %d", status);
    note_most(&book->workers_most, options.workers);
    for (unsigned i = 0; i < GROUPS; i++) {
        yoke_group *group;
        status = CALL(yoke_group_open)(server, &group);
        REQUIRE(status == YOKE_OK, "yoke_group_open() answers %d", status);
        atomic_store(&book->group[i], group);
    }
    if (plan.server[number].executor)
        open_executor(number, server);
    atomic_store(&book->server, server);
}

void close_server(unsigned number)
{
    struct server_book *book = &servers[number];
    note_first(&book->closing);
    yoke_status status = CALL(yoke_server_close)(server_of(number));
    REQUIRE(status == YOKE_OK, "yoke_server_close() answers %d", status);
    note_first(&book->closed);
    REQUIRE(!CALL(yoke_server_workers)(server_of(number)), "a closed server has workers");
}

static void close_groups(struct server_book *book)
{
    for (unsigned i = 0; i < GROUPS; i++)
        CALL(yoke_group_release)(atomic_load(&book->group[i]));
}

void release_servers(void)
{
    for (unsigned i = 0; i < plan.servers; i++) {
        struct server_book *book = &servers[i];
        if (!server_of(i))
            continue;
        if (plan.groups_first)
            close_groups(book);
        CALL(yoke_server_release)(server_of(i));
        free_executor(i);
        if (!plan.groups_first)
            close_groups(book);
    }
}

void play_open(const struct step *step, struct layer *layer)
{
    (void)layer;
    open_server(step->value % plan.servers);
}

void play_close(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    (void)layer;
    if (step->value % 4 == 0 && server_of(number))
        close_server(number);
}

/* ---- while it is open ------------------------------------------------------------------------ */

void play_resize(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers, workers = 1 + step->value % 6;
    struct server_book *book = &servers[number];
    (void)layer;
    if (!server_of(number))
        return;
    unsigned earlier = atomic_fetch_add(&book->resizes, 1);
    unsigned ended = atomic_load(&book->resized);
    note_most(&book->workers_most, workers);
    yoke_status status = CALL(yoke_server_resize)(server_of(number), workers);
    unsigned told = CALL(yoke_server_workers)(server_of(number));
    bool alone = earlier == ended && atomic_load(&book->resizes) == earlier + 1;
    atomic_fetch_add(&book->resized, 1);
    if (may_be_closed(number)) {
        REQUIRE(status == YOKE_OK || status == YOKE_CLOSED, "a resize answers %d", status);
        return;
    }
    REQUIRE(status == YOKE_OK, "a resize answers %d", status);
    REQUIRE(!alone || told == workers, "%u workers after a resize to %u", told, workers);
}

static void look_at_statistics(unsigned number)
{
    struct server_book *book = &servers[number];
    unsigned before = atomic_load_explicit(&book->ended_seen, memory_order_relaxed);
    yoke_server_statistics told = {.size = sizeof told};
    yoke_status status = CALL(yoke_server_get_statistics)(server_of(number), &told);
    REQUIRE(status == YOKE_OK, "statistics answer %d", status);
    uint64_t ended = told.done + told.failed + told.cancelled + told.timed_out + told.lost;
    REQUIRE(told.submitted == told.queued + told.running + ended, "the jobs do not add up");
    REQUIRE(ended >= before, "%u jobs had ended, and now %llu", before, (unsigned long long)ended);
    REQUIRE(told.queued <= told.submitted && told.running <= told.submitted,
            "more jobs are queued or running than were submitted");
    REQUIRE(told.workers <= atomic_load(&book->workers_most), "%u workers", told.workers);
    note_most(&book->ended_seen, (unsigned)ended);
    uint64_t begun = atomic_load(&book->adopted);
    for (unsigned job = 0; job < plan.jobs; job++)
        begun += plan.job_server[job] == number && atomic_load(&books[job].begun);
    REQUIRE(told.submitted <= begun || atomic_load(&book->has_others),
            "%llu jobs are submitted of %llu", (unsigned long long)told.submitted,
            (unsigned long long)begun);
}

static void look_at_places(yoke_server *server)
{
    yoke_place_statistics place = {.size = sizeof place};
    unsigned index = 0;
    while (CALL(yoke_server_get_place_statistics)(server, index, &place) == YOKE_OK) {
        uint64_t sum = place.done + place.failed + place.cancelled + place.timed_out + place.lost;
        REQUIRE(place.ended == sum && *place.place, "the jobs of a place do not add up");
        index++;
    }
    REQUIRE(index > 0, "a server without places");
}

static void look_at_collected(const char *key, yoke_job *handle, void *adopted)
{
    unsigned job = read_key(key);
    if (job == NO_JOB) {
        yoke_state state = CALL(yoke_job_state)(handle);
        REQUIRE(state != YOKE_STATE_FAILED && state <= YOKE_STATE_CANCELLED, "it is in state %d",
                (int)state);
        ++*(unsigned *)adopted;
    } else {
        REQUIRE(is_keyed(job) && atomic_load(&books[job].begun), "there is a job with the key %s",
                key);
        look_at_state(job, handle);
    }
    CALL(yoke_job_release)(handle);
}

static void collect(unsigned number)
{
    unsigned adopted = 0;
    yoke_status status = CALL(yoke_server_collect)(server_of(number), look_at_collected, &adopted);
    if (!plan.server[number].executor)
        REQUIRE(status == YOKE_INVALID, "a server without keys collects with %d", status);
    else
        REQUIRE(status == YOKE_OK || (status == YOKE_CLOSED && may_be_closed(number)),
                "yoke_server_collect() answers %d", status);
    REQUIRE(adopted <= 1, "%u jobs have one key", adopted);
}

static void print_statistics(yoke_server *server, bool json)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    REQUIRE(stream, "no memory");
    yoke_status status = json ? CALL(yoke_server_print_statistics_json)(server, stream)
                              : CALL(yoke_server_print_statistics)(server, stream);
    fclose(stream);
    REQUIRE(status == YOKE_OK && length > 20, "statistics print %zu bytes and answer %d", length,
            status);
    REQUIRE(!json || strstr(text, "\"submitted\": "), "no JSON: %s", text);
    free(text);
}

void play_statistics(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    (void)layer;
    if (!server_of(number))
        return;
    switch (step->value % 4) {
    case 0:
        look_at_places(server_of(number));
        collect(number);
        break;
    case 1:
        print_statistics(server_of(number), false);
        break;
    case 2:
        print_statistics(server_of(number), true);
        break;
    default:
        look_at_statistics(number);
    }
}

void play_trace(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    char *text = NULL;
    size_t length = 0;
    (void)layer;
    if (!server_of(number))
        return;
    FILE *stream = open_memstream(&text, &length);
    REQUIRE(stream, "no memory");
    yoke_status status = CALL(yoke_server_write_trace)(server_of(number), stream,
                                                       (yoke_trace_format)(step->value % 3));
    fclose(stream);
    if (plan.server[number].trace)
        REQUIRE(status == YOKE_OK && length > 0, "a trace of %zu bytes, with status %d", length,
                status);
    else
        REQUIRE(status == YOKE_INVALID, "a trace that was not asked for answers %d", status);
    free(text);
}

/* A kernel may run on an outside thread, whose callback waits for it: opening a server is a matter
 * of OpenMP's regions, and may do there. */
static bool is_on_outside_thread(const struct layer *layer)
{
    while (layer->outer)
        layer = layer->outer;
    return layer->where == THREAD;
}

static void open_inside(const struct layer *layer)
{
    yoke_server *server = NULL;
    yoke_status status = CALL(yoke_server_open)(NULL, &server);
    REQUIRE(status == YOKE_DEADLOCK || (status == YOKE_OK && is_on_outside_thread(layer)),
            "yoke_server_open() in a job answers %d", status);
    CALL(yoke_server_release)(server);
}

/* What a job may not do to its own server, nor to open another. */
void play_refused(const struct step *step, struct layer *layer)
{
    unsigned number = plan.job_server[layer->job];
    yoke_status status = YOKE_DEADLOCK;
    switch (step->value % 3) {
    case 0:
        status = CALL(yoke_server_close)(server_of(number));
        break;
    case 1:
        CALL(yoke_server_release)(server_of(number));
        break;
    default:
        if (layer->where == KERNEL)
            open_inside(layer);
    }
    REQUIRE(status == YOKE_DEADLOCK, "a job that closes its own server is answered with %d",
            status);
}
