/* Waits of every kind, and what they may answer. */
#include "play.h"

/* The jobs of a step that have handles, which are then in use. */
struct held {
    yoke_job *handles[OTHERS_MAX];
    uint16_t jobs[OTHERS_MAX];
    unsigned count;
};

static void hold_all(const struct step *step, struct held *held)
{
    held->count = 0;
    for (unsigned i = 0; i < step->count; i++)
        if ((held->handles[held->count] = hold(step->jobs[i])))
            held->jobs[held->count++] = step->jobs[i];
}

static void drop_all(const struct held *held)
{
    for (unsigned i = 0; i < held->count; i++)
        drop(held->jobs[i]);
}

static bool was_waited_for(unsigned job)
{
    return atomic_load_explicit(&books[job].waited, memory_order_relaxed);
}

static bool is_task(const struct layer *layer)
{
    return layer->where == TASK || layer->where == PIECE;
}

/* In plans with rings of waits some must end by themselves: what a task of a kernel waits for is
 * not known to be what its job waits for, and a wait for any of several jobs may miss a ring. */
static yoke_duration timeout_of(const struct step *step, const struct layer *layer, unsigned count)
{
    yoke_duration timeout = plan_timeout(step);
    bool may_hang = is_task(layer) || (step->verb == VERB_WAIT_ANY && count > 1);
    return timeout < 0 && plan.cycles && may_hang && layer->where != THREAD ? 2000000 : timeout;
}

static void begin(struct wait *wait, const struct layer *layer)
{
    unsigned waited = 0;
    for (unsigned i = 0; i < wait->count && wait->kind != WAITS_FOR_GROUP; i++)
        waited += was_waited_for(wait->jobs[i]);
    wait->all_waited = wait->kind == WAITS_FOR_ANY ? waited > 0 : waited == wait->count;
    wait->record = UINT32_MAX;
    if (layer->job != NO_JOB)
        wait->record = graph_enter(layer->job, wait->kind, wait->jobs, wait->count);
    wait->begun = now();
}

static void end(const struct wait *wait, const struct layer *layer, yoke_status status)
{
    graph_leave(wait->record);
    switch (status) {
    case YOKE_OK:
        break;
    case YOKE_TIMED_OUT:
        REQUIRE(wait->timeout >= 0, "a wait for ever has timed out");
        REQUIRE(now() - wait->begun >= wait->timeout, "a wait has timed out early");
        REQUIRE(!wait->all_waited || wait->kind == WAITS_FOR_GROUP,
                "a wait for what has ended has timed out");
        break;
    case YOKE_DEADLOCK:
        REQUIRE(layer->job != NO_JOB, "a wait outside all jobs is refused");
        REQUIRE(!wait->all_waited || wait->kind == WAITS_FOR_GROUP,
                "a wait for what has ended is refused");
        REQUIRE(graph_explains_refusal(wait->kind, wait->jobs, wait->count, wait->begun),
                "a wait is refused that could end");
        break;
    default:
        finding(__FILE__, __LINE__, "a wait answers %d", (int)status);
    }
}

void play_wait(const struct step *step, struct layer *layer)
{
    struct held held;
    hold_all(step, &held);
    if (!held.count)
        return;
    struct wait wait = {WAITS_FOR_ALL, held.jobs, 1, timeout_of(step, layer, 1), 0, 0, false};
    begin(&wait, layer);
    yoke_status status = CALL(yoke_job_wait)(held.handles[0], wait.timeout);
    end(&wait, layer, status);
    if (status == YOKE_OK)
        judge(held.jobs[0], held.handles[0]);
    drop_all(&held);
}

static void wait_for_any(const struct held *held, struct wait *wait, const struct layer *layer)
{
    bool waited[OTHERS_MAX];
    size_t index = OTHERS_MAX;
    for (unsigned i = 0; i < held->count; i++)
        waited[i] = was_waited_for(held->jobs[i]);
    begin(wait, layer);
    yoke_status status = CALL(yoke_wait_any)(held->handles, held->count, wait->timeout, &index);
    end(wait, layer, status);
    if (status != YOKE_OK) {
        REQUIRE(index == OTHERS_MAX, "an index is written by a wait that failed");
        return;
    }
    REQUIRE(index < held->count, "of %u jobs the one with index %zu has ended", held->count, index);
    judge(held->jobs[index], held->handles[index]);
    for (unsigned i = 0; i < index; i++)
        REQUIRE(!waited[i], "job %u had ended and is passed over", held->jobs[i]);
}

void play_wait_many(const struct step *step, struct layer *layer)
{
    struct held held;
    hold_all(step, &held);
    struct wait wait = {
        WAITS_FOR_ANY, held.jobs, held.count, timeout_of(step, layer, held.count), 0, 0, false};
    if (held.count && step->verb == VERB_WAIT_ANY) {
        wait_for_any(&held, &wait, layer);
    } else {
        wait.kind = WAITS_FOR_ALL;
        begin(&wait, layer);
        yoke_status status = CALL(yoke_wait_all)(held.handles, held.count, wait.timeout);
        end(&wait, layer, status);
        for (unsigned i = 0; status == YOKE_OK && i < held.count; i++)
            judge(held.jobs[i], held.handles[i]);
    }
    drop_all(&held);
}

