/* Which of the queued jobs runs next. */
#include "random.h"
#include "with_server.h"

enum { JOBS = 500 };

struct log {
    atomic_uint ended;
    struct entry {
        int priority;
        unsigned number; /* in the order of submission */
    } entry[JOBS];
};

struct line {
    struct log *log;
    struct entry entry;
};

static yoke_status write_line(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct line *line = argument;
    line->log->entry[atomic_fetch_add(&line->log->ended, 1)] = line->entry;
    return YOKE_OK;
}

static yoke_job *submit_line(yoke_server *server, struct log *log, int priority, unsigned number)
{
    struct line line = {log, {priority, number}};
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = write_line;
    task.argument = &line;
    task.argument_size = sizeof line;
    task.priority = priority;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static void check_order(const struct log *log, unsigned count)
{
    cr_assert_eq(log->ended, count);
    for (unsigned i = 1; i < count; i++) {
        const struct entry *before = &log->entry[i - 1], *after = &log->entry[i];
        cr_assert(before->priority > after->priority ||
                      (before->priority == after->priority && before->number < after->number),
                  "job %u of priority %d ran before job %u of priority %d", before->number,
                  before->priority, after->number, after->priority);
    }
}

/* One worker, held at a gate until all jobs are queued. */
Test(server_priority, orders_the_queue, .timeout = 30)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *holding = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    static struct log log;
    uint64_t seed = 1;
    for (unsigned i = 0; i < JOBS; i++) {
        int span = YOKE_PRIORITY_MAX - YOKE_PRIORITY_MIN + 1;
        int priority = YOKE_PRIORITY_MIN + (int)(random_next(&seed) % (unsigned)span);
        yoke_job_release(submit_line(server, &log, i % 3 ? priority : 0, i));
    }
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    check_order(&log, JOBS);
    yoke_job_release(holding);
    yoke_server_release(server);
}

/* Takes every third job out of the middle, as only a job that waits does. */
struct picker {
    yoke_job *job[JOBS];
};

static yoke_status wait_for_thirds(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct picker *picker = *(struct picker *const *)argument;
    for (unsigned i = 0; i < JOBS; i += 3)
        cr_assert_eq(yoke_job_wait(picker->job[i], YOKE_FOREVER), YOKE_OK);
    return YOKE_OK;
}

Test(server_priority, stays_right_when_jobs_leave_the_middle, .timeout = 30)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0};
    yoke_job *holding = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    static struct log thirds, others;
    static struct picker picker;
    struct picker *pointer = &picker;
    yoke_task first = YOKE_TASK_INIT;
    first.kernel = wait_for_thirds;
    first.argument = &pointer;
    first.argument_size = sizeof pointer;
    first.priority = YOKE_PRIORITY_MAX;
    cr_assert_eq(yoke_submit(server, &first, NULL), YOKE_OK);
    for (unsigned i = 0; i < JOBS; i++) {
        int priority = (int)(i * 7 % 5) - 2;
        picker.job[i] = submit_line(server, i % 3 ? &others : &thirds, priority, i);
    }
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(thirds.ended, (JOBS + 2) / 3);
    for (unsigned i = 0; i < thirds.ended; i++)
        cr_assert_eq(thirds.entry[i].number, 3 * i);
    check_order(&others, JOBS - (JOBS + 2) / 3);
    for (unsigned i = 0; i < JOBS; i++)
        yoke_job_release(picker.job[i]);
    yoke_job_release(holding);
    yoke_server_release(server);
}

Test(server_priority, refuses_what_is_out_of_range, .timeout = 10)
{
    yoke_server *server = open_server(1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    yoke_job *job = NULL;
    task.priority = YOKE_PRIORITY_MAX + 1;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    task.priority = YOKE_PRIORITY_MIN - 1;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_INVALID);
    cr_assert_null(job);
    cr_assert_eq(statistics_of(server).submitted, 0);
    yoke_server_release(server);
}
