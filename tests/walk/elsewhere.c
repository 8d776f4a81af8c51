/* An executor for jobs that have no script of their own: a thread that answers for them. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

enum { TAKEN_MAX = 4 };

struct elsewhere {
    yoke_executor *executor;
    pthread_t thread;
    atomic_bool ending;
    atomic_uint closes, let_go[JOBS_MAX];
    yoke_job *adopted; /* until it is ended */
    yoke_work_item taken[TAKEN_MAX];
    unsigned count;
    pthread_mutex_t lock;            /* jobs that came by take(): */
    yoke_work_item handed[JOBS_MAX]; /* with pointers into the jobs */
    atomic_uint handed_count;
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

static yoke_outcome outcome_of(const yoke_work_item *item, unsigned job, unsigned char *result)
{
    bool lost = job % 7 == 0;
    yoke_status status = lost ? YOKE_LOST : try_all(item, job);
    if (lost) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, status);
    }
    for (size_t i = 0; i < item->result_size; i++)
        result[i] = pattern(job, i);
    return (yoke_outcome){
        .job = item->job,
        .state = lost                ? YOKE_STATE_LOST
                 : status == YOKE_OK ? YOKE_STATE_DONE
                                     : YOKE_STATE_FAILED,
        .status = status,
        .message = status == YOKE_OK ? NULL : "it went wrong elsewhere",
        .result = result,
        .node = "far",
        .busy = 1000,
    };
}

static unsigned job_of(const yoke_work_item *item)
{
    return ((const struct argument *)item->argument)->job;
}

static void end_job(struct elsewhere *elsewhere, yoke_work_item item)
{
    unsigned job = job_of(&item);
    unsigned char *result = malloc(item.result_size + 1);
    yoke_outcome outcome;
    REQUIRE(result, "no memory");
    if (CALL(yoke_executor_stopped)(elsewhere->executor, item.job, &outcome)) {
        books_enter_kernel(job, 1, true);
        books_leave_kernel(job, outcome.status);
    } else {
        CALL(yoke_executor_begin)(elsewhere->executor, item.job);
        outcome = outcome_of(&item, job, result);
        CALL(yoke_executor_progress)(elsewhere->executor, item.job, job, 2 * job);
        atomic_store_explicit(&books[job].told, job, memory_order_relaxed);
    }
    CALL(yoke_executor_end)(elsewhere->executor, &outcome, 1);
    free(result);
}

static void end_first(struct elsewhere *elsewhere)
{
    yoke_work_item item = elsewhere->taken[0];
    memmove(elsewhere->taken, elsewhere->taken + 1, --elsewhere->count * sizeof item);
    end_job(elsewhere, item);
}

/* ---- what the server calls ------------------------------------------------------------------- */

static void check_key(const yoke_work_item *item)
{
    REQUIRE(!item->key == !is_keyed(job_of(item)), "job %u has %s key", job_of(item),
            item->key ? "a" : "no");
    REQUIRE(!item->key || read_key(item->key) == job_of(item), "job %u has the key %s",
            job_of(item), item->key);
}

/* Some end at once, others in our own thread. */
static void take(const yoke_work_item *item, void *context)
{
    struct elsewhere *elsewhere = context;
    unsigned job = job_of(item);
    REQUIRE(runs(item, NULL), "a job is handed out that cannot run elsewhere");
    check_key(item);
    if (job % 2) {
        end_job(elsewhere, *item);
        REQUIRE(job_of(item) == job, "a job goes while it is handed out");
        return;
    }
    pthread_mutex_lock(&elsewhere->lock);
    elsewhere->handed[atomic_load(&elsewhere->handed_count)] = *item;
    atomic_fetch_add(&elsewhere->handed_count, 1);
    pthread_mutex_unlock(&elsewhere->lock);
    CALL(yoke_executor_wake)(elsewhere->executor);
}

