/* A seeded storm of waits over two job servers: stress_waits [seed] [jobs] [rounds].
 *
 * Threads submit waves of jobs to both servers. The kernels and callbacks of a wave wait for jobs
 * of either server in every way there is: for one, any or all of several, a group, with and without
 * a time, for jobs that are held by others, and for jobs that end without running because they were
 * cancelled, or out of time, or come after one that failed. Each waits for jobs with lower numbers
 * in its wave alone, so all waits can end, and none may be refused. One group of each server takes
 * jobs of all waves, while another thread cancels it, waits for it and resizes the servers. Rounds
 * end by closing the servers, every other one with jobs still queued. Then every job must have
 * ended in one state, run at most once and called back once, and the statistics must agree.
 *
 * A plain main() for ThreadSanitizer: see stress_server.c. */
#define STRESS_NAME "stress_waits"
#include "stress.h"

#include "yoke/group.h"
#include "yoke/statistics.h"

enum { SUBMITTERS = 3, SERVERS = 2, WORKERS_MAX = 4 };

/* Of a wave: jobs, and how many of them another one comes after at the most. */
enum { WAVE_MAX = 40, AFTER_MAX = 3 };

struct member {
    struct wave *wave;
    unsigned number, server;
    uint64_t random;
    bool last;    /* no job waits for it */
    bool stopped; /* somebody may cancel it, or it may be out of time */
    atomic_uint runs, callbacks, state;
};

struct wave {
    unsigned count;   /* of the jobs that it is to have */
    unsigned grouped; /* so many of the first are in its groups */
    yoke_group *groups[SERVERS];
    yoke_job *jobs[WAVE_MAX];
    struct member members[WAVE_MAX];
};

static yoke_server *servers[SERVERS];
static yoke_group *shared[SERVERS]; /* of all waves */
static atomic_uint jobs_left;
static atomic_bool winding_down, disturbing;
static atomic_ulong ended[SERVERS][YOKE_STATE_TIMED_OUT + 1];

/* ---- waiting --------------------------------------------------------------------------------- */

static void require_ended(const yoke_job *job)
{
    REQUIRE(yoke_job_state(job) >= YOKE_STATE_DONE);
}

static void wait_for_group(const struct member *member, uint64_t *random)
{
    yoke_group *group = member->wave->groups[below(random, SERVERS)];
    if (member->last) { /* nobody waits for this job, so it may wait for jobs of all waves */
        yoke_status status =
            yoke_group_wait(shared[below(random, SERVERS)], (yoke_duration)below(random, 1000000));
        REQUIRE(status == YOKE_OK || status == YOKE_TIMED_OUT);
    } else if (member->number >= member->wave->grouped) {
        REQUIRE(yoke_group_wait(group, YOKE_FOREVER) == YOKE_OK);
    }
}

/* For jobs before this one. */
static void wait_for_some(const struct member *member, uint64_t *random)
{
    if (!member->number)
        return;
    unsigned first = below(random, member->number);
    unsigned count = 1 + below(random, member->number - first);
    yoke_job *const *jobs = &member->wave->jobs[first];
    yoke_status status;
    size_t index = WAVE_MAX;
    switch (below(random, 6)) {
    case 0:
        REQUIRE(yoke_job_wait(jobs[0], YOKE_FOREVER) == YOKE_OK);
        break;
    case 1:
        status = yoke_job_wait(jobs[0], (yoke_duration)below(random, 100000));
        REQUIRE(status == YOKE_OK || status == YOKE_TIMED_OUT);
        break;
    case 2:
        REQUIRE(yoke_wait_any(jobs, count, YOKE_FOREVER, &index) == YOKE_OK);
        require_ended(jobs[index]);
        break;
    case 3:
        REQUIRE(yoke_wait_all(jobs, count, YOKE_FOREVER) == YOKE_OK);
        require_ended(jobs[count - 1]);
        break;
    case 4:
        status = yoke_wait_any(jobs, count, (yoke_duration)below(random, 100000), &index);
        REQUIRE(status == YOKE_OK || status == YOKE_TIMED_OUT);
        break;
    case 5:
        wait_for_group(member, random);
        break;
    }
}

