/* Plays a plan: runs its scripts and ends what they leave: see play.h. */
#include "play.h"

#include <pthread.h>

static play *const plays[VERB_COUNT] = {
    [VERB_SUBMIT] = play_submit,
    [VERB_MISUSE] = play_misuse,
    [VERB_WAIT] = play_wait,
    [VERB_WAIT_ANY] = play_wait_many,
    [VERB_WAIT_ALL] = play_wait_many,
    [VERB_RESULT_OF] = play_result,
    [VERB_WAIT_GROUP] = play_wait_group,
    [VERB_WAIT_SERVER] = play_wait_server,
    [VERB_LOOK] = play_look,
    [VERB_RELEASE] = play_release,
    [VERB_CANCEL] = play_cancel,
    [VERB_CANCEL_GROUP] = play_cancel_group,
    [VERB_RESIZE] = play_resize,
    [VERB_STATISTICS] = play_statistics,
    [VERB_TRACE_WRITE] = play_trace,
    [VERB_OPEN] = play_open,
    [VERB_CLOSE] = play_close,
    [VERB_BRIEF] = play_brief,
    [VERB_FORK] = play_fork,
    [VERB_LINGER] = play_linger,
    [VERB_FOLLOW] = play_follow,
    [VERB_TELL] = play_tell,
    [VERB_PRINT] = play_print,
    [VERB_CONTEXT] = play_context,
    [VERB_LOOP] = play_loop,
    [VERB_PARALLEL] = play_parallel,
    [VERB_DIVIDE] = play_divide,
    [VERB_MAP] = play_map,
    [VERB_TASKS] = play_tasks,
    [VERB_REFUSED] = play_refused,
    [VERB_SUM] = play_sum,
    [VERB_PRIMES] = play_primes,
    [VERB_ARRAYS] = play_arrays,
    [VERB_TOPOLOGY] = play_topology,
    [VERB_TEXTS] = play_texts,
    [VERB_LOG] = play_log,
};

/* ---- scripts --------------------------------------------------------------------------------- */

/* Steps in which a kernel does not wait, nor run what waits: it keeps its worker. */
static bool keeps_worker(unsigned verb)
{
    return verb == VERB_LINGER || verb == VERB_FOLLOW || verb == VERB_TELL || verb == VERB_PRINT ||
           verb == VERB_CONTEXT || verb == VERB_LOOK;
}

void play_step(unsigned at, struct layer *layer)
{
    const struct step *step = &plan.step[at];
    struct actor *actor = actor_here();
    unsigned before = atomic_load_explicit(&actor->step, memory_order_relaxed);
    atomic_store_explicit(&actor->step, at, memory_order_relaxed);
    bool keeps = keeps_worker(step->verb);
    if (!keeps)
        number_leave(layer);
    plays[step->verb](step, layer);
    if (!keeps)
        number_take(layer, false);
    atomic_store_explicit(&actor->step, before, memory_order_relaxed);
    atomic_fetch_add_explicit(&moves, 1, memory_order_relaxed);
}

void play_script(struct layer *layer, unsigned owner)
{
    for (unsigned at = plan.first[layer->where][owner]; at < STEPS_MAX; at = plan.step[at].next)
        play_step(at, layer);
}

void play_linger(const struct step *step, struct layer *layer)
{
    linger(layer, step->value % 4 ? step->value % 300 : step->value % 2000);
}

void play_follow(const struct step *step, struct layer *layer)
{
    for (unsigned turns = 0; turns < 60; turns++) {
        yoke_job *handle = hold(step->jobs[0]);
        bool started = handle && look_at_state(step->jobs[0], handle) != YOKE_STATE_QUEUED;
        if (handle)
            drop(step->jobs[0]);
        if (started)
            return;
        linger(layer, 20);
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void *play_thread(void *number)
{
    struct layer layer = {.where = THREAD, .job = NO_JOB};
    actor_enter(&layer);
    play_script(&layer, (unsigned)(uintptr_t)number);
    actor_leave(&layer);
    return NULL;
}

static void play_threads(void)
{
    pthread_t threads[THREADS_MAX];
    for (unsigned i = 0; i < plan.threads; i++)
        REQUIRE(!pthread_create(&threads[i], NULL, play_thread, (void *)(uintptr_t)i), "no thread");
    for (unsigned i = 0; i < plan.threads; i++)
        pthread_join(threads[i], NULL);
}

static unsigned count_begun(void)
{
    unsigned begun = 0;
    for (unsigned job = 0; job < plan.jobs; job++)
        begun += atomic_load(&books[job].begun) != 0;
    return begun;
}

/* Jobs of one server submit to others: until nothing new has come in two rounds, since what a job
 * had begun to submit when the first one began is there when the second one does. */
static void wait_for_rest(void)
{
    unsigned begun = count_begun();
    for (int quiet = 0; quiet < 2; quiet++) {
        for (unsigned i = 0; i < plan.servers; i++) {
            yoke_server *server = server_of(i);
            yoke_status status = server ? CALL(yoke_server_wait)(server, YOKE_FOREVER) : YOKE_OK;
            REQUIRE(status == YOKE_OK, "the wait for the rest answers %d", status);
        }
        unsigned now_begun = count_begun();
        quiet = now_begun == begun ? quiet : -1;
        begun = now_begun;
    }
    for (unsigned i = 0; i < plan.servers; i++)
        if (server_of(i))
            books_judge_rest(i);
}

static void close_all(void)
{
    for (unsigned i = 0; i < plan.servers; i++)
        if (server_of(i))
            close_server(i);
    for (unsigned i = 0; i < plan.servers; i++)
        if (server_of(i))
            books_judge_rest(i);
}

/* All handles, which answer at once. */
static void look_at_all(void)
{
    for (unsigned job = 0; job < plan.jobs; job++) {
        yoke_job *handle = hold(job);
        if (!handle)
            continue;
        yoke_status status = CALL(yoke_job_wait)(handle, 0);
        REQUIRE(status == YOKE_OK, "at the end a wait for job %u answers %d", job, status);
        judge(job, handle);
        look_at_ended(job, handle);
        drop(job);
    }
}

static void release_handles(void)
{
    for (unsigned job = 0; job < plan.jobs; job++)
        if (atomic_load(&books[job].users) && !atomic_exchange(&books[job].given_back, true))
            drop(job);
}

void play_plan(void)
{
    struct layer layer = {.where = THREAD, .job = NO_JOB};
    books_open();
    actor_enter(&layer);
    for (unsigned i = 0; i < plan.servers; i++)
        if (!plan.server[i].late)
            open_server(i);
    play_threads();
    if (!plan.leave_early)
        wait_for_rest();
    close_all();
    look_at_all();
    release_servers();
    look_at_all();
    release_handles();
    CALL(yoke_log_set)(NULL, NULL, YOKE_LOG_WARNING);
    actor_leave(&layer);
}