static bool end_handed(struct elsewhere *elsewhere)
{
    pthread_mutex_lock(&elsewhere->lock);
    unsigned count = atomic_load(&elsewhere->handed_count);
    yoke_work_item item = {.job = NULL};
    if (count) {
        item = elsewhere->handed[count - 1];
        atomic_store(&elsewhere->handed_count, count - 1);
    }
    pthread_mutex_unlock(&elsewhere->lock);
    if (count)
        end_job(elsewhere, item);
    return count;
}

static uint64_t digest(const yoke_work_item *item, void *context)
{
    (void)context;
    REQUIRE(item->key, "a task without a key has a digest");
    check_key(item);
    return job_of(item);
}

/* One is adopted, and none is submitted under its key. */
static void learn(const yoke_work_item *item, void *context)
{
    (void)context;
    finding(__FILE__, __LINE__, "a task is taught under the key %s", item->key);
}

static void let_go(const char *key, void *context)
{
    struct elsewhere *elsewhere = context;
    unsigned job = read_key(key);
    if (job == NO_JOB)
        return;
    REQUIRE(is_keyed(job), "the key %s is let go", key);
    REQUIRE(!atomic_fetch_add(&elsewhere->let_go[job], 1), "the key %s is let go twice", key);
}

/* ---- the thread ------------------------------------------------------------------------------ */

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
        bool has_some =
            elsewhere->count || elsewhere->adopted || atomic_load(&elsewhere->handed_count);
        unsigned what = CALL(yoke_executor_await)(elsewhere->executor,
                                                  room ? YOKE_EXECUTOR_ANY : YOKE_EXECUTOR_NONE,
                                                  has_some ? 200000 : YOKE_FOREVER);
        REQUIRE(what < 16, "yoke_executor_await() answers %u", what);
        yoke_executor_choice choice = turn % 3 ? YOKE_EXECUTOR_ANY : YOKE_EXECUTOR_OWN;
        while (room && CALL(yoke_executor_take)(elsewhere->executor, choice,
                                                &elsewhere->taken[elsewhere->count], 1)) {
            const yoke_work_item *item = &elsewhere->taken[elsewhere->count];
            REQUIRE(runs(item, NULL), "a job is offered that cannot run elsewhere");
            check_key(item);
            room = ++elsewhere->count < TAKEN_MAX;
        }
        if (turn % 16 == 8)
            end_adopted(elsewhere);
        if (elsewhere->count && (turn % 2 || what & YOKE_EXECUTOR_STOPPED))
            end_first(elsewhere);
        if (turn % 3 == 1 || what & YOKE_EXECUTOR_STOPPED)
            end_handed(elsewhere);
    }
    while (elsewhere->count)
        end_first(elsewhere);
    while (end_handed(elsewhere))
        ;
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

void open_executor(unsigned number, yoke_server *server)
{
    struct elsewhere *elsewhere = calloc(1, sizeof *elsewhere);
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    REQUIRE(elsewhere, "no memory");
    elsewheres[number] = elsewhere;
    pthread_mutex_init(&elsewhere->lock, NULL);
    options.runs = runs;
    options.check = check;
    options.take = take;
    options.learn = learn;
    options.digest = digest;
    options.let_go = let_go;
    options.close = finish;
    options.context = elsewhere;
    options.alone = plan.server[number].executor == ALONE_ELSEWHERE;
    yoke_status status = CALL(yoke_executor_open)(server, &options, &elsewhere->executor);
    REQUIRE(status == YOKE_OK, "yoke_executor_open() answers %d", status);
    atomic_store(&servers[number].adopted, 1);
    status = CALL(yoke_executor_adopt)(elsewhere->executor, "adopted", 7, 0, &elsewhere->adopted);
    REQUIRE(status == YOKE_OK, "yoke_executor_adopt() answers %d", status);
    REQUIRE(!pthread_create(&elsewhere->thread, NULL, serve, elsewhere), "no thread");
}

void free_executor(unsigned number)
{
    REQUIRE(!elsewheres[number] || atomic_load(&elsewheres[number]->closes) == 1,
            "the executor of a released server is not closed");
    free(elsewheres[number]);
    elsewheres[number] = NULL;
}
