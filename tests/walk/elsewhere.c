/* An executor for jobs that have no script of their own: a thread that answers for them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { TAKEN_MAX = 4 };

struct elsewhere {
    yoke_executor *executor;
    unsigned server;
    pthread_t thread;
    atomic_bool ending, ready;
    atomic_uint closes;
    yoke_job *adopted; /* until it is ended */
    yoke_work_item taken[TAKEN_MAX];
    unsigned count;
    unsigned char result[UNITS_MAX * UNIT];
};

static struct elsewhere *elsewheres[SERVERS_MAX];

static bool runs(const yoke_work_item *item, void *context)
{
    (void)context;
    return item->kernel == run_kernel && item->argument &&
           runs_elsewhere(((const struct argument *)item->argument)->job);
}

static yoke_status check(const yoke_work_item *item, void *context)
{
    return runs(item, context) ? YOKE_OK : YOKE_INVALID;
}

/* What the kernel would have returned, after as many tries as it has. */
static yoke_status try_all(const yoke_work_item *item, unsigned job)
{
    const struct traits *traits = &plan.traits[job];
    yoke_status status = YOKE_JOB_FAILED;
    for (unsigned try = 1; try <= item->tries && status != YOKE_OK; try++) {
        books_enter_kernel(job, try, true);
        status = try > traits->fails ? YOKE_OK : failure_of(job);
        books_leave_kernel(job, status);
    }
    return status;
}

static yoke_outcome outcome_of(struct elsewhere *elsewhere, const yoke_work_item *item,
                               unsigned job)
{
    bool lost = job % 7 == 0;
    yoke_status status = lost ? YOKE_LOST : try_all(item, job);
    if (lost) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, status);
    }
    for (size_t i = 0; i < item->result_size; i++)
        elsewhere->result[i] = pattern(job, i);
    return (yoke_outcome){
        .job = item->job,
        .state = lost                ? YOKE_STATE_LOST
                 : status == YOKE_OK ? YOKE_STATE_DONE
                                     : YOKE_STATE_FAILED,
        .status = status,
        .message = status == YOKE_OK ? NULL : "it went wrong elsewhere",
        .result = elsewhere->result,
        .node = "far",
        .busy = 1000,
    };
}

static void end_first(struct elsewhere *elsewhere)
{
    yoke_work_item item = elsewhere->taken[0];
    unsigned job = ((const struct argument *)item.argument)->job;
    yoke_outcome outcome;
    memmove(elsewhere->taken, elsewhere->taken + 1, --elsewhere->count * sizeof item);
    if (CALL(yoke_executor_stopped)(elsewhere->executor, item.job, &outcome)) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, outcome.status);
    } else {
        CALL(yoke_executor_begin)(elsewhere->executor, item.job);
        outcome = outcome_of(elsewhere, &item, job);
        CALL(yoke_executor_progress)(elsewhere->executor, item.job, job, 2 * job);
        atomic_store_explicit(&books[job].told, job, memory_order_relaxed);
    }
    CALL(yoke_executor_end)(elsewhere->executor, &outcome, 1);
}

/* One is adopted, so that there is a key; none is submitted with one. */
static void take(const yoke_work_item *item, void *context)
{
    (void)context;
    REQUIRE(!item, "a job with a key is handed out");
}

static uint64_t digest(const yoke_work_item *item, void *context)
{
    take(item, context);
    return 0;
}

static void let_go(const char *key, void *context)
{
    (void)context;
    REQUIRE(!strcmp(key, "adopted"), "the key %s is let go", key);
}

static void end_adopted(struct elsewhere *elsewhere)
{
    yoke_outcome outcome;
    if (!elsewhere->adopted)
        return;
    if (!CALL(yoke_executor_stopped)(elsewhere->executor, elsewhere->adopted, &outcome))
        outcome = (yoke_outcome){.job = elsewhere->adopted, .state = YOKE_STATE_DONE};
    elsewhere->adopted = NULL;
    CALL(yoke_executor_end)(elsewhere->executor, &outcome, 1);
}

static void *serve(void *argument)
{
    struct elsewhere *elsewhere = argument;
    struct layer layer = {.where = THREAD, .job = NO_JOB};
    actor_enter(&layer);
    for (unsigned turn = 0; !atomic_load(&elsewhere->ending); turn++) {
        bool room = elsewhere->count < TAKEN_MAX;
        bool has_some = elsewhere->count || elsewhere->adopted;
        unsigned what = CALL(yoke_executor_await)(elsewhere->executor,
                                                  room ? YOKE_EXECUTOR_ANY : YOKE_EXECUTOR_NONE,
                                                  has_some ? 200000 : YOKE_FOREVER);
        REQUIRE(what < 16, "yoke_executor_await() answers %u", what);
        yoke_executor_choice choice = turn % 3 ? YOKE_EXECUTOR_ANY : YOKE_EXECUTOR_OWN;
        while (room && CALL(yoke_executor_take)(elsewhere->executor, choice,
                                                &elsewhere->taken[elsewhere->count], 1)) {
            const yoke_work_item *item = &elsewhere->taken[elsewhere->count];
            REQUIRE(runs(item, NULL), "a job is offered that cannot run elsewhere");
            room = ++elsewhere->count < TAKEN_MAX;
        }
        if (turn % 16 == 8)
            end_adopted(elsewhere);
        if (elsewhere->count && (turn % 2 || what & YOKE_EXECUTOR_STOPPED))
            end_first(elsewhere);
    }
    while (elsewhere->count)
        end_first(elsewhere);
    end_adopted(elsewhere);
    actor_leave(&layer);
    return NULL;
}

static void finish(void *context)
{
    struct elsewhere *elsewhere = context;
    REQUIRE(!atomic_fetch_add(&elsewhere->closes, 1), "an executor is closed twice");
    atomic_store(&elsewhere->ending, true);
    CALL(yoke_executor_wake)(elsewhere->executor);
    pthread_join(elsewhere->thread, NULL);
}

void open_executor(unsigned server)
{
    struct elsewhere *elsewhere = calloc(1, sizeof *elsewhere);
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    REQUIRE(elsewhere, "no memory");
    elsewheres[server] = elsewhere;
    elsewhere->server = server;
    options.runs = runs;
    options.check = check;
    options.take = options.learn = take;
    options.digest = digest;
    options.let_go = let_go;
    options.close = finish;
    options.context = elsewhere;
    options.alone = plan.server[server].engine == ALONE_ELSEWHERE;
    yoke_status status =
        CALL(yoke_executor_open)(server_of(server), &options, &elsewhere->executor);
    REQUIRE(status == YOKE_OK, "yoke_executor_open() answers %d", status);
    atomic_store(&servers[server].adopted, 1);
    status = CALL(yoke_executor_adopt)(elsewhere->executor, "adopted", 7, 0, &elsewhere->adopted);
    REQUIRE(status == YOKE_OK, "yoke_executor_adopt() answers %d", status);
    REQUIRE(!pthread_create(&elsewhere->thread, NULL, serve, elsewhere), "no thread");
}

void free_executor(unsigned server)
{
    REQUIRE(!elsewheres[server] || atomic_load(&elsewheres[server]->closes) == 1,
            "the executor of a released server is not closed");
    free(elsewheres[server]);
    elsewheres[server] = NULL;
}
