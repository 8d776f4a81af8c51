/* What runs inside jobs: kernels, their OpenMP tasks and loops, callbacks. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "play.h"

void linger(struct layer *layer, unsigned microseconds)
{
    long long end = now() + microseconds * 1000LL;
    bool heeds = layer->where == KERNEL && plan.traits[layer->job].heeds;
    while (now() < end && !(heeds && CALL(yoke_context_cancelled)(layer->context)))
        nanosleep(&(struct timespec){0, 20000}, NULL);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static void check_argument(yoke_context *context, const struct argument *argument,
                           const unsigned char *result)
{
    unsigned job = argument->job;
    size_t size = CALL(yoke_context_argument_size)(context);
    size_t result_size = CALL(yoke_context_result_size)(context);
    REQUIRE(size == argument->size && result_size == plan.traits[job].result_units * UNIT,
            "the context of job %u has wrong sizes: %zu and %zu", job, size, result_size);
    REQUIRE(CALL(yoke_context_server)(context) == server_of(plan.job_server[job]),
            "job %u runs on another server", job);
    const unsigned char *bytes = (const unsigned char *)argument;
    for (size_t i = sizeof *argument; i < size; i++)
        REQUIRE(bytes[i] == pattern(job, i), "byte %zu of the argument of job %u is wrong", i, job);
    const unsigned char *buffer = result_size ? buffer_of(job) : NULL;
    REQUIRE(!buffer || result == buffer, "the result of job %u is not in its buffer", job);
    bool left = buffer && CALL(yoke_context_try)(context) > 1;
    for (size_t i = 0; i < result_size; i++)
        REQUIRE(result[i] == (left ? pattern(job, i) : 0),
                "byte %zu of the result of job %u is wrong at first", i, job);
}

static yoke_status answer(yoke_context *context, unsigned job, unsigned try, unsigned char *result)
{
    const struct traits *traits = &plan.traits[job];
    for (size_t i = 0; i < traits->result_units * UNIT; i++)
        result[i] = pattern(job, i);
    if (traits->heeds && CALL(yoke_context_cancelled)(context))
        return YOKE_CANCELLED;
    if (try > traits->fails)
        return YOKE_OK;
    if (job % 2)
        return failure_of(job);
    return CALL(yoke_context_fail)(context, failure_of(job), "job %u fails at try %u", job, try);
}

/* A job that runs on the stack of another one, which cannot go on before. */
static unsigned nest(const struct layer *layer)
{
    const struct layer *outer = layer->outer;
    uint16_t job = (uint16_t)layer->job;
    if (!outer || outer->job == NO_JOB || outer->job == layer->job)
        return UINT32_MAX;
    return graph_enter(outer->job, WAITS_FOR_ALL, &job, 1);
}

yoke_status run_kernel(yoke_context *context, const void *argument, void *result)
{
    unsigned job = ((const struct argument *)argument)->job;
    unsigned try = CALL(yoke_context_try)(context);
    struct layer layer = {.where = KERNEL, .job = job, .context = context};
    books_enter_kernel(job, try, false);
    actor_enter(&layer);
    unsigned record = nest(&layer);
    number_take(&layer, !layer.outer && try == 1);
    check_argument(context, argument, result);
    play_script(&layer, job);
    number_leave(&layer);
    yoke_status status = answer(context, job, try, result);
    graph_leave(record);
    actor_leave(&layer);
    books_leave_kernel(job, status);
    return status;
}

/* ---- steps of kernels ------------------------------------------------------------------------ */

void play_tell(const struct step *step, struct layer *layer)
{
    uint64_t done = step->value % 1000;
    CALL(yoke_context_progress)(layer->context, done, 2 * done);
    atomic_store_explicit(&books[layer->job].told, done, memory_order_relaxed);
}

void play_print(const struct step *step, struct layer *layer)
{
    struct book *book = &books[layer->job];
    for (unsigned lines = 1 + step->value % 20; lines; lines--) {
        yoke_status status = CALL(yoke_context_print)(
            layer->context, "line %u of job %u\n",
            atomic_load_explicit(&book->printed, memory_order_relaxed), layer->job);
        REQUIRE(status == YOKE_OK, "yoke_context_print() answers %d", status);
        atomic_fetch_add_explicit(&book->printed, 1, memory_order_relaxed);
    }
}

/* The result of the job before, which is done if it is there. */
static void check_input(yoke_context *context, unsigned index, unsigned before, yoke_job *other)
{
    size_t size = 0;
    const unsigned char *input = CALL(yoke_context_input)(context, index, &size);
    bool done = CALL(yoke_job_state)(other) == YOKE_STATE_DONE;
    REQUIRE(done ? size == plan.traits[before].result_units * UNIT : !input,
            "input %u of a job has %zu bytes", index, size);
    for (size_t i = 0; input && i < size; i++)
        REQUIRE(input[i] == pattern(before, i), "byte %zu of input %u is wrong", i, index);
}

