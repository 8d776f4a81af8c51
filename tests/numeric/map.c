/* Maps: results in order, failures by item, whatever runs the kernels. */
#include <pthread.h>

#include "with_server.h"
#include "yoke/map.h"
#include "yoke/task.h"

#include "random.h"

/* What becomes of a number, slowly or fast. */
static uint64_t mixed(uint64_t x)
{
    return (x ^ x >> 31) * UINT64_C(0x9e3779b97f4a7c15);
}

static yoke_status mix(yoke_context *context, const void *argument, void *result)
{
    cr_assert_eq(yoke_context_argument_size(context), sizeof(uint64_t));
    cr_assert_eq(yoke_context_result_size(context), sizeof(uint64_t));
    cr_assert_eq(*(uint64_t *)result, 0);
    *(uint64_t *)result = mixed(*(const uint64_t *)argument);
    return YOKE_OK;
}

/* Ways to run kernels: with or without a server, in a loop or as jobs. */
enum { WAYS = 6 };

static yoke_server *open_way(int way)
{
    return way == 0 ? NULL : open_server(1 + (unsigned)way % 3);
}

static yoke_map_options options_of(int way)
{
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    if (way == 4)
        options.time_limit = YOKE_SECONDS(100);
    if (way == 5)
        options.place = "all", options.window = 3;
    return options;
}

static void check_map(yoke_server *server, size_t count, const yoke_map_options *options)
{
    uint64_t *inputs = malloc(count * sizeof *inputs + 1);
    uint64_t *outputs = malloc(count * sizeof *outputs + 1);
    for (size_t i = 0; i < count; i++)
        inputs[i] = mixed(i), outputs[i] = 7;
    cr_assert_eq(
        yoke_map(server, mix, inputs, sizeof *inputs, outputs, sizeof *outputs, count, options),
        YOKE_OK, "%s", yoke_last_error());
    for (size_t i = 0; i < count; i++)
        cr_assert_eq(outputs[i], mixed(inputs[i]), "output %zu of %zu", i, count);
    free(inputs);
    free(outputs);
}

Test(map, outputs_are_where_their_inputs_are, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        for (size_t count = 0; count < 3000; count += 1 + count / 2)
            check_map(server, count, &options);
        if (way < 4)
            check_map(server, 300000, NULL);
        yoke_server_release(server);
    }
}

static yoke_status add_range(uint64_t lo, uint64_t hi, void *argument)
{
    for (uint64_t i = lo; i < hi; i++)
        atomic_fetch_add((atomic_uint_fast64_t *)argument, i);
    return YOKE_OK;
}

static yoke_status add_below(yoke_context *context, const void *argument, void *result)
{
    atomic_uint_fast64_t sum = 0;
    yoke_status status = yoke_for_each(context, 0, *(const uint64_t *)argument, 0, add_range, &sum);
    *(uint64_t *)result = atomic_load(&sum);
    return status;
}

Test(map, kernels_share_loops, .timeout = 60)
{
    enum { COUNT = 100 };
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        uint64_t inputs[COUNT], sums[COUNT];
        for (uint64_t i = 0; i < COUNT; i++)
            inputs[i] = i;
        cr_assert_eq(yoke_map(server, add_below, inputs, sizeof *inputs, sums, sizeof *sums, COUNT,
                              &options),
                     YOKE_OK, "%s", yoke_last_error());
        for (uint64_t i = 1; i < COUNT; i++)
            cr_expect_eq(sums[i], i * (i - 1) / 2);
        yoke_server_release(server);
    }
}

/* The README's five lines. */
static yoke_status square(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(double *)result = *(const double *)argument * *(const double *)argument;
    return YOKE_OK;
}

Test(map, a_map_is_one_call, .timeout = 20)
{
    double inputs[100], outputs[100];
    for (int i = 0; i < 100; i++)
        inputs[i] = i;
    cr_assert_eq(
        yoke_map(NULL, square, inputs, sizeof *inputs, outputs, sizeof *outputs, 100, NULL),
        YOKE_OK);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(outputs[i], (double)i * i);
}

