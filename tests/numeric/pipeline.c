/* Pipelines and iterators: items one by one, in order, and never too many under way. */
#include <pthread.h>

#include "random.h"
#include "with_server.h"
#include "yoke/map.h"
#include "yoke/task.h"

enum { WAYS = 6 };

struct input {
    uint64_t number;
    unsigned char filler[100];
};

struct output {
    uint64_t number, sum;
};

/* What a stream has seen so far. */
struct stream {
    uint64_t count, taken, shown; /* items in all, from the source, to the sink */
    uint64_t window, random;
    uint64_t stop_at; /* items shown */
    atomic_int at_source, at_sink;
};

static bool take(void *input, void *context)
{
    struct stream *stream = context;
    struct input *next = input;
    cr_assert_eq(atomic_fetch_add(&stream->at_source, 1), 0, "two threads are at the source");
    bool more = stream->taken < stream->count;
    if (more) {
        next->number = stream->taken++;
        memset(next->filler, (int)next->number, sizeof next->filler);
    }
    if (random_below(&stream->random, 20) == 0)
        nap(50000);
    atomic_fetch_sub(&stream->at_source, 1);
    return more;
}

/* Uneven, and every tenth item fails. */
static yoke_status work(yoke_context *context, const void *argument, void *result)
{
    const struct input *input = argument;
    struct output *output = result;
    cr_assert(output->number == 0 && output->sum == 0);
    output->number = input->number;
    for (size_t i = 0; i < sizeof input->filler; i++)
        output->sum += input->filler[i];
    if (input->number % 13 == 0)
        nap(30000);
    if (input->number % 10 == 4)
        return yoke_context_fail(context, YOKE_OVERFLOW, "item %u", (unsigned)input->number);
    return YOKE_OK;
}

static void check_item(struct stream *stream, const yoke_item *item)
{
    const struct input *input = item->input;
    const struct output *output = item->output;
    char message[32] = "";
    cr_assert_eq(item->index, stream->shown++);
    cr_assert_eq(item->ended, stream->shown);
    cr_assert_eq(input->number, item->index);
    if (item->index % 10 == 4)
        snprintf(message, sizeof message, "item %u", (unsigned)item->index);
    cr_assert_str_eq(item->message, message);
    cr_assert_eq(item->status, item->index % 10 == 4 ? YOKE_OVERFLOW : YOKE_OK);
    if (item->status == YOKE_OK)
        cr_assert(output->number == item->index &&
                  output->sum == 100 * (uint64_t)(unsigned char)item->index);
}

static bool show(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    cr_assert_eq(atomic_fetch_add(&stream->at_sink, 1), 0, "two threads are at the sink");
    check_item(stream, item);
    if (item->index % 17 == 0)
        nap(20000);
    atomic_fetch_sub(&stream->at_sink, 1);
    return stream->shown != stream->stop_at;
}

static yoke_map_options options_of(int way)
{
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    if (way == 2)
        options.window = 1;
    if (way == 3)
        options.window = 7;
    if (way == 4)
        options.time_limit = YOKE_SECONDS(100);
    if (way == 5)
        options.place = "all", options.window = 5;
    return options;
}

static yoke_server *open_way(int way)
{
    return way == 0 ? NULL : open_server(1 + (unsigned)way % 3);
}

/* ---- pipelines ------------------------------------------------------------------------------- */

static yoke_status run_pipeline(yoke_server *server, struct stream *stream, int way)
{
    const yoke_map_options options = options_of(way);
    return yoke_pipeline(server, take, work, show, stream, sizeof(struct input),
                         sizeof(struct output), &options);
}

Test(pipeline, items_come_out_as_they_went_in, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        for (uint64_t count = 0; count < 2000; count = 3 * count + 1) {
            struct stream stream = {.count = count, .random = count + 1};
            cr_assert_eq(run_pipeline(server, &stream, way), YOKE_OK, "%s", yoke_last_error());
            cr_assert(stream.taken == count && stream.shown == count);
        }
        yoke_server_release(server);
    }
}

static yoke_status pipe_in_a_job(yoke_context *context, const void *argument, void *result)
{
    struct stream stream = {.count = 300, .random = 5};
    (void)result;
    return run_pipeline(yoke_context_server(context), &stream, *(const int *)argument);
}

