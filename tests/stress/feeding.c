/* A seeded storm over jobs that feed jobs: stress_feeding [seed] [jobs] [rounds].
 *
 * Threads submit jobs that read and write the same few cells of memory, by their addresses, in a
 * group and outside of it, some after others by name; some fail, run out of time, are cancelled
 * before or after they have begun, wait for one another, and submit further ones, while the server
 * is resized. In between there are maps, pipelines and iterators. Rounds end by closing the server,
 * with jobs still queued in every other one. The cells are plain memory: ThreadSanitizer sees two
 * jobs that are at one of them without one coming after the other, and so do the jobs themselves.
 *
 * A plain main(), as server.c. */
#define STRESS_NAME "stress_feeding"
#include "stress.h"

#include "server/server.h"
#include "yoke/group.h"
#include "yoke/map.h"
#include "yoke/task.h"

enum { SUBMITTERS = 3, CELLS = 8, HANDLES = 24, PLACES_MAX = 3, WORKERS_MAX = 5 };

/* Not atomic: whoever may look at it is alone with it, or with others that only look. */
struct cell {
    unsigned values[2]; /* the same, but while someone writes */
};

static struct cell cells[2][CELLS]; /* of jobs without a group, and with one */
static yoke_server *server;
static yoke_group *group;
static atomic_bool disturbing;
static atomic_uint jobs_left;
static atomic_ulong runs, calls, submitted;

struct deed {
    uint64_t random;
    struct cell *cells;
    unsigned read_count, write_count, depth;
    const void *read[PLACES_MAX], *written[PLACES_MAX];
};

static yoke_status submit_deed(uint64_t *random, unsigned depth, yoke_job *const *others,
                               unsigned count, yoke_job **job);

/* ---- jobs ------------------------------------------------------------------------------------ */

static void look_and_change(const struct deed *deed)
{
    for (unsigned i = 0; i < deed->write_count; i++)
        if (deed->written[i])
            ((struct cell *)deed->written[i])->values[0]++;
    for (unsigned i = 0; i < deed->read_count; i++) {
        const struct cell *cell = deed->read[i];
        bool own = false;
        for (unsigned j = 0; j < deed->write_count; j++)
            own |= deed->written[j] == cell;
        REQUIRE(!cell || own || cell->values[0] == cell->values[1]);
    }
    for (unsigned i = 0; i < deed->write_count; i++)
        if (deed->written[i])
            ((struct cell *)deed->written[i])->values[1]++;
}

/* What it submits may come after itself, and then it must not wait. */
static void submit_and_wait(uint64_t *random, unsigned depth)
{
    yoke_job *job = NULL;
    if (submit_deed(random, depth, NULL, 0, &job) != YOKE_OK)
        return;
    if (below(random, 3) == 0)
        REQUIRE(yoke_job_cancel(job) == YOKE_OK);
    yoke_status status = yoke_job_wait(job, below(random, 2) ? YOKE_FOREVER : 100000);
    REQUIRE(status == YOKE_OK || status == YOKE_TIMED_OUT || status == YOKE_DEADLOCK);
    yoke_job_release(job);
}

static yoke_status do_deed(yoke_context *context, const void *argument, void *result)
{
    const struct deed *deed = argument;
    uint64_t random = deed->random;
    unsigned char *memory = yoke_context_scratch(context, 1 + below(&random, 3000));
    (void)result;
    REQUIRE(memory);
    memory[0] = 1;
    look_and_change(deed);
    if (deed->depth)
        submit_and_wait(&random, deed->depth - 1);
    look_and_change(deed);
    REQUIRE(memory[0] == 1);
    memory[0] = 2;
    atomic_fetch_add_explicit(&runs, 1, memory_order_relaxed);
    return below(&random, 9) ? YOKE_OK : YOKE_SYSTEM;
}

static yoke_status called(yoke_job *job, void *context)
{
    (void)job, (void)context;
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    atomic_fetch_add(&progress, 1);
    return YOKE_OK;
}

static yoke_status submit_deed(uint64_t *random, unsigned depth, yoke_job *const *others,
                               unsigned count, yoke_job **job)
{
    bool grouped = below(random, 3) == 0;
    struct deed deed = {.random = next_random(random),
                        .cells = cells[grouped],
                        .read_count = below(random, PLACES_MAX + 1),
                        .write_count = below(random, PLACES_MAX + 1),
                        .depth = depth};
    for (unsigned i = 0; i < PLACES_MAX; i++) {
        deed.read[i] = below(random, 8) ? &deed.cells[below(random, CELLS)] : NULL;
        deed.written[i] = below(random, 8) ? &deed.cells[(i + below(random, 3) * 3) % CELLS] : NULL;
    }
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_deed;
    task.argument = &deed, task.argument_size = sizeof deed;
    task.reads = deed.read, task.read_count = deed.read_count;
    task.writes = deed.written, task.write_count = deed.write_count;
    task.callback = called;
    task.after = others, task.after_count = count;
    task.after_failed = (yoke_after_policy)below(random, 3);
    if (below(random, 10) == 0)
        task.deadline = 1 + below(random, 300000);
    atomic_fetch_add(&submitted, 1);
    yoke_status status =
        grouped ? yoke_group_submit(group, &task, job) : yoke_submit(server, &task, job);
    if (status != YOKE_OK)
        atomic_fetch_sub(&submitted, 1);
    REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
    return status;
}