/* ---- inside jobs ----------------------------------------------------------------------------- */

static yoke_status map_in_a_job(yoke_context *context, const void *argument, void *result)
{
    const yoke_map_options options = options_of(*(const int *)argument);
    (void)result;
    for (int i = 0; i < 20; i++)
        check_map(yoke_context_server(context), 100, &options);
    return YOKE_OK;
}

static yoke_status map_in_an_item(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    check_map(yoke_context_server(context), 50, NULL);
    yoke_map_options options = options_of(4);
    if (yoke_context_server(context))
        check_map(yoke_context_server(context), 50, &options);
    return YOKE_OK;
}

Test(map, maps_may_be_in_jobs_and_in_maps, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        if (server)
            cr_expect_eq(yoke_run(server, &YOKE_TASK(map_in_a_job, way, (char[1]){0}), NULL),
                         YOKE_OK);
        cr_expect_eq(yoke_map(server, map_in_an_item, NULL, 0, NULL, 0, 30, &options), YOKE_OK,
                     "%s", yoke_last_error());
        yoke_server_release(server);
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

enum { COUNT = 200 };

/* Every seventh fails, at its first try or for ever. */
static yoke_status fail_some(yoke_context *context, const void *argument, void *result)
{
    int number = *(const int *)argument;
    *(int *)result = number;
    if (number % 7 == 3 && yoke_context_try(context) == 1)
        return YOKE_SYSTEM;
    if (number % 7 == 5)
        return yoke_context_fail(context, YOKE_OVERFLOW, "%d is too much", number);
    return YOKE_OK;
}

struct seen {
    yoke_server *server;
    uint64_t ended;
    unsigned failed;
    atomic_int inside;
    bool item[COUNT];
};

static bool see(const yoke_item *item, void *context)
{
    struct seen *seen = context;
    cr_assert_eq(atomic_fetch_add(&seen->inside, 1), 0);
    cr_assert_lt(item->index, COUNT);
    cr_assert(!seen->item[item->index]);
    seen->item[item->index] = true;
    cr_assert_eq(item->ended, ++seen->ended);
    int number = *(const int *)item->input;
    char message[64] = "";
    if (number % 7 == 5)
        snprintf(message, sizeof message, "%d is too much", number);
    cr_assert_str_eq(item->message, message);
    cr_assert_eq(item->status, number % 7 == 5 ? YOKE_OVERFLOW : YOKE_OK);
    cr_assert(item->status != YOKE_OK || *(const int *)item->output == number);
    atomic_fetch_sub(&seen->inside, 1);
    return true;
}

Test(map, every_item_has_its_own_failure, .timeout = 60)
{
    int inputs[COUNT], outputs[COUNT];
    yoke_status statuses[COUNT];
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_map_options options = options_of(way);
        struct seen seen = {.server = server};
        options.tries = 2;
        options.statuses = statuses;
        options.visit = see, options.visit_context = &seen;
        for (int i = 0; i < COUNT; i++)
            inputs[i] = i + 1000 * way;
        cr_expect_eq(yoke_map(server, fail_some, inputs, sizeof *inputs, outputs, sizeof *outputs,
                              COUNT, &options),
                     YOKE_OVERFLOW);
        int first = 0;
        while (inputs[first] % 7 != 5)
            first++;
        char message[64];
        snprintf(message, sizeof message, "%d is too much", inputs[first]);
        cr_expect_str_eq(yoke_last_error(), message);
        cr_expect_eq(seen.ended, COUNT);
        for (int i = 0; i < COUNT; i++)
            cr_expect_eq(statuses[i], inputs[i] % 7 == 5 ? YOKE_OVERFLOW : YOKE_OK);
        yoke_server_release(server);
    }
}

