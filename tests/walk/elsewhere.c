/* An engine for jobs that have no script of their own: a thread that answers for them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { TAKEN_MAX = 4 };

struct elsewhere {
    yoke_engine *engine;
    unsigned server;
    pthread_t thread;
    atomic_bool ending, ready;
    atomic_uint closes;
    yoke_errand taken[TAKEN_MAX];
    unsigned count;
    unsigned char result[UNITS_MAX * UNIT];
};

static struct elsewhere *elsewheres[SERVERS_MAX];

static bool runs(const yoke_errand *errand, void *context)
{
    (void)context;
    return errand->kernel == run_kernel && errand->argument &&
           runs_elsewhere(((const struct argument *)errand->argument)->job);
}

/* What the kernel would have returned, after as many tries as it has. */
static yoke_status try_all(const yoke_errand *errand, unsigned job)
{
    const struct traits *traits = &plan.traits[job];
    yoke_status status = YOKE_JOB_FAILED;
    for (unsigned try = 1; try <= errand->tries && status != YOKE_OK; try++) {
        books_enter_kernel(job, try, true);
        status = try > traits->fails ? YOKE_OK : failure_of(job);
        books_leave_kernel(job, status);
    }
    return status;
}

static yoke_outcome outcome_of(struct elsewhere *elsewhere, const yoke_errand *errand, unsigned job)
{
    bool lost = job % 7 == 0;
    yoke_status status = lost ? YOKE_LOST : try_all(errand, job);
    if (lost) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, status);
    }
    for (size_t i = 0; i < errand->result_size; i++)
        elsewhere->result[i] = pattern(job, i);
    return (yoke_outcome){
        .state = lost                ? YOKE_STATE_LOST
                 : status == YOKE_OK ? YOKE_STATE_DONE
                                     : YOKE_STATE_FAILED,
        .status = status,
        .message = status == YOKE_OK ? NULL : "it went wrong elsewhere",
        .result = elsewhere->result,
        .place = "far",
        .busy = 1000,
    };
}

static void end_first(struct elsewhere *elsewhere)
{
    yoke_errand errand = elsewhere->taken[0];
    unsigned job = ((const struct argument *)errand.argument)->job;
    yoke_outcome outcome;
    memmove(elsewhere->taken, elsewhere->taken + 1, --elsewhere->count * sizeof errand);
    if (CALL(yoke_engine_stopped)(elsewhere->engine, errand.job, &outcome)) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, outcome.status);
    } else {
        outcome = outcome_of(elsewhere, &errand, job);
        CALL(yoke_engine_progress)(elsewhere->engine, errand.job, job, 2 * job);
        atomic_store_explicit(&books[job].told, job, memory_order_relaxed);
    }
    CALL(yoke_engine_end)(elsewhere->engine, errand.job, &outcome);
}

static void *serve(void *argument)
{
    struct elsewhere *elsewhere = argument;
    struct layer layer = {.where = THREAD, .job = NO_JOB};
    actor_enter(&layer);
    for (unsigned turn = 0; !atomic_load(&elsewhere->ending); turn++) {
        bool room = elsewhere->count < TAKEN_MAX;
        unsigned what = CALL(yoke_engine_await)(elsewhere->engine, room,
                                                elsewhere->count ? 200000 : YOKE_FOREVER);
        REQUIRE(what < 16, "yoke_engine_await() answers %u", what);
        while (room &&
               CALL(yoke_engine_take)(elsewhere->engine, &elsewhere->taken[elsewhere->count])) {
            const yoke_errand *errand = &elsewhere->taken[elsewhere->count];
            REQUIRE(runs(errand, NULL), "a job is offered that cannot run elsewhere");
            room = ++elsewhere->count < TAKEN_MAX;
        }
        if (elsewhere->count && (turn % 2 || what & YOKE_ENGINE_STOPPED))
            end_first(elsewhere);
    }
    while (elsewhere->count)
        end_first(elsewhere);
    actor_leave(&layer);
    return NULL;
}

static void finish(void *context)
{
    struct elsewhere *elsewhere = context;
    REQUIRE(!atomic_fetch_add(&elsewhere->closes, 1), "an engine is closed twice");
    atomic_store(&elsewhere->ending, true);
    CALL(yoke_engine_wake)(elsewhere->engine);
    pthread_join(elsewhere->thread, NULL);
}

void open_engine(unsigned server)
{
    struct elsewhere *elsewhere = calloc(1, sizeof *elsewhere);
    yoke_engine_options options = YOKE_ENGINE_OPTIONS_INIT;
    REQUIRE(elsewhere, "no memory");
    elsewheres[server] = elsewhere;
    elsewhere->server = server;
    options.runs = runs;
    options.close = finish;
    options.context = elsewhere;
    options.alone = plan.server[server].engine == ALONE_ELSEWHERE;
    yoke_status status = CALL(yoke_engine_open)(server_of(server), &options, &elsewhere->engine);
    REQUIRE(status == YOKE_OK, "yoke_engine_open() answers %d", status);
    REQUIRE(!pthread_create(&elsewhere->thread, NULL, serve, elsewhere), "no thread");
}

void free_engine(unsigned server)
{
    REQUIRE(!elsewheres[server] || atomic_load(&elsewheres[server]->closes) == 1,
            "the engine of a released server is not closed");
    free(elsewheres[server]);
    elsewheres[server] = NULL;
}
