/* Submitting the plan's jobs, and what must not be submitted. */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "play.h"

/* Where it may run; the last is no place of this machine, and the one before an executor's node. */
static const char *const places[] = {NULL, "all", "core:0", NULL, "numa:0"};

bool runs_elsewhere(unsigned job)
{
    const struct traits *traits = &plan.traits[job];
    bool bare = plan.first[KERNEL][job] == STEPS_MAX && plan.first[TASK][job] == STEPS_MAX &&
                plan.first[PIECE][job] == STEPS_MAX;
    return traits->elsewhere && bare;
}

bool is_keyed(unsigned job)
{
    const struct traits *traits = &plan.traits[job];
    return traits->keyed && plan.server[traits->server].executor && runs_elsewhere(job) &&
           !places[traits->place];
}

void write_key(char key[KEY_SIZE], unsigned job)
{
    snprintf(key, KEY_SIZE, "job.%u", job);
}

unsigned read_key(const char *key)
{
    char *end;
    if (!strcmp(key, "adopted"))
        return NO_JOB;
    unsigned long job = strncmp(key, "job.", 4) ? JOBS_MAX : strtoul(key + 4, &end, 10);
    REQUIRE(job < plan.jobs && !*end, "there is a key %s", key);
    return (unsigned)job;
}

unsigned char *buffer_of(unsigned job)
{
    static alignas(UNIT) unsigned char buffers[JOBS_MAX][UNITS_MAX * UNIT];
    return job % 3 == 1 ? buffers[job] : NULL;
}

/* The handles of those that it is to come after, which are then in use, as far as they exist. */
static size_t hold_others(unsigned job, yoke_job **handles)
{
    const struct traits *traits = &plan.traits[job];
    struct book *book = &books[job];
    unsigned count = 0;
    for (unsigned i = 0; i < traits->after_count; i++)
        if ((handles[count] = hold(traits->after[i]))) {
            atomic_store_explicit(&book->after[count], traits->after[i], memory_order_relaxed);
            count++;
        }
    atomic_store_explicit(&book->after_count, count, memory_order_relaxed);
    return count;
}

static void drop_others(unsigned job)
{
    for (unsigned i = 0; i < atomic_load_explicit(&books[job].after_count, memory_order_relaxed);
         i++)
        drop(atomic_load_explicit(&books[job].after[i], memory_order_relaxed));
}

static yoke_task describe(unsigned job, char *name, size_t size, char key[KEY_SIZE])
{
    const struct traits *traits = &plan.traits[job];
    yoke_task task = YOKE_TASK_INIT;
    snprintf(name, size, "job %u", job);
    task.kernel = run_kernel;
    task.name = name;
    task.result_size = traits->result_units * UNIT;
    task.result = buffer_of(job);
    if (task.result)
        memset(task.result, 0, task.result_size);
    task.argument_size = sizeof(struct argument) + traits->argument_units * UNIT;
    task.callback = traits->callback ? call_back : NULL;
    task.callback_context = (void *)(uintptr_t)job;
    task.priority = traits->priority;
    task.place = places[traits->place];
    task.time_limit = traits->time_limit * 1000;
    task.deadline = traits->deadline * 1000;
    task.after_failed = (yoke_after_policy)traits->policy;
    task.tries = traits->tries;
    if (traits->place == 3 && plan.server[traits->server].executor && runs_elsewhere(job))
        task.node = "far";
    write_key(key, job);
    task.key = is_keyed(job) ? key : NULL;
    return task;
}

static void *make_argument(unsigned job, size_t size)
{
    struct argument *argument = malloc(size);
    REQUIRE(argument, "no memory");
    *argument = (struct argument){.job = job, .size = (uint32_t)size};
    unsigned char *bytes = (unsigned char *)argument;
    for (size_t i = sizeof *argument; i < size; i++)
        bytes[i] = pattern(job, i);
    return argument;
}

/* Not more room was taken than there are jobs that may be queued. */
static void check_full(unsigned server, long long begun)
{
    unsigned queued = 0;
    REQUIRE(plan.server[server].capacity, "server %u is full, and has no capacity", server);
    for (unsigned job = 0; job < plan.jobs; job++) {
        long long submitting = atomic_load(&books[job].begun),
                  entered = atomic_load(&books[job].entered);
        queued += plan.job_server[job] == server && submitting && (!entered || entered > begun);
    }
    REQUIRE(queued >= plan.server[server].capacity || atomic_load(&servers[server].has_others),
            "server %u is full with %u jobs", server, queued);
}

/* Whether it comes after a job that the calling thread runs, be it for another one that waits. */
static bool follows_a_caller(unsigned job)
{
    for (const struct layer *layer = actor_here()->layer; layer; layer = layer->outer)
        for (unsigned i = 0; layer->where != CALLBACK && i < AFTER_MAX; i++)
            if (i < atomic_load(&books[job].after_count) &&
                atomic_load(&books[job].after[i]) == layer->job)
                return true;
    return false;
}