static yoke_status run_too_long(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    while (*(const int *)argument % 5 == 1 && !yoke_context_cancelled(context))
        nap(100000);
    return *(const int *)argument % 5 == 1 ? YOKE_CANCELLED : YOKE_OK;
}

Test(map, items_have_time_limits, .timeout = 60)
{
    yoke_server *server = open_server(2);
    int inputs[20];
    yoke_status statuses[20];
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.time_limit = YOKE_MILLISECONDS(5);
    options.statuses = statuses;
    for (int i = 0; i < 20; i++)
        inputs[i] = i;
    cr_expect_eq(yoke_map(server, run_too_long, inputs, sizeof *inputs, NULL, 0, 20, &options),
                 YOKE_TIMED_OUT);
    for (int i = 0; i < 20; i++)
        cr_expect_eq(statuses[i], i % 5 == 1 ? YOKE_TIMED_OUT : YOKE_OK);
    yoke_server_release(server);
}

/* ---- in which order, and what they find -------------------------------------------------------
 */

enum { ORDERED = 600 };

static atomic_uint begins;
static unsigned begun_as[ORDERED]; /* which item began as the n-th */

static yoke_status note_begin(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    begun_as[atomic_fetch_add(&begins, 1)] = *(const unsigned *)argument;
    nap(200000);
    return YOKE_OK;
}

/* How many began at another time than their order says: one whose thread has lost its processor
 * does, a few places off they all are. */
static unsigned count_astray(void)
{
    unsigned astray = 0;
    for (int i = 0; i < ORDERED; i++)
        astray += abs((int)begun_as[i] - i) > 20;
    return astray;
}

Test(map, items_begin_in_ascending_order, .timeout = 60)
{
    unsigned inputs[ORDERED];
    for (unsigned i = 0; i < ORDERED; i++)
        inputs[i] = i;
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        atomic_store(&begins, 0);
        cr_assert_eq(
            yoke_map(server, note_begin, inputs, sizeof *inputs, NULL, 0, ORDERED, &options),
            YOKE_OK);
        cr_expect_lt(count_astray(), ORDERED / 10, "way %d: %u items", way, count_astray());
        yoke_server_release(server);
    }
}

static yoke_status succeed_at_last(yoke_context *context, const void *argument, void *result)
{
    uint64_t *output = result;
    uint64_t found = *output;
    *output = *(const uint64_t *)argument;
    if (found)
        return yoke_context_fail(context, YOKE_INVALID, "there is something of an earlier try");
    return yoke_context_try(context) == 3 ? YOKE_OK : YOKE_JOB_FAILED;
}

static yoke_status never_done(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_NOT_DONE;
}

Test(map, an_item_that_has_ended_is_never_called_not_done, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_status statuses[20];
        yoke_map_options options = options_of(way);
        options.statuses = statuses;
        cr_expect_eq(yoke_map(server, never_done, NULL, 0, NULL, 0, 20, &options), YOKE_JOB_FAILED);
        for (int i = 0; i < 20; i++)
            cr_expect_eq(statuses[i], YOKE_JOB_FAILED);
        yoke_server_release(server);
    }
}

Test(map, each_try_finds_an_empty_output, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_map_options options = options_of(way);
        options.tries = 3;
        uint64_t inputs[50], outputs[50];
        for (uint64_t i = 0; i < 50; i++)
            inputs[i] = i + 1;
        cr_expect_eq(yoke_map(server, succeed_at_last, inputs, sizeof *inputs, outputs,
                              sizeof *outputs, 50, &options),
                     YOKE_OK, "%s", yoke_last_error());
        cr_expect_arr_eq(outputs, inputs, sizeof inputs);
        yoke_server_release(server);
    }
}

/* ---- ending early ---------------------------------------------------------------------------- */

static bool stop_at_ten(const yoke_item *item, void *context)
{
    (void)context;
    return item->ended < 10;
}

static yoke_status rest(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    nap(200000);
    return YOKE_OK;
}