Test(pipeline, jobs_may_have_pipelines, .timeout = 60)
{
    yoke_job *jobs[6];
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int way = 0; way < WAYS; way++)
            jobs[way] = submit(server, pipe_in_a_job, &way, sizeof way, 0);
        for (int way = 0; way < WAYS; way++) {
            cr_expect_eq(yoke_job_result(jobs[way], NULL, 0), YOKE_OK, "%s", yoke_last_error());
            yoke_job_release(jobs[way]);
        }
        yoke_server_release(server);
    }
}

Test(pipeline, the_sink_may_end_it, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        struct stream stream = {.count = UINT64_MAX, .random = 5, .stop_at = 50};
        cr_expect_eq(run_pipeline(server, &stream, way), YOKE_CANCELLED);
        cr_expect_eq(stream.shown, 50);
        cr_expect_lt(stream.taken, 50 + 200);
        yoke_server_release(server);
    }
}

static yoke_status pipe_for_ever(yoke_context *context, const void *argument, void *result)
{
    struct stream stream = {.count = UINT64_MAX, .random = 5};
    (void)result;
    return run_pipeline(yoke_context_server(context), &stream, *(const int *)argument);
}

Test(pipeline, it_ends_with_its_job, .timeout = 60)
{
    for (int way = 1; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_job *job = submit(server, pipe_for_ever, &way, sizeof way, 0);
        nap(5000000);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

/* ---- the last items -------------------------------------------------------------------------- */

static yoke_status rest_in_piece(const yoke_piece *piece, void *argument)
{
    (void)piece, (void)argument;
    nap(100000);
    return YOKE_OK;
}

/* Takes long beside the source, so that this has ended by then; asks, and has a loop. */
static yoke_status ask_for_long(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    for (int i = 0; i < 50; i++) {
        nap(100000);
        if (yoke_context_cancelled(context))
            return YOKE_CANCELLED;
    }
    yoke_loop loop = YOKE_LOOP(0, 20, rest_in_piece, NULL);
    loop.grain = 1;
    return yoke_parallel_for(yoke_context_server(context), &loop);
}

static bool take_plainly(void *input, void *context)
{
    struct stream *stream = context;
    (void)input;
    return stream->taken < stream->count && ++stream->taken;
}

static bool show_done(const yoke_item *item, void *context)
{
    struct stream *stream = context;
    stream->shown++;
    cr_expect_eq(item->status, YOKE_OK, "item %u: %s", (unsigned)item->index, item->message);
    return true;
}

Test(pipeline, the_end_of_the_source_is_none_of_the_kernels, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        for (uint64_t count = 1; count < 8; count++) {
            struct stream stream = {.count = count};
            cr_expect_eq(yoke_pipeline(server, take_plainly, ask_for_long, show_done, &stream, 0, 0,
                                       &options),
                         YOKE_OK, "%s", yoke_last_error());
            cr_expect(stream.taken == count && stream.shown == count);
        }
        yoke_server_release(server);
    }
}

/* ---- sources and sinks that wait ------------------------------------------------------------- */

static yoke_server *asked;

static void ask_a_job(void)
{
    int value = 1;
    yoke_task task = task_twice(&value);
    cr_assert_eq(yoke_run(asked, &task, &value), YOKE_OK, "%s", yoke_last_error());
}

static bool take_after_a_job(void *input, void *context)
{
    ask_a_job();
    return take_plainly(input, context);
}

static bool show_after_a_job(const yoke_item *item, void *context)
{
    ask_a_job();
    return show_done(item, context);
}

static yoke_status rest(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    nap(10000);
    return YOKE_OK;
}

static void *pipe_with_jobs(void *argument)
{
    (void)argument;
    struct stream stream = {.count = 100};
    cr_expect_eq(
        yoke_pipeline(asked, take_after_a_job, rest, show_after_a_job, &stream, 0, 0, NULL),
        YOKE_OK, "%s", yoke_last_error());
    cr_expect_eq(stream.shown, 100);
    return NULL;
}

/* Each worker may be at a pipeline, and wait for a source that waits for a job. */
Test(pipeline, threads_that_wait_for_the_source_leave_room_for_jobs, .timeout = 60)
{
    for (unsigned workers = 2; workers <= 3; workers++) {
        pthread_t threads[4];
        asked = open_server(workers);
        for (int i = 0; i < 4; i++)
            cr_assert_eq(pthread_create(&threads[i], NULL, pipe_with_jobs, NULL), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        yoke_server_release(asked);
    }
}

/* More calls than there are threads that could stand in for helpers: each goes on when all are in a
 * source or a visit, with whoever helps waiting for it, and then needs a job. */
enum { CALLS = 6 };

static pthread_barrier_t in_callbacks;

struct caller {
    struct stream stream;
    pthread_t thread;
    bool waited;
};

static void wait_with_others(struct caller *caller)
{
    if (caller->waited || !pthread_equal(caller->thread, pthread_self()))
        return;
    caller->waited = true;
    pthread_barrier_wait(&in_callbacks);
    nap(30000000);
    ask_a_job();
}

static bool take_with_others(void *input, void *context)
{
    struct caller *caller = context;
    wait_with_others(caller);
    return take_plainly(input, &caller->stream);
}

static bool visit_with_others(const yoke_item *item, void *context)
{
    struct caller *caller = context;
    wait_with_others(caller);
    return show_done(item, &caller->stream);
}

static bool show_to_caller(const yoke_item *item, void *context)
{
    return show_done(item, &((struct caller *)context)->stream);
}

static void *pipe_with_others(void *argument)
{
    struct caller caller = {.stream = {.count = 100}, .thread = pthread_self()};
    (void)argument;
    cr_expect_eq(yoke_pipeline(asked, take_with_others, rest, show_to_caller, &caller, 0, 0, NULL),
                 YOKE_OK, "%s", yoke_last_error());
    cr_expect_eq(caller.stream.shown, 100);
    return NULL;
}

static void *map_with_others(void *argument)
{
    struct caller caller = {.stream = {.count = 100}, .thread = pthread_self()};
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    (void)argument;
    options.visit = visit_with_others;
    options.visit_context = &caller;
    cr_expect_eq(yoke_map(asked, rest, NULL, 0, NULL, 0, 100, &options), YOKE_OK, "%s",
                 yoke_last_error());
    cr_expect_eq(caller.stream.shown, 100);
    return NULL;
}

Test(pipeline, helpers_leave_a_loop_whose_caller_may_need_them, .timeout = 60)
{
    for (int maps = 0; maps < 2; maps++) {
        pthread_t threads[CALLS];
        asked = open_server(2);
        cr_assert_eq(pthread_barrier_init(&in_callbacks, NULL, CALLS), 0);
        for (int i = 0; i < CALLS; i++)
            cr_assert_eq(
                pthread_create(&threads[i], NULL, maps ? map_with_others : pipe_with_others, NULL),
                0);
        for (int i = 0; i < CALLS; i++)
            pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&in_callbacks);
        yoke_server_release(asked);
    }
}

/* ---- iterators ------------------------------------------------------------------------------- */

static yoke_map_iterator *open_iterator(yoke_server *server, struct stream *stream, int way)
{
    const yoke_map_options options = options_of(way);
    yoke_map_iterator *iterator = NULL;
    cr_assert_eq(yoke_map_iterator_open(server, take, work, stream, sizeof(struct input),
                                        sizeof(struct output), &options, &iterator),
                 YOKE_OK, "%s", yoke_last_error());
    return iterator;
}

/* To the end, or that far. */
static void iterate(yoke_server *server, struct stream *stream, int way, uint64_t most)
{
    yoke_map_iterator *iterator = open_iterator(server, stream, way);
    const yoke_item *item = NULL;
    const yoke_map_options options = options_of(way);
    while (stream->shown < most) {
        cr_assert_eq(yoke_map_iterator_next(iterator, &item), YOKE_OK, "%s", yoke_last_error());
        if (!item)
            break;
        check_item(stream, item);
        cr_assert(!options.window || stream->taken - stream->shown <= options.window);
    }
    if (most == UINT64_MAX) {
        cr_assert(stream->shown == stream->count && !item);
        cr_assert_eq(yoke_map_iterator_next(iterator, &item), YOKE_OK);
        cr_assert_null(item);
    }
    yoke_map_iterator_release(iterator);
}

Test(pipeline, an_iterator_hands_out_all_in_order, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        for (uint64_t count = 0; count < 2000; count = 3 * count + 1) {
            struct stream stream = {.count = count, .random = count + 1};
            iterate(server, &stream, way, UINT64_MAX);
        }
        yoke_server_release(server);
    }
}