static yoke_status submit(unsigned job, const yoke_task *task, yoke_job **handle)
{
    const struct traits *traits = &plan.traits[job];
    struct server_book *server = &servers[traits->server];
    yoke_status status;
    long long begun = now();
    yoke_server *open = server_of(traits->server);
    if (traits->group >= 0)
        status = CALL(yoke_group_submit)(atomic_load(&server->group[traits->group]), task, handle);
    else if (traits->try_submit)
        status = CALL(yoke_try_submit)(open, task, handle);
    else
        status = CALL(yoke_submit)(open, task, handle);
    if (status == YOKE_WOULD_BLOCK && traits->try_submit)
        check_full(traits->server, begun);
    else if (status == YOKE_CLOSED)
        REQUIRE(may_be_closed(traits->server), "server %u says that it is closed", traits->server);
    else
        REQUIRE(status == YOKE_OK || status == YOKE_DEADLOCK, "job %u is refused with status %d",
                job, status);
    REQUIRE(status != YOKE_DEADLOCK || follows_a_caller(job),
            "job %u is refused, but comes after no job that is calling", job);
    REQUIRE(status != YOKE_OK || !atomic_load(&server->closed) ||
                begun < atomic_load(&server->closed),
            "server %u is closed and takes job %u", traits->server, job);
    return status;
}

/* The same task under the same key is the same job, as long as we have the handle. */
static void submit_again(unsigned job, const yoke_task *task, yoke_job *handle)
{
    yoke_job *same = NULL;
    if (!task->key || !handle || plan.server[plan.traits[job].server].capacity)
        return;
    if (submit(job, task, &same) != YOKE_OK)
        return;
    REQUIRE(same == handle, "job %u is two jobs under one key", job);
    CALL(yoke_job_release)(same);
}

void play_submit(const struct step *step, struct layer *layer)
{
    unsigned job = step->jobs[0];
    const struct traits *traits = &plan.traits[job];
    struct book *book = &books[job];
    (void)layer;
    if (!server_of(traits->server) ||
        !note_first(&book->begun)) /* a kernel's further try or task */
        return;
    yoke_job *others[AFTER_MAX] = {NULL}, *handle = NULL;
    char name[16], key[KEY_SIZE];
    yoke_task task = describe(job, name, sizeof name, key);
    void *argument = make_argument(job, task.argument_size);
    task.argument = argument;
    task.after_count = hold_others(job, others);
    task.after = others;
    yoke_status status = submit(job, &task, traits->no_handle ? NULL : &handle);
    submit_again(job, &task, handle);
    free(argument);
    drop_others(job);
    if (status != YOKE_OK)
        return;
    note_first(&book->submitted);
    if (handle) {
        atomic_store(&book->handle, handle);
        atomic_store(&book->users, 1);
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static yoke_status do_nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static void spoil(yoke_task *task, unsigned how, yoke_job **none)
{
    switch (how) {
    case 0:
        task->kernel = NULL;
        break;
    case 1:
        task->size--;
        break;
    case 2:
        task->argument_size = 8;
        break;
    case 3:
        task->priority = YOKE_PRIORITY_MAX + 1;
        break;
    case 4:
        task->place = "moon:7";
        break;
    case 5:
        task->deadline = -1;
        break;
    case 6:
        task->after = none;
        task->after_count = 1;
        break;
    default:
        task->after_failed = (yoke_after_policy)7;
        task->after = none;
        task->after_count = 1;
    }
}

static void submit_after_own_job(unsigned job)
{
    yoke_job *own = hold(job);
    if (!own)
        return;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_nothing;
    task.after = &own;
    task.after_count = 1;
    yoke_status status = CALL(yoke_submit)(server_of(plan.job_server[job]), &task, NULL);
    drop(job);
    REQUIRE(status == YOKE_DEADLOCK,
            "a job that comes after the one that submits it is answered "
            "with %d",
            status);
}

void play_misuse(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 16 % plan.servers;
    yoke_server *server = server_of(number);
    yoke_job *none = NULL, *handle = (yoke_job *)&none;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_nothing;
    if (!server)
        return;
    spoil(&task, step->value % 8, &none);
    yoke_status status = CALL(yoke_submit)(server, &task, &handle);
    REQUIRE(status == YOKE_INVALID || (status == YOKE_CLOSED && may_be_closed(number)),
            "what cannot be submitted (%u) is answered with %d", step->value % 8, status);
    REQUIRE(handle == (yoke_job *)&none, "a handle was written for a job that was refused");
    REQUIRE(*CALL(yoke_last_error)(), "a refusal without a text");
    if (layer->where == KERNEL)
        submit_after_own_job(layer->job);
}