static size_t count_begun(const yoke_status *statuses, size_t count)
{
    size_t begun = 0;
    for (size_t i = 0; i < count; i++)
        begun += statuses[i] != YOKE_NOT_DONE;
    return begun;
}

Test(map, a_visit_may_end_it, .timeout = 60)
{
    static yoke_status statuses[100000];
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_map_options options = options_of(way);
        options.visit = stop_at_ten;
        options.statuses = statuses;
        cr_expect_eq(yoke_map(server, rest, NULL, 0, NULL, 0, 100000, &options), YOKE_CANCELLED);
        size_t begun = count_begun(statuses, 100000);
        cr_expect(begun >= 10 && begun < 1000, "%zu items have begun", begun);
        yoke_server_release(server);
    }
}

Test(map, a_deadline_ends_it, .timeout = 60)
{
    static yoke_status statuses[100000];
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_map_options options = options_of(way);
        options.deadline = YOKE_MILLISECONDS(30);
        options.statuses = statuses;
        cr_expect_eq(yoke_map(server, rest, NULL, 0, NULL, 0, 100000, &options), YOKE_TIMED_OUT);
        cr_expect_lt(count_begun(statuses, 100000), 20000);
        yoke_server_release(server);
    }
}

static yoke_status map_for_long(yoke_context *context, const void *argument, void *result)
{
    const yoke_map_options options = options_of(*(const int *)argument);
    (void)result;
    return yoke_map(yoke_context_server(context), rest, NULL, 0, NULL, 0, 10000000, &options);
}

