/* The short life of a server: opened, given some jobs that read and write the same memory, and
 * closed or released with them. */
#include <time.h>

#include "play.h"

enum { JOBS = 12, CELLS = 3 };

struct life {
    yoke_server *server;
    yoke_group *group;
    yoke_job *jobs[JOBS];
    atomic_uint runs, calls;
    /* Of those that are no job of the group, and of the others. */
    unsigned cells[2][CELLS];
};

struct part {
    struct life *life;
    const unsigned *read;
    unsigned *written; /* either may be NULL */
};

/* The cells are not atomic: ThreadSanitizer would see two jobs at one. */
static yoke_status run(yoke_context *context, const void *argument, void *result)
{
    const struct part *part = argument;
    unsigned seen = part->read ? *part->read : 0;
    (void)context, (void)result;
    if (part->written)
        ++*part->written;
    REQUIRE(!part->read || *part->read - seen == (part->read == part->written),
            "what a job reads has changed meanwhile");
    atomic_fetch_add_explicit(&part->life->runs, 1, memory_order_relaxed);
    return YOKE_OK;
}

static yoke_status called(yoke_job *job, void *context)
{
    struct life *life = context;
    (void)job;
    atomic_fetch_add_explicit(&life->calls, 1, memory_order_relaxed);
    return YOKE_OK;
}

static unsigned *choose_cell(struct life *life, unsigned job, uint32_t value)
{
    unsigned cell = (value >> job) % (CELLS + 1);
    return cell < CELLS ? &life->cells[job % 3 == 0][cell] : NULL;
}

static void submit_some(struct life *life, uint32_t value)
{
    for (unsigned i = 0; i < JOBS; i++) {
        struct part part = {life, choose_cell(life, i, value), choose_cell(life, i, value / 5)};
        const void *read = part.read, *written = part.written;
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = run;
        task.argument = &part;
        task.argument_size = sizeof part;
        task.reads = &read, task.read_count = 1;
        task.writes = &written, task.write_count = 1;
        task.callback = called;
        task.callback_context = life;
        task.after = &life->jobs[i ? i - 1 : 0];
        task.after_count = i && (value >> i & 1);
        task.after_failed = YOKE_AFTER_RUN;
        yoke_status status = i % 3 ? CALL(yoke_submit)(life->server, &task, &life->jobs[i])
                                   : CALL(yoke_group_submit)(life->group, &task, &life->jobs[i]);
        REQUIRE(status == YOKE_OK, "a job of a short life is answered with %d", status);
    }
}

static yoke_status add_up(yoke_context *context, const void *argument, void *result)
{
    const struct life *life = *(struct life *const *)argument;
    (void)context;
    for (unsigned i = 0; i < CELLS; i++)
        *(unsigned *)result += life->cells[0][i];
    return YOKE_OK;
}

/* It comes after all that is written; in between the other jobs go on. */
static void run_once(struct life *life)
{
    unsigned sum = JOBS + 1;
    const void *read[CELLS];
    for (unsigned i = 0; i < CELLS; i++)
        read[i] = &life->cells[0][i];
    yoke_task task = YOKE_TASK(add_up, life, sum);
    task.reads = read, task.read_count = CELLS;
    yoke_status status = CALL(yoke_run)(life->server, &task, &sum);
    REQUIRE(status == YOKE_OK && sum <= JOBS, "yoke_run() answers %d, and a sum of %u", status,
            sum);
}

static void end(struct life *life, uint32_t value)
{
    yoke_status status = YOKE_OK;
    if (value % 4 == 0)
        status = CALL(yoke_server_wait)(life->server, YOKE_FOREVER);
    else if (value % 4 == 1)
        status = CALL(yoke_group_cancel)(life->group);
    else if (value % 4 == 2)
        status = CALL(yoke_server_close)(life->server);
    REQUIRE(status == YOKE_OK, "the end of a short life (%u) answers %d", value % 4, status);
    if (value & 64)
        CALL(yoke_group_release)(life->group);
    CALL(yoke_server_release)(life->server);
    if (!(value & 64))
        CALL(yoke_group_release)(life->group);
}

void play_brief(const struct step *step, struct layer *layer)
{
    struct life life = {0};
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    (void)layer;
    options.workers = 1 + step->value % 3;
    yoke_status status = CALL(yoke_server_open)(&options, &life.server);
    REQUIRE(status == YOKE_OK, "yoke_server_open() answers %d", status);
    status = CALL(yoke_group_open)(life.server, &life.group);
    REQUIRE(status == YOKE_OK, "yoke_group_open() answers %d", status);
    submit_some(&life, step->value / 8);
    if (step->value % 5 == 0)
        run_once(&life);
    end(&life, step->value / 8);
    unsigned done = 0;
    for (unsigned i = 0; i < JOBS; i++) {
        yoke_state state = CALL(yoke_job_state)(life.jobs[i]);
        REQUIRE(state == YOKE_STATE_DONE || state == YOKE_STATE_CANCELLED,
                "a job of a released server is in state %d", (int)state);
        REQUIRE(CALL(yoke_job_wait)(life.jobs[i], 0) == YOKE_OK,
                "a wait for a job of a released server does not answer at once");
        done += state == YOKE_STATE_DONE;
        CALL(yoke_job_release)(life.jobs[i]);
    }
    REQUIRE(atomic_load(&life.runs) == done && atomic_load(&life.calls) == JOBS,
            "%u jobs done, %u runs, %u of %d callbacks", done, atomic_load(&life.runs),
            atomic_load(&life.calls), JOBS);
}