static void use_scratch(yoke_context *context, unsigned job)
{
    size_t size = 64 + plan.traits[job].result_units * UNIT;
    unsigned char *memory = CALL(yoke_context_scratch)(context, size);
    REQUIRE(memory, "no scratch memory for job %u", job);
    memset(memory, (int)job, size);
}

void play_context(const struct step *step, struct layer *layer)
{
    const char *place = CALL(yoke_context_place)(layer->context);
    (void)step;
    REQUIRE(place && *place, "job %u runs nowhere", layer->job);
    const struct book *book = &books[layer->job];
    unsigned count = atomic_load_explicit(&book->after_count, memory_order_relaxed);
    for (unsigned i = 0; i <= count; i++) {
        yoke_job *other = CALL(yoke_context_after)(layer->context, i);
        REQUIRE(!other == (i == count), "job %u comes after %u jobs, but not so number %u",
                layer->job, count, i);
        REQUIRE(!other || CALL(yoke_job_state)(other) >= YOKE_STATE_DONE,
                "job %u runs before number %u that it comes after", layer->job, i);
        if (other)
            check_input(layer->context, i, atomic_load(&book->after[i]), other);
    }
    use_scratch(layer->context, layer->job);
}

/* The script of the tasks, by so many of them: task i takes every so manieth step. */
static void run_task(yoke_context *context, unsigned job, unsigned first, unsigned every)
{
    struct layer layer = {.where = TASK, .job = job, .context = context};
    actor_enter(&layer);
    unsigned record = nest(&layer), i = 0;
    for (unsigned at = plan.first[TASK][job]; at < STEPS_MAX; at = plan.step[at].next)
        if (i++ % every == first)
            play_step(at, &layer);
    graph_leave(record);
    actor_leave(&layer);
}

/* The thread may run a task itself where it waits for them, and lose its number there: when it does
 * not wait here, that may be at any time. */
void play_tasks(const struct step *step, struct layer *layer)
{
    yoke_context *context = layer->context;
    unsigned job = layer->job, count = 1 + step->value % 3;
    for (unsigned i = 0; i < count; i++) {
#pragma omp task firstprivate(context, job, i, count)
        run_task(context, job, i, count);
    }
    if (step->value & 16) {
#pragma omp taskwait
    } else {
        layer->unnumbered = true;
    }
}

struct loop {
    yoke_context *context;
    unsigned job;
    uint64_t fails; /* the piece with this number in it */
    atomic_ullong numbers;
};

void play_piece(yoke_context *context, unsigned job, bool fails)
{
    struct layer layer = {.where = PIECE, .job = job, .context = context, .fails = fails};
    actor_enter(&layer);
    unsigned record = nest(&layer);
    play_script(&layer, job);
    graph_leave(record);
    actor_leave(&layer);
}

static yoke_status run_piece(uint64_t lo, uint64_t hi, void *argument)
{
    struct loop *loop = argument;
    atomic_fetch_add_explicit(&loop->numbers, hi - lo, memory_order_relaxed);
    if (lo == 0)
        play_piece(loop->context, loop->job, loop->fails != UINT64_MAX);
    return lo <= loop->fails && loop->fails < hi ? YOKE_SYSTEM : YOKE_OK;
}

/* ---- loops of loop.h ------------------------------------------------------------------------- */

/* A grid's rows count in its first column. */
static yoke_status run_loop_piece(const yoke_piece *piece, void *argument)
{
    if (piece->column_lo)
        return YOKE_OK;
    yoke_status status = run_piece(piece->lo, piece->hi, argument);
    uint64_t *numbers = piece->accumulator;
    if (numbers)
        *numbers += piece->hi - piece->lo;
    REQUIRE(piece->worker < piece->workers, "a piece runs on worker %u of %u", piece->worker,
            piece->workers);
    return status != YOKE_OK && CALL(yoke_piece_cancelled)(piece) ? YOKE_CANCELLED : status;
}

static void look_at_prefix(const yoke_piece *piece, uint64_t before, const struct loop *loop)
{
    REQUIRE(before == (piece->column_lo ? piece->hi : piece->lo), "a prefix of job %u is wrong",
            loop->job);
}

static yoke_status write_piece(const yoke_piece *piece, void *argument)
{
    look_at_prefix(piece, *(uint64_t *)piece->accumulator, argument);
    return YOKE_OK;
}