/* ---- results --------------------------------------------------------------------------------- */

static void check_result(unsigned job, yoke_status status, const unsigned char *result, size_t size,
                         yoke_job *handle)
{
    static const yoke_status answers[] = {
        [YOKE_STATE_DONE] = YOKE_OK,
        [YOKE_STATE_FAILED] = YOKE_JOB_FAILED,
        [YOKE_STATE_CANCELLED] = YOKE_CANCELLED,
        [YOKE_STATE_TIMED_OUT] = YOKE_TIMED_OUT,
        [YOKE_STATE_LOST] = YOKE_LOST,
    };
    yoke_state state = look_at_state(job, handle);
    REQUIRE(status == answers[state], "the result of job %u in state %d is answered with %d", job,
            (int)state, (int)status);
    for (size_t i = 0; i < size && status == YOKE_OK; i++)
        REQUIRE(result[i] == pattern(job, i), "byte %zu of the result of job %u is wrong", i, job);
}

void play_result(const struct step *step, struct layer *layer)
{
    static _Thread_local unsigned char copy[UNITS_MAX * UNIT];
    struct held held;
    hold_all(step, &held);
    if (!held.count)
        return;
    unsigned job = held.jobs[0];
    size_t size = plan.traits[job].result_units * UNIT, seen = size;
    const void *result = size ? copy : NULL;
    yoke_status status = CALL(yoke_job_result)(held.handles[0], copy, size + 1);
    REQUIRE(status == YOKE_SIZE_MISMATCH, "a result of a wrong size is answered with %d", status);
    struct wait wait = {WAITS_FOR_ALL, held.jobs, 1, YOKE_FOREVER, 0, 0, false};
    if (is_task(layer) && plan.cycles) {
        drop_all(&held);
        return;
    }
    begin(&wait, layer);
    if (step->value & 1)
        status = CALL(yoke_job_result_view)(held.handles[0], &result, &seen);
    else
        status = CALL(yoke_job_result)(held.handles[0], size ? copy : NULL, size);
    end(&wait, layer, status == YOKE_DEADLOCK ? status : YOKE_OK);
    if (status != YOKE_DEADLOCK) {
        judge(job, held.handles[0]);
        REQUIRE(seen == size && !result == !size, "job %u shows %zu bytes of result", job, seen);
        check_result(job, status, result, size, held.handles[0]);
    }
    drop_all(&held);
}

/* ---- groups and servers ---------------------------------------------------------------------- */

/* All that were submitted before `begun`, to the group, or to the server when that is negative,
 * have ended. */
static void check_all_ended(unsigned server, int group, long long begun)
{
    for (unsigned job = 0; job < plan.jobs; job++) {
        long long submitted = atomic_load_explicit(&books[job].submitted, memory_order_relaxed);
        if (plan.job_server[job] != server || !submitted || submitted > begun ||
            (group >= 0 && plan.traits[job].group != group))
            continue;
        yoke_job *handle = hold(job);
        if (!handle)
            continue;
        judge(job, handle);
        drop(job);
    }
}

void play_wait_group(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % (plan.servers * GROUPS), server = number / GROUPS;
    uint16_t jobs = (uint16_t)number;
    if (!server_of(server))
        return;
    struct wait wait = {WAITS_FOR_GROUP, &jobs, 1, timeout_of(step, layer, 1), 0, 0, false};
    yoke_group *group = atomic_load(&servers[server].group[number % GROUPS]);
    begin(&wait, layer);
    yoke_status status = CALL(yoke_group_wait)(group, wait.timeout);
    end(&wait, layer, status);
    if (status == YOKE_OK)
        check_all_ended(server, (int)(number % GROUPS), wait.begun);
}

void play_wait_server(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    yoke_server *server = server_of(number);
    if (!server)
        return;
    /* A job may wait for all jobs of another server; nobody sees the rings that may come of that.
     */
    yoke_duration timeout = plan_timeout(step);
    if (layer->job != NO_JOB && timeout < 0)
        timeout = 300000;
    long long begun = now();
    yoke_status status = CALL(yoke_server_wait)(server, timeout);
    /* The kernel whose task this is may run inside a job of that server, on a thread of its own. */
    if (status == YOKE_DEADLOCK && inside_task(layer))
        return;
    if (inside_server(layer, number))
        REQUIRE(status == YOKE_DEADLOCK, "a job waits for its own server, and is answered with %d",
                status);
    else if (status == YOKE_OK)
        check_all_ended(number, -1, begun);
    else
        REQUIRE(status == YOKE_TIMED_OUT && timeout >= 0, "a wait for a server answers %d", status);
}