static void cancel_some(const struct member *member, uint64_t *random)
{
    if (!member->number)
        return;
    unsigned victim = below(random, member->number);
    if (member->wave->members[victim].stopped)
        REQUIRE(yoke_job_cancel(member->wave->jobs[victim]) == YOKE_OK);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static void count_end(yoke_job *job, unsigned server)
{
    atomic_fetch_add(&ended[server][yoke_job_state(job)], 1);
    atomic_fetch_add(&progress, 1);
}

static yoke_status call_back_child(yoke_job *job, void *context)
{
    count_end(job, (unsigned)(uintptr_t)context);
    return YOKE_OK;
}

static yoke_status run_child(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_cancelled(context) ? YOKE_CANCELLED : YOKE_OK;
}

/* A job of its own, of either server. */
static void wait_for_child(uint64_t *random)
{
    unsigned server = below(random, SERVERS);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = run_child;
    task.callback = call_back_child;
    task.callback_context = (void *)(uintptr_t)server;
    yoke_job *child;
    yoke_status status = yoke_submit(servers[server], &task, &child);
    REQUIRE(status == YOKE_OK || (status == YOKE_CLOSED && atomic_load(&winding_down)));
    if (status != YOKE_OK)
        return;
    REQUIRE(yoke_job_wait(child, YOKE_FOREVER) == YOKE_OK);
    require_ended(child);
    yoke_job_release(child);
}

static yoke_status run_member(yoke_context *context, const void *bytes, void *result)
{
    struct member *member = *(struct member *const *)bytes;
    (void)result;
    REQUIRE(atomic_fetch_add(&member->runs, 1) == 0);
    uint64_t random = member->random;
    switch (below(&random, 6)) {
    case 0:
        wait_for_child(&random);
        break;
    case 1:
        cancel_some(member, &random);
        break;
    case 2:
    case 3:
    case 4:
        wait_for_some(member, &random);
        wait_for_some(member, &random);
        break;
    }
    return below(&random, 12) ? YOKE_OK : yoke_context_fail(context, YOKE_OVERFLOW, "as drawn");
}

static yoke_status call_back_member(yoke_job *job, void *context)
{
    struct member *member = context;
    uint64_t random = ~member->random;
    atomic_store(&member->state, yoke_job_state(job));
    if (!below(&random, 3))
        wait_for_some(member, &random);
    REQUIRE(atomic_fetch_add(&member->callbacks, 1) == 0);
    count_end(job, member->server);
    return YOKE_OK;
}

/* Earlier jobs of its server that it is to come after. */
static unsigned choose_predecessors(const struct member *member, uint64_t *random,
                                    yoke_job **chosen)
{
    unsigned count = 0;
    for (unsigned i = below(random, 3) ? 0 : AFTER_MAX; i && member->number; i--) {
        unsigned number = below(random, member->number);
        if (member->wave->members[number].server == member->server)
            chosen[count++] = member->wave->jobs[number];
    }
    return count;
}

static yoke_status submit_member(struct member *member, uint64_t *random)
{
    yoke_job *after[AFTER_MAX];
    struct wave *wave = member->wave;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = run_member;
    task.argument = &member;
    task.argument_size = sizeof(struct member *);
    task.callback = call_back_member;
    task.callback_context = member;
    task.after = after;
    task.after_count = choose_predecessors(member, random, after);
    task.after_failed = (yoke_after_policy)below(random, 3);
    task.priority = below(random, 8) ? 0 : 1;
    if (member->stopped && below(random, 2))
        task.deadline = 1 + below(random, 200000);
    else if (member->stopped && below(random, 2))
        task.time_limit = 1 + below(random, 100000);
    yoke_job **job = &wave->jobs[member->number];
    if (member->number < wave->grouped)
        return yoke_group_submit(wave->groups[member->server], &task, job);
    if (member->stopped && !member->last)
        return yoke_group_submit(shared[member->server], &task, job);
    return yoke_submit(servers[member->server], &task, job);
}

/* ---- waves ----------------------------------------------------------------------------------- */

static void check_member(const struct member *member, const yoke_job *job)
{
    yoke_state state = yoke_job_state(job);
    REQUIRE(state >= YOKE_STATE_DONE && state <= YOKE_STATE_TIMED_OUT);
    REQUIRE(atomic_load(&member->callbacks) == 1 && atomic_load(&member->state) == state);
    REQUIRE(state != YOKE_STATE_DONE || atomic_load(&member->runs) == 1);
    REQUIRE(state != YOKE_STATE_TIMED_OUT || member->stopped);
}

static void finish_wave(struct wave *wave, unsigned count, uint64_t *random)
{
    struct member all = {.wave = wave, .number = count};
    if (below(random, 2))
        cancel_some(&all, random);
    if (below(random, 4) == 0)
        REQUIRE(yoke_group_cancel(wave->groups[below(random, SERVERS)]) == YOKE_OK);
    for (unsigned i = below(random, 4); i; i--)
        wait_for_some(&all, random);
    REQUIRE(yoke_wait_all(wave->jobs, count, YOKE_FOREVER) == YOKE_OK);
    for (unsigned i = 0; i < count; i++) {
        check_member(&wave->members[i], wave->jobs[i]);
        yoke_job_release(wave->jobs[i]);
    }
}

static bool run_wave(struct wave *wave, uint64_t *random)
{
    *wave = (struct wave){.count = 2 + below(random, WAVE_MAX - 1)};
    wave->grouped = below(random, 2) ? below(random, wave->count - 1) : 0;
    for (unsigned i = 0; i < SERVERS; i++)
        REQUIRE(yoke_group_open(servers[i], &wave->groups[i]) == YOKE_OK);
    unsigned count = 0;
    for (yoke_status status = YOKE_OK; count < wave->count; count++) {
        struct member *member = &wave->members[count];
        member->wave = wave;
        member->number = count;
        member->server = below(random, SERVERS);
        member->random = next_random(random);
        member->last = count + 1 == wave->count;
        member->stopped = count < wave->grouped || !below(random, 6);
        if ((status = submit_member(member, random)) != YOKE_OK) {
            REQUIRE(status == YOKE_CLOSED && atomic_load(&winding_down));
            break;
        }
        if (!below(random, 16))
            cancel_some(member, random);
    }
    finish_wave(wave, count, random);
    for (unsigned i = 0; i < SERVERS; i++)
        yoke_group_release(wave->groups[i]);
    return count == wave->count;
}

static void *submit_waves(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    struct wave *wave = malloc(sizeof *wave);
    REQUIRE(wave);
    while (run_wave(wave, &random)) {
        unsigned left = atomic_load(&jobs_left);
        while (left && !atomic_compare_exchange_weak(&jobs_left, &left,
                                                     left > wave->count ? left - wave->count : 0))
            ;
        if (!left)
            break;
    }
    free(wave);
    return NULL;
}

static void *disturb(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    while (atomic_load(&disturbing)) {
        unsigned server = below(&random, SERVERS);
        yoke_status status = YOKE_OK;
        switch (below(&random, 4)) {
        case 0:
            status = yoke_server_resize(servers[server], 1 + below(&random, WORKERS_MAX));
            break;
        case 1:
            REQUIRE(yoke_group_cancel(shared[server]) == YOKE_OK);
            break;
        case 2:
            status = yoke_group_wait(shared[server], (yoke_duration)below(&random, 300000));
            break;
        case 3:
            status = yoke_server_wait(servers[server], (yoke_duration)below(&random, 300000));
            break;
        }
        REQUIRE(status == YOKE_OK || status == YOKE_TIMED_OUT || status == YOKE_CLOSED);
        nanosleep(&(struct timespec){0, below(&random, 400000)}, NULL);
    }
    return NULL;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void open_servers(uint64_t *random)
{
    for (unsigned i = 0; i < SERVERS; i++) {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = 1 + below(random, 2);
        REQUIRE(yoke_server_open(&options, &servers[i]) == YOKE_OK);
        REQUIRE(yoke_group_open(servers[i], &shared[i]) == YOKE_OK);
        for (unsigned state = 0; state <= YOKE_STATE_TIMED_OUT; state++)
            atomic_store(&ended[i][state], 0);
    }
}

/* Answers how many jobs ended. */
static uint64_t check_and_release(unsigned i)
{
    const atomic_ulong *counts = ended[i];
    yoke_server_statistics now = {.size = sizeof now};
    REQUIRE(yoke_server_get_statistics(servers[i], &now) == YOKE_OK);
    REQUIRE(now.queued == 0 && now.running == 0 && now.callbacks_failed == 0);
    REQUIRE(now.submitted == now.done + now.failed + now.cancelled + now.timed_out);
    REQUIRE(now.done == counts[YOKE_STATE_DONE] && now.failed == counts[YOKE_STATE_FAILED]);
    REQUIRE(now.cancelled == counts[YOKE_STATE_CANCELLED]);
    REQUIRE(now.timed_out == counts[YOKE_STATE_TIMED_OUT]);
    yoke_group_release(shared[i]);
    yoke_server_release(servers[i]);
    return now.submitted;
}

static uint64_t run_round(uint64_t *random, unsigned jobs, bool close_early)
{
    atomic_store(&jobs_left, jobs);
    atomic_store(&winding_down, false);
    atomic_store(&disturbing, true);
    open_servers(random);
    pthread_t threads[SUBMITTERS + 1];
    for (unsigned i = 0; i <= SUBMITTERS; i++) {
        void *seed = (void *)(uintptr_t)next_random(random);
        void *(*run)(void *) = i < SUBMITTERS ? submit_waves : disturb;
        REQUIRE(pthread_create(&threads[i], NULL, run, seed) == 0);
    }
    while (close_early && atomic_load(&jobs_left) > jobs / 8)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    atomic_store(&winding_down, close_early);
    for (unsigned i = 0; close_early && i < SERVERS; i++)
        REQUIRE(yoke_server_close(servers[i]) == YOKE_OK);
    for (unsigned i = 0; i < SUBMITTERS; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&disturbing, false);
    pthread_join(threads[SUBMITTERS], NULL);
    for (unsigned i = 0; i < SERVERS; i++)
        REQUIRE(yoke_server_close(servers[i]) == YOKE_OK);
    uint64_t sum = 0;
    for (unsigned i = 0; i < SERVERS; i++)
        sum += check_and_release(i);
    return sum;
}

int main(int count, char **arguments)
{
    stress_run(count, arguments, run_round, "no wait refused");
    return 0;
}
