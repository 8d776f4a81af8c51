/* What may be seen of the jobs of a walk, from what is known of them: see books.h. */
#include "books.h"

#include <limits.h>
#include <string.h>
#include <time.h>

struct plan plan;
struct book books[JOBS_MAX];
struct server_book servers[SERVERS_MAX];

long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

void books_open(void)
{
    memset(books, 0, sizeof books);
    memset(servers, 0, sizeof servers);
    graph_open();
    atomic_fetch_add(&moves, 1); /* so that the watchdog, which looks at that, may read the plan */
}

bool note_first(atomic_llong *time)
{
    long long never = 0;
    return atomic_compare_exchange_strong_explicit(time, &never, now(), memory_order_relaxed,
                                                   memory_order_relaxed);
}

void note_most(atomic_uint *most, unsigned value)
{
    unsigned before = atomic_load_explicit(most, memory_order_relaxed);
    while (before < value && !atomic_compare_exchange_weak_explicit(
                                 most, &before, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

static unsigned get(const atomic_uint *word)
{
    return atomic_load_explicit(word, memory_order_relaxed);
}

static long long time_of(const atomic_llong *time)
{
    return atomic_load_explicit(time, memory_order_relaxed);
}

/* ---- handles --------------------------------------------------------------------------------- */

yoke_job *hold(unsigned job)
{
    struct book *book = &books[job];
    unsigned users = atomic_load(&book->users);
    while (users && !atomic_compare_exchange_weak(&book->users, &users, users + 1))
        ;
    return users ? atomic_load(&book->handle) : NULL;
}

void drop(unsigned job)
{
    struct book *book = &books[job];
    yoke_job *handle = atomic_load(&book->handle);
    if (atomic_fetch_sub(&book->users, 1) == 1)
        CALL(yoke_job_release)(handle);
}

/* ---- states ---------------------------------------------------------------------------------- */

yoke_state look_at_state(unsigned job, yoke_job *handle)
{
    unsigned before = get(&books[job].seen);
    yoke_state state = CALL(yoke_job_state)(handle);
    REQUIRE((unsigned)state <= YOKE_STATE_LOST, "job %u is in state %d", job, (int)state);
    REQUIRE((unsigned)state >= before, "job %u goes from state %u to %d", job, before, (int)state);
    REQUIRE(before < YOKE_STATE_DONE || (unsigned)state == before,
            "job %u had ended in state %u, and now in %d", job, before, (int)state);
    note_most(&books[job].seen, state);
    return state;
}

/* As far as is known. */
static unsigned state_of(unsigned job)
{
    yoke_job *handle = hold(job);
    unsigned state = handle ? look_at_state(job, handle) : get(&books[job].seen);
    if (handle)
        drop(job);
    return state;
}

yoke_status failure_of(unsigned job)
{
    static const yoke_status failures[] = {YOKE_JOB_FAILED,  YOKE_SYSTEM,    YOKE_INVALID,
                                           YOKE_CANCELLED,   YOKE_TIMED_OUT, YOKE_NOT_DONE,
                                           (yoke_status)1000};
    return failures[job % (sizeof failures / sizeof failures[0])];
}

unsigned char pattern(unsigned job, size_t i)
{
    return (unsigned char)(1 + (job * 31 + i * 7) % 251);
}

/* ---- kernels --------------------------------------------------------------------------------- */

/* Those that the job comes after have ended; as done unless it does not mind. */
static void check_turn(unsigned job)
{
    for (unsigned i = 0; i < get(&books[job].after_count); i++) {
        unsigned other = get(&books[job].after[i]), state = state_of(other);
        if (plan.traits[other].callback)
            REQUIRE(get(&books[other].called_back),
                    "job %u runs, but the callback of job %u has not returned", job, other);
        if (plan.traits[other].callback || atomic_load(&books[other].users))
            REQUIRE(state >= YOKE_STATE_DONE, "job %u runs before job %u has ended", job, other);
        REQUIRE(state <= YOKE_STATE_DONE || plan.traits[job].policy == YOKE_AFTER_RUN,
                "job %u runs though job %u ended in state %u", job, other, state);
    }
}

void books_enter_kernel(unsigned job, unsigned try, bool elsewhere)
{
    struct book *book = &books[job];
    unsigned runs = atomic_fetch_add_explicit(&book->runs, 1, memory_order_relaxed) + 1;
    REQUIRE(runs == try, "run %u of job %u says it is try %u", runs, job, try);
    REQUIRE(try == 1 || try <= plan.traits[job].tries, "job %u has %u tries", job, try);
    REQUIRE(!get(&book->calls_back), "job %u runs after its callback", job);
    atomic_store_explicit(&book->left, 0, memory_order_relaxed);
    atomic_store_explicit(&book->entered, now(), memory_order_relaxed);
    atomic_store_explicit(&book->elsewhere, elsewhere, memory_order_relaxed);
    check_turn(job);
    atomic_fetch_add_explicit(&moves, 1, memory_order_relaxed);
}

void books_leave_kernel(unsigned job, yoke_status status)
{
    atomic_store_explicit(&books[job].returned, (int)status, memory_order_relaxed);
    atomic_store_explicit(&books[job].left, now(), memory_order_relaxed);
}

/* ---- what a job may end as ------------------------------------------------------------------- */

bool may_be_cancelled(unsigned job)
{
    const struct traits *traits = &plan.traits[job];
    struct server_book *server = &servers[traits->server];
    if (time_of(&books[job].cancelling) || time_of(&server->closing))
        return true;
    return traits->group >= 0 &&
           (get(&server->cancels_under_way[traits->group]) ||
            time_of(&server->cancel_ended[traits->group]) >= time_of(&books[job].begun));
}

/* Whether one that it comes after has, or may have, not ended as done. */
static bool may_end_for_another(unsigned job, unsigned policy)
{
    if (plan.traits[job].policy != policy)
        return false;
    for (unsigned i = 0; i < get(&books[job].after_count); i++)
        if (state_of(get(&books[job].after[i])) != YOKE_STATE_DONE)
            return true;
    return false;
}

static void judge_unrun(unsigned job, yoke_state state)
{
    const struct traits *traits = &plan.traits[job];
    switch (state) {
    case YOKE_STATE_CANCELLED:
        REQUIRE(may_be_cancelled(job) || may_end_for_another(job, YOKE_AFTER_CANCEL),
                "job %u ended as cancelled for no reason", job);
        break;
    case YOKE_STATE_TIMED_OUT:
        REQUIRE(traits->deadline, "job %u timed out without a deadline", job);
        break;
    case YOKE_STATE_FAILED:
        REQUIRE(may_end_for_another(job, YOKE_AFTER_FAIL), "job %u failed without having run", job);
        break;
    default:
        finding(__FILE__, __LINE__, "job %u ended in state %d without having run", job, state);
    }
}

static void judge_run(unsigned job, yoke_state state)
{
    const struct traits *traits = &plan.traits[job];
    struct book *book = &books[job];
    yoke_status returned = (yoke_status)atomic_load_explicit(&book->returned, memory_order_relaxed);
    long long cancelled = time_of(&book->cancelled), left = time_of(&book->left);
    REQUIRE(left, "job %u ended in state %d while its kernel ran", job, state);
    switch (state) {
    case YOKE_STATE_DONE:
        REQUIRE(returned == YOKE_OK, "job %u is done though it returned %d", job, returned);
        break;
    case YOKE_STATE_CANCELLED:
        REQUIRE(returned != YOKE_OK, "job %u is cancelled though it returned YOKE_OK", job);
        REQUIRE(may_be_cancelled(job), "job %u ended as cancelled for no reason", job);
        break;
    case YOKE_STATE_TIMED_OUT:
        REQUIRE(traits->deadline || traits->time_limit, "job %u timed out without a limit", job);
        break;
    case YOKE_STATE_FAILED:
        REQUIRE(returned != YOKE_OK, "job %u failed though it returned YOKE_OK", job);
        REQUIRE(!cancelled || cancelled > left || atomic_load(&book->elsewhere),
                "job %u failed, but was cancelled before", job);
        break;
    default:
        REQUIRE(atomic_load(&book->elsewhere), "job %u ended as lost here", job);
    }
}

void judge_state(unsigned job, yoke_state state)
{
    REQUIRE(state >= YOKE_STATE_DONE && state <= YOKE_STATE_LOST, "job %u ended in state %d", job,
            (int)state);
    note_most(&books[job].seen, state);
    if (get(&books[job].runs))
        judge_run(job, state);
    else
        judge_unrun(job, state);
}

/* Or may be: whose task or piece a thread runs that helps, and what is around that, is not known.
 */
static bool in_own_callback(unsigned job)
{
    bool helps = false;
    for (const struct layer *layer = actor_here()->layer; layer; layer = layer->outer) {
        if (layer->where == CALLBACK && layer->job == job)
            return true;
        helps = !layer->outer && (layer->where == TASK || layer->where == PIECE);
    }
    return helps && get(&books[job].calls_back) == 1;
}

void judge(unsigned job, yoke_job *handle)
{
    struct book *book = &books[job];
    yoke_state state = look_at_state(job, handle);
    judge_state(job, state);
    if (plan.traits[job].callback && !in_own_callback(job))
        REQUIRE(get(&book->called_back) == 1,
                "job %u was waited for, and its callback has begun %u times, returned %u times",
                job, get(&book->calls_back), get(&book->called_back));
    if (!in_own_callback(job))
        atomic_store_explicit(&book->waited, true, memory_order_relaxed);
}

/* ---- worker numbers -------------------------------------------------------------------------- */

static struct server_book *numbers_of(const struct layer *layer)
{
    return &servers[plan.job_server[layer->job]];
}

void number_take(struct layer *layer, bool fresh)
{
    if (layer->where != KERNEL || layer->numbered || layer->unnumbered)
        return;
    struct server_book *server = numbers_of(layer);
    unsigned number = CALL(yoke_context_worker)(layer->context);
    layer->number = number;
    layer->numbered = true;
    REQUIRE(!fresh || number < get(&server->workers_most),
            "job %u begins on worker %u, but there never were more than %u", layer->job, number,
            get(&server->workers_most));
    unsigned other = number < 64 ? atomic_exchange_explicit(&server->number_owner[number],
                                                            layer->job + 1, memory_order_relaxed)
                                 : 0;
    REQUIRE(!other, "jobs %u and %u are on worker %u at the same time", layer->job, other - 1,
            number);
}

void number_leave(struct layer *layer)
{
    if (!layer->numbered)
        return;
    layer->numbered = false;
    if (layer->number < 64)
        atomic_store_explicit(&numbers_of(layer)->number_owner[layer->number], 0,
                              memory_order_relaxed);
}

/* ---- at rest --------------------------------------------------------------------------------- */

/* What the books know of the jobs of a server whose jobs have all ended. */
struct sums {
    uint64_t submitted, ended[YOKE_STATE_LOST + 1], unknown, retried, callbacks_failed;
};

static void add_up(unsigned server, struct sums *sums)
{
    for (unsigned job = 0; job < plan.jobs; job++) {
        struct book *book = &books[job];
        const struct traits *traits = &plan.traits[job];
        if (traits->server != server || !time_of(&book->submitted))
            continue;
        sums->submitted++;
        unsigned state = state_of(job), runs = get(&book->runs);
        if (traits->callback)
            REQUIRE(get(&book->calls_back) == 1 && get(&book->called_back) == 1,
                    "at the end the callback of job %u has begun %u times", job,
                    get(&book->calls_back));
        if (state >= YOKE_STATE_DONE)
            sums->ended[state]++;
        else
            sums->unknown++;
        if (!atomic_load(&book->elsewhere))
            sums->retried += runs > 1 ? runs - 1 : 0;
        sums->callbacks_failed += traits->callback && traits->callback_fails;
    }
}

static void compare(unsigned server, const char *what, uint64_t told, uint64_t known,
                    uint64_t unknown)
{
    REQUIRE(told >= known && told <= known + unknown,
            "server %u tells of %llu jobs %s, the books of %llu to %llu", server,
            (unsigned long long)told, what, (unsigned long long)known,
            (unsigned long long)(known + unknown));
}

void books_judge_rest(unsigned server)
{
    struct server_book *book = &servers[server];
    struct sums sums = {0};
    add_up(server, &sums);
    yoke_server_statistics told = {.size = sizeof told};
    yoke_status status = CALL(yoke_server_get_statistics)(atomic_load(&book->server), &told);
    REQUIRE(status == YOKE_OK, "statistics answer %d", status);
    REQUIRE(!told.queued && !told.running, "at rest server %u tells of %llu queued, %llu running",
            server, (unsigned long long)told.queued, (unsigned long long)told.running);
    REQUIRE(told.submitted == told.done + told.failed + told.cancelled + told.timed_out + told.lost,
            "the jobs of server %u do not add up", server);
    uint64_t others = atomic_load(&book->has_others) ? UINT32_MAX : 0;
    uint64_t adopted = atomic_load(&book->adopted); /* which ends as done, or cancelled */
    compare(server, "submitted", told.submitted, sums.submitted + adopted, others);
    compare(server, "done", told.done, sums.ended[YOKE_STATE_DONE],
            sums.unknown + others + adopted);
    compare(server, "failed", told.failed, sums.ended[YOKE_STATE_FAILED], sums.unknown + others);
    compare(server, "cancelled", told.cancelled, sums.ended[YOKE_STATE_CANCELLED],
            sums.unknown + others + adopted);
    compare(server, "timed out", told.timed_out, sums.ended[YOKE_STATE_TIMED_OUT], sums.unknown);
    compare(server, "lost", told.lost, sums.ended[YOKE_STATE_LOST], sums.unknown);
    compare(server, "retried", told.retried, sums.retried, 0);
    compare(server, "with callbacks that failed", told.callbacks_failed, sums.callbacks_failed, 0);
}