static yoke_status run_and_write_piece(const yoke_piece *piece, void *argument)
{
    look_at_prefix(piece, *(uint64_t *)piece->before, argument);
    return run_loop_piece(piece, argument);
}

static void add_numbers(void *into, const void *from, void *argument)
{
    (void)argument;
    *(uint64_t *)into += *(const uint64_t *)from;
}

static yoke_status call_loop(unsigned kind, yoke_server *server, const yoke_loop *loop)
{
    yoke_reduction reduction = YOKE_REDUCTION(uint64_t, add_numbers);
    uint64_t numbers = 0;
    yoke_status status;
    reduction.add_and_write = loop->hi % 2 ? run_and_write_piece : NULL;
    reduction.associative = loop->hi % 3 == 0;
    if (kind == 0)
        return CALL(yoke_parallel_for)(server, loop);
    status = kind == 1 ? CALL(yoke_parallel_reduce)(server, loop, &reduction, &numbers)
                       : CALL(yoke_parallel_scan)(server, loop, &reduction, write_piece, &numbers);
    REQUIRE(numbers == (status == YOKE_OK ? loop->hi : 0), "a loop adds up to %llu of %llu",
            (unsigned long long)numbers, (unsigned long long)loop->hi);
    return status;
}

/* `server` NULL: the calling thread alone. */
void play_parallel(const struct step *step, struct layer *layer)
{
    uint64_t hi = step->value % 1000;
    bool fails = hi && step->value % 7 == 0;
    struct loop loop = {layer->context, layer->job, fails ? hi / 2 : UINT64_MAX, 0};
    yoke_loop given = YOKE_LOOP(0, hi, run_loop_piece, &loop);
    given.grain = step->value / 1000 % 30;
    if (step->value / 360000 % 2) {
        given.dimensions = 2;
        given.column_hi = 1 + step->value % 5, given.column_grain = step->value % 3;
    }
    yoke_server *server =
        step->value / 30000 % 4 ? CALL(yoke_context_server)(layer->context) : NULL;
    yoke_status status = call_loop(step->value / 120000 % 3, server, &given);
    uint64_t numbers = atomic_load(&loop.numbers);
    if (status == YOKE_CANCELLED)
        REQUIRE(CALL(yoke_context_cancelled)(layer->context), "a loop ends early for no reason");
    else
        REQUIRE(status == (fails ? YOKE_SYSTEM : YOKE_OK), "a loop answers %d: %s", status,
                CALL(yoke_last_error)());
    REQUIRE(status == YOKE_OK ? numbers == hi : numbers <= hi, "%llu numbers of %llu in a loop",
            (unsigned long long)numbers, (unsigned long long)hi);
}

void play_loop(const struct step *step, struct layer *layer)
{
    uint64_t hi = step->value % 1000, grain = step->value / 1000 % 30;
    bool fails = hi && step->value % 7 == 0;
    struct loop loop = {layer->context, layer->job, fails ? hi / 2 : UINT64_MAX, 0};
    yoke_status status = CALL(yoke_for_each)(layer->context, 0, hi, grain, run_piece, &loop);
    uint64_t numbers = atomic_load(&loop.numbers);
    if (status == YOKE_CANCELLED)
        REQUIRE(CALL(yoke_context_cancelled)(layer->context), "a loop ends early for no reason");
    else
        REQUIRE(status == (fails ? YOKE_SYSTEM : YOKE_OK), "a loop answers %d", status);
    REQUIRE(status == YOKE_OK ? numbers == hi : numbers <= hi, "%llu numbers of %llu in a loop",
            (unsigned long long)numbers, (unsigned long long)hi);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

yoke_status call_back(yoke_job *handle, void *number)
{
    unsigned job = (unsigned)(uintptr_t)number;
    struct book *book = &books[job];
    struct layer layer = {.where = CALLBACK, .job = job, .handle = handle};
    unsigned before = atomic_fetch_add_explicit(&book->calls_back, 1, memory_order_relaxed);
    REQUIRE(!before, "the callback of job %u is called again", job);
    actor_enter(&layer);
    unsigned record = nest(&layer);
    yoke_state state = look_at_state(job, handle);
    judge_state(job, state);
    look_at_ended(job, handle);
    yoke_status status = CALL(yoke_job_wait)(handle, YOKE_FOREVER);
    REQUIRE(status == YOKE_OK, "a callback that waits for its own job is answered with %d", status);
    play_script(&layer, job);
    graph_leave(record);
    actor_leave(&layer);
    atomic_store_explicit(&book->called_back, 1, memory_order_relaxed);
    return plan.traits[job].callback_fails ? YOKE_SYSTEM : YOKE_OK;
}