Test(pipeline, an_iterator_may_be_left, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        for (uint64_t most = 0; most < 100; most = 2 * most + 1) {
            struct stream stream = {.count = UINT64_MAX, .random = most + 1};
            iterate(server, &stream, way, most);
        }
        yoke_server_release(server);
    }
}

static yoke_status iterate_in_a_job(yoke_context *context, const void *argument, void *result)
{
    struct stream stream = {.count = 500, .random = 3};
    (void)result;
    iterate(yoke_context_server(context), &stream, *(const int *)argument, UINT64_MAX);
    return YOKE_OK;
}

Test(pipeline, jobs_may_have_iterators, .timeout = 60)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int way = 0; way < WAYS; way++)
            cr_expect_eq(yoke_run(server, &YOKE_TASK(iterate_in_a_job, way, (char[1]){0}), NULL),
                         YOKE_OK, "%s", yoke_last_error());
        yoke_server_release(server);
    }
}

Test(pipeline, an_iterator_ends_with_its_server_and_its_deadline, .timeout = 60)
{
    for (int way = 1; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        struct stream stream = {.count = UINT64_MAX, .random = 3};
        yoke_map_iterator *iterator = open_iterator(server, &stream, way);
        const yoke_item *item;
        yoke_status status = YOKE_OK;
        for (int i = 0; i < 10; i++)
            cr_assert_eq(yoke_map_iterator_next(iterator, &item), YOKE_OK);
        cr_assert_eq(yoke_server_close(server), YOKE_OK);
        while (status == YOKE_OK)
            status = yoke_map_iterator_next(iterator, &item);
        cr_expect_eq(status, YOKE_CLOSED);
        cr_expect_null(item);
        yoke_map_iterator_release(iterator);
        yoke_server_release(server);
    }
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.deadline = YOKE_MILLISECONDS(20);
    yoke_server *server = open_server(2);
    struct stream stream = {.count = UINT64_MAX, .random = 3};
    cr_expect_eq(yoke_pipeline(server, take, work, show, &stream, sizeof(struct input),
                               sizeof(struct output), &options),
                 YOKE_TIMED_OUT);
    yoke_server_release(server);
}