/* ---- maps ------------------------------------------------------------------------------------ */

struct stream {
    unsigned taken, shown, count;
};

static yoke_status add_one(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(unsigned *)result = *(const unsigned *)argument + 1;
    return YOKE_OK;
}

static bool take(void *input, void *context)
{
    struct stream *stream = context;
    *(unsigned *)input = stream->taken;
    return stream->taken < stream->count && ++stream->taken;
}

static bool show(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    REQUIRE(item->index == stream->shown++);
    REQUIRE(item->status != YOKE_OK || *(const unsigned *)item->output == item->index + 1);
    return true;
}

static yoke_status iterate(struct stream *stream, const yoke_map_options *options)
{
    yoke_map_iterator *iterator;
    const yoke_item *item = NULL;
    yoke_status status = yoke_map_iterator_open(server, take, add_one, stream, sizeof(unsigned),
                                                sizeof(unsigned), options, &iterator);
    if (status != YOKE_OK)
        return status;
    while ((status = yoke_map_iterator_next(iterator, &item)) == YOKE_OK && item)
        show(item, stream);
    yoke_map_iterator_release(iterator);
    return status;
}

static void map(uint64_t *random)
{
    struct stream stream = {.count = below(random, 60)};
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.place = below(random, 2) ? "all" : NULL;
    options.window = below(random, 6);
    yoke_status status = below(random, 2)
                             ? iterate(&stream, &options)
                             : yoke_pipeline(server, take, add_one, show, &stream, sizeof(unsigned),
                                             sizeof(unsigned), &options);
    REQUIRE(status == YOKE_CLOSED || (status == YOKE_OK && stream.shown == stream.count));
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void give_back(yoke_job **job, uint64_t *random)
{
    if (*job && below(random, 3) == 0)
        REQUIRE(yoke_job_cancel(*job) == YOKE_OK);
    yoke_job_release(*job);
    *job = NULL;
}

static void *submit_many(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    yoke_job *handles[HANDLES] = {NULL};
    yoke_status status = YOKE_OK;
    for (unsigned left; status == YOKE_OK && (left = atomic_load(&jobs_left));) {
        if (!atomic_compare_exchange_strong(&jobs_left, &left, left - 1))
            continue;
        yoke_job **job = &handles[below(&random, HANDLES)];
        give_back(job, &random);
        yoke_job *other = handles[below(&random, HANDLES)];
        bool named = other && below(&random, 6) == 0;
        status = submit_deed(&random, below(&random, 4) == 0, &other, named, job);
        if (below(&random, 200) == 0)
            map(&random);
    }
    for (unsigned i = 0; i < HANDLES; i++)
        give_back(&handles[i], &random);
    return NULL;
}

static void *disturb(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    while (atomic_load(&disturbing)) {
        yoke_status status = yoke_server_resize(server, 1 + below(&random, WORKERS_MAX));
        REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
        if (below(&random, 8) == 0)
            REQUIRE(yoke_group_cancel(group) == YOKE_OK);
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return NULL;
}

static void check_rest(void)
{
    for (unsigned i = 0; i < 2 * CELLS; i++)
        REQUIRE(cells[i / CELLS][i % CELLS].values[0] == cells[i / CELLS][i % CELLS].values[1]);
    REQUIRE(atomic_load(&calls) == atomic_load(&submitted));
    REQUIRE(server->addresses.count == 0);
}

static uint64_t run_round(uint64_t *random, unsigned jobs, bool close_early)
{
    pthread_t threads[SUBMITTERS + 1];
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    uint64_t before = atomic_load(&submitted);
    options.workers = 1 + below(random, WORKERS_MAX);
    REQUIRE(yoke_server_open(&options, &server) == YOKE_OK);
    REQUIRE(yoke_group_open(server, &group) == YOKE_OK);
    atomic_store(&jobs_left, jobs);
    atomic_store(&disturbing, true);
    for (unsigned i = 0; i <= SUBMITTERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, i < SUBMITTERS ? submit_many : disturb,
                               (void *)(uintptr_t)next_random(random)) == 0);
    while (close_early && atomic_load(&jobs_left) > jobs / 4)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    if (close_early)
        REQUIRE(yoke_server_close(server) == YOKE_OK);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&disturbing, false);
    pthread_join(threads[SUBMITTERS], NULL);
    if (!close_early)
        REQUIRE(yoke_server_wait(server, YOKE_FOREVER) == YOKE_OK);
    check_rest();
    yoke_group_release(group);
    yoke_server_release(server);
    return atomic_load(&submitted) - before;
}

int main(int count, char **arguments)
{
    stress_run(count, arguments, run_round, "called back once, alone with what it wrote");
    return 0;
}