Test(map, it_ends_with_its_job, .timeout = 60)
{
    for (int way = 1; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        yoke_job *job = submit(server, map_for_long, &way, sizeof way, 0);
        nap(5000000);
        cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

/* ---- what kernels have ----------------------------------------------------------------------- */

static atomic_int at_work[64];

static yoke_status look_around(yoke_context *context, const void *argument, void *result)
{
    unsigned worker = yoke_context_worker(context);
    cr_assert_eq(yoke_context_server(context), *(yoke_server *const *)argument);
    cr_assert_lt(worker, 64);
    cr_assert_eq(atomic_fetch_add(&at_work[worker], 1), 0, "two kernels are worker %u", worker);
    cr_assert(*yoke_context_place(context));
    cr_assert_null(yoke_context_after(context, 0));
    cr_assert(!yoke_context_cancelled(context));
    unsigned char *memory = yoke_context_scratch(context, 5000);
    cr_assert_not_null(memory);
    memset(memory, (int)worker, 5000);
    yoke_context_progress(context, 1, 2);
    cr_assert_eq(yoke_context_print(context, "%d", 5), YOKE_OK);
    nap(1000);
    for (int i = 0; i < 5000; i++)
        cr_assert_eq(memory[i], worker);
    atomic_fetch_sub(&at_work[worker], 1);
    *(unsigned *)result = worker;
    return YOKE_OK;
}

Test(map, kernels_have_a_context, .timeout = 60)
{
    for (int way = 0; way < WAYS; way++) {
        yoke_server *server = open_way(way);
        const yoke_map_options options = options_of(way);
        yoke_server *inputs[300];
        unsigned outputs[300];
        for (int i = 0; i < 300; i++)
            inputs[i] = server;
        cr_expect_eq(yoke_map(server, look_around, inputs, sizeof *inputs, outputs, sizeof *outputs,
                              300, &options),
                     YOKE_OK, "%s", yoke_last_error());
        yoke_server_release(server);
    }
}

/* ---- whom a slow item holds up --------------------------------------------------------------- */

static atomic_uint shown;

static bool note_shown(const yoke_item *item, void *context)
{
    (void)context, (void)item;
    atomic_fetch_add(&shown, 1);
    return true;
}

/* The first waits for all others to have been shown: it must not hold them up. */
static yoke_status wait_for_others(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    while (*(const int *)argument == 0 && atomic_load(&shown) < 99)
        if (yoke_context_cancelled(context))
            return YOKE_CANCELLED;
    return YOKE_OK;
}

Test(map, a_slow_item_holds_up_no_others, .timeout = 60)
{
    yoke_server *server = open_server(2);
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.visit = note_shown;
    options.time_limit = YOKE_SECONDS(30);
    options.window = 3;
    int inputs[100];
    for (int i = 0; i < 100; i++)
        inputs[i] = i;
    cr_expect_eq(yoke_map(server, wait_for_others, inputs, sizeof *inputs, NULL, 0, 100, &options),
                 YOKE_OK, "%s", yoke_last_error());
    cr_expect_eq(atomic_load(&shown), 100);
    yoke_server_release(server);
}

/* ---- visits that wait ------------------------------------------------------------------------ */

static yoke_server *asked;

static bool visit_after_a_job(const yoke_item *item, void *context)
{
    int value = 1;
    yoke_task task = task_twice(&value);
    (void)item, (void)context;
    cr_assert_eq(yoke_run(asked, &task, &value), YOKE_OK, "%s", yoke_last_error());
    return true;
}

static void *map_with_jobs(void *argument)
{
    (void)argument;
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.visit = visit_after_a_job;
    cr_expect_eq(yoke_map(asked, rest, NULL, 0, NULL, 0, 100, &options), YOKE_OK);
    return NULL;
}

/* Each worker may be at a map, and wait for a visit that waits for a job. */
Test(map, threads_that_wait_for_the_visit_leave_room_for_jobs, .timeout = 60)
{
    for (unsigned workers = 2; workers <= 3; workers++) {
        pthread_t threads[4];
        asked = open_server(workers);
        for (int i = 0; i < 4; i++)
            cr_assert_eq(pthread_create(&threads[i], NULL, map_with_jobs, NULL), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        yoke_server_release(asked);
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void expect_invalid(yoke_status status, const char *text)
{
    cr_expect_eq(status, YOKE_INVALID);
    cr_expect(strstr(yoke_last_error(), text), "%s", yoke_last_error());
}

Test(map, bad_arguments_are_refused, .timeout = 20)
{
    uint64_t x = 0, y = 0;
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    expect_invalid(yoke_map(NULL, NULL, &x, 8, &y, 8, 1, NULL), "kernel is NULL");
    expect_invalid(yoke_map(NULL, mix, NULL, 8, &y, 8, 1, NULL), "inputs is NULL");
    expect_invalid(yoke_map(NULL, mix, &x, 8, NULL, 8, 1, NULL), "outputs is NULL");
    cr_expect_eq(yoke_map(NULL, mix, NULL, 8, NULL, 8, 0, NULL), YOKE_OK);
    options.size = 3;
    expect_invalid(yoke_map(NULL, mix, &x, 8, &y, 8, 1, &options), "YOKE_MAP_OPTIONS_INIT");
    options = options_of(4);
    expect_invalid(yoke_map(NULL, mix, &x, 8, &y, 8, 1, &options), "without a server");
    options = options_of(1);
    options.kernel_name = "mix";
    expect_invalid(yoke_map(NULL, mix, &x, 8, &y, 8, 1, &options), "both given");
    options = options_of(1);
    options.deadline = -5;
    expect_invalid(yoke_map(NULL, mix, &x, 8, &y, 8, 1, &options), "options.deadline");
    options = options_of(1);
    options.priority = 99;
    expect_invalid(yoke_map(NULL, mix, &x, 8, &y, 8, 1, &options), "options.priority");
    yoke_server *server = open_server(1);
    options = options_of(1);
    options.place = "moon:1";
    expect_invalid(yoke_map(server, mix, &x, 8, &y, 8, 1, &options), "moon");
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_expect_eq(yoke_map(server, mix, &x, 8, &y, 8, 1, NULL), YOKE_CLOSED);
    yoke_server_release(server);
    cr_expect_eq(y, 0);
}