static yoke_status fail_after_a_while(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    nap(500000);
    return yoke_context_fail(context, YOKE_OVERFLOW, "after a while");
}

/* Items that had begun have the end they had, the others none; and the failure stays. */
Test(pipeline, an_iterator_that_has_failed_hands_out_no_more, .timeout = 60)
{
    for (int way = 1; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_map_options options = options_of(way);
        options.deadline = YOKE_MILLISECONDS(30);
        struct stream stream = {.count = UINT64_MAX};
        yoke_map_iterator *iterator = NULL;
        const yoke_item *item;
        yoke_status status;
        cr_assert_eq(yoke_map_iterator_open(server, take_plainly, fail_after_a_while, &stream, 0, 0,
                                            &options, &iterator),
                     YOKE_OK);
        while ((status = yoke_map_iterator_next(iterator, &item)) == YOKE_OK)
            cr_expect(item->status == YOKE_OVERFLOW || item->status == YOKE_TIMED_OUT);
        cr_expect_eq(status, YOKE_TIMED_OUT);
        uint64_t taken = stream.taken;
        for (int i = 0; i < 20; i++) {
            cr_expect_eq(yoke_map_iterator_next(iterator, &item), YOKE_TIMED_OUT, "way %d", way);
            cr_expect_null(item);
            cr_expect(strstr(yoke_last_error(), "deadline"), "%s", yoke_last_error());
        }
        cr_expect_eq(stream.taken, taken);
        yoke_map_iterator_release(iterator);
        yoke_server_release(server);
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

Test(pipeline, bad_arguments_are_refused, .timeout = 20)
{
    yoke_map_iterator *iterator = NULL;
    const yoke_item *item;
    cr_expect_eq(yoke_pipeline(NULL, NULL, work, show, NULL, 1, 1, NULL), YOKE_INVALID);
    cr_expect_eq(yoke_pipeline(NULL, take, NULL, show, NULL, 1, 1, NULL), YOKE_INVALID);
    cr_expect_eq(yoke_pipeline(NULL, take, work, NULL, NULL, 1, 1, NULL), YOKE_INVALID);
    cr_expect_eq(yoke_pipeline(NULL, take, work, show, NULL, SIZE_MAX, 1, NULL), YOKE_NO_MEMORY);
    cr_expect_eq(yoke_map_iterator_open(NULL, NULL, work, NULL, 1, 1, NULL, &iterator),
                 YOKE_INVALID);
    cr_expect_eq(yoke_map_iterator_open(NULL, take, work, NULL, 1, 1, NULL, NULL), YOKE_INVALID);
    cr_expect_eq(yoke_map_iterator_next(NULL, &item), YOKE_INVALID);
    yoke_map_iterator_release(NULL);
    cr_expect_null(iterator);
}
