/* Jobs that come after others because of the addresses that they read and write. */
#include "random.h"
#include "server/server.h"
#include "with_server.h"
#include "yoke/group.h"
#include "yoke/task.h"

enum { CELLS = 12, READS_MAX = 4, WRITES_MAX = 3 };

/* A cell of memory, and who is at it. */
struct cell {
    uint64_t value;
    atomic_int readers, writers;
};

/* A job of a random program: its new values depend on the old ones, and on its number. */
struct deed {
    unsigned number, read_count, write_count;
    bool fails;
    struct cell *read[READS_MAX], *written[WRITES_MAX];
};

static bool writes(const struct deed *deed, const struct cell *cell)
{
    for (unsigned i = 0; i < deed->write_count; i++)
        if (deed->written[i] == cell)
            return true;
    return false;
}

static void compute(const struct deed *deed)
{
    uint64_t sum = deed->number;
    for (unsigned i = 0; i < deed->read_count; i++)
        sum = sum * 31 + deed->read[i]->value;
    for (unsigned i = 0; i < deed->write_count; i++)
        deed->written[i]->value = deed->written[i]->value * 17 + sum;
}

/* Nobody is where it writes, and nobody writes where it reads. */
static yoke_status act(yoke_context *context, const void *argument, void *result)
{
    const struct deed *deed = argument;
    (void)context, (void)result;
    for (unsigned i = 0; i < deed->write_count; i++) {
        cr_assert_eq(atomic_fetch_add(&deed->written[i]->writers, 1), 0);
        cr_assert_eq(atomic_load(&deed->written[i]->readers), 0);
    }
    for (unsigned i = 0; i < deed->read_count; i++)
        if (!writes(deed, deed->read[i])) {
            atomic_fetch_add(&deed->read[i]->readers, 1);
            cr_assert_eq(atomic_load(&deed->read[i]->writers), 0);
        }
    compute(deed);
    if (deed->number % 7 == 0)
        nap(20000);
    for (unsigned i = 0; i < deed->read_count; i++)
        if (!writes(deed, deed->read[i]))
            atomic_fetch_sub(&deed->read[i]->readers, 1);
    for (unsigned i = 0; i < deed->write_count; i++)
        atomic_fetch_sub(&deed->written[i]->writers, 1);
    return deed->fails ? YOKE_SYSTEM : YOKE_OK;
}

static struct deed draw(uint64_t *random, unsigned number, struct cell *cells)
{
    struct deed deed = {.number = number,
                        .read_count = (unsigned)random_below(random, READS_MAX + 1),
                        .write_count = (unsigned)random_below(random, WRITES_MAX + 1)};
    for (unsigned i = 0; i < deed.read_count; i++)
        deed.read[i] = &cells[random_below(random, CELLS)];
    for (unsigned i = 0; i < deed.write_count; i++)
        do
            deed.written[i] = &cells[random_below(random, CELLS)];
        while (i && deed.written[i] == deed.written[i - 1]);
    if (deed.write_count == 3 && deed.written[2] == deed.written[0])
        deed.write_count = 2;
    return deed;
}

static yoke_task task_of(const struct deed *deed)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = act;
    task.argument = deed;
    task.argument_size = sizeof *deed;
    task.reads = (const void *const *)deed->read;
    task.read_count = deed->read_count;
    task.writes = (const void *const *)deed->written;
    task.write_count = deed->write_count;
    return task;
}

static void expect_equal(const struct cell *cells, const struct cell *others)
{
    for (unsigned i = 0; i < CELLS; i++)
        cr_assert_eq(cells[i].value, others[i].value, "cell %u", i);
}

Test(server_addresses, jobs_do_what_the_plain_program_does, .timeout = 60)
{
    uint64_t random = 5;
    for (unsigned round = 0; round < 40; round++) {
        yoke_server *server = open_server(1 + round % 4);
        yoke_group *group = NULL;
        if (round % 3 == 0)
            cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
        static struct cell cells[CELLS], serial[CELLS];
        memset(cells, 0, sizeof cells);
        memset(serial, 0, sizeof serial);
        for (unsigned i = 0; i < 1000; i++) {
            uint64_t again = random;
            struct deed deed = draw(&random, i, cells);
            yoke_task task = task_of(&deed);
            cr_assert_eq(group ? yoke_group_submit(group, &task, NULL)
                               : yoke_submit(server, &task, NULL),
                         YOKE_OK, "%s", yoke_last_error());
            deed = draw(&again, i, serial);
            compute(&deed);
        }
        cr_assert_eq(group ? yoke_group_wait(group, YOKE_FOREVER)
                           : yoke_server_wait(server, YOKE_FOREVER),
                     YOKE_OK);
        expect_equal(cells, serial);
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(server->addresses.count, 0, "addresses are left over");
        yoke_group_release(group);
        yoke_server_release(server);
    }
}

/* Some end before their turn, fail, or are out of time: the rest still keep apart. */
Test(server_addresses, jobs_that_end_early_do_not_let_others_in, .timeout = 60)
{
    uint64_t random = 9;
    for (unsigned round = 0; round < 60; round++) {
        yoke_server *server = open_server(1 + round % 3);
        static struct cell cells[CELLS];
        memset(cells, 0, sizeof cells);
        yoke_job *jobs[300];
        for (unsigned i = 0; i < 300; i++) {
            struct deed deed = draw(&random, i, cells);
            deed.fails = random_below(&random, 8) == 0;
            yoke_task task = task_of(&deed);
            if (random_below(&random, 8) == 0)
                task.deadline = 1 + (yoke_duration)random_below(&random, 200000);
            if (i && random_below(&random, 8) == 0)
                task.after = &jobs[random_below(&random, i)], task.after_count = 1;
            cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK, "%s", yoke_last_error());
            if (random_below(&random, 3) == 0)
                cr_assert_eq(yoke_job_cancel(jobs[random_below(&random, i + 1)]), YOKE_OK);
        }
        if (round % 4 == 0)
            cr_assert_eq(yoke_server_close(server), YOKE_OK);
        cr_assert_eq(yoke_wait_all(jobs, 300, YOKE_FOREVER), YOKE_OK);
        for (unsigned i = 0; i < 300; i++)
            yoke_job_release(jobs[i]);
        cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(server->addresses.count, 0, "addresses are left over");
        yoke_server_release(server);
    }
}

/* ---- one by one ------------------------------------------------------------------------------ */

static yoke_job *submit_on(yoke_server *server, yoke_task task, const void *read,
                           const void *written)
{
    yoke_job *job = NULL;
    task.reads = &read, task.read_count = 1; /* NULL is none */
    task.writes = &written, task.write_count = 1;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

static yoke_job *submit_gate_on(yoke_server *server, struct gate **gate, const void *read,
                                const void *written)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = wait_at_gate;
    task.argument = gate, task.argument_size = sizeof *gate;
    return submit_on(server, task, read, written);
}

static yoke_task task_nothing(void)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    return task;
}

static void finish(yoke_job **jobs, size_t count)
{
    cr_assert_eq(yoke_wait_all(jobs, count, YOKE_FOREVER), YOKE_OK);
    for (size_t i = 0; i < count; i++)
        yoke_job_release(jobs[i]);
}

Test(server_addresses, readers_run_beside_each_other, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0, 0}, *at = &gate;
    int x;
    yoke_job *jobs[] = {submit_gate_on(server, &at, &x, NULL),
                        submit_gate_on(server, &at, &x, NULL)};
    await_arrivals(&gate, 2);
    atomic_store(&gate.open, 1);
    finish(jobs, 2);
    yoke_server_release(server);
}

Test(server_addresses, a_cancelled_job_still_stands_between, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0, 0}, *at = &gate;
    int x, y;
    yoke_job *jobs[5];
    jobs[0] = submit_gate_on(server, &at, &x, NULL);
    jobs[1] = submit_on(server, task_nothing(), NULL, &x);
    jobs[2] = submit_on(server, task_nothing(), &x, NULL);
    await_arrivals(&gate, 1);
    cr_assert_eq(yoke_job_cancel(jobs[1]), YOKE_OK);
    cr_expect_eq(yoke_job_state(jobs[1]), YOKE_STATE_CANCELLED);
    jobs[3] = submit_on(server, task_nothing(), NULL, &x);
    jobs[4] = submit_on(server, task_nothing(), NULL, &y);
    cr_assert_eq(yoke_job_wait(jobs[4], YOKE_FOREVER), YOKE_OK);
    cr_expect_eq(yoke_job_wait(jobs[2], YOKE_MILLISECONDS(20)), YOKE_TIMED_OUT);
    cr_expect_eq(yoke_job_wait(jobs[3], 0), YOKE_TIMED_OUT);
    atomic_store(&gate.open, 1);
    finish(jobs, 5);
    yoke_server_release(server);
}

/* The order, and not how the one before has ended. */
Test(server_addresses, failures_do_not_spread, .timeout = 20)
{
    yoke_server *server = open_server(1);
    struct gate gate = {0, 0};
    struct cell cell = {.value = 1};
    struct deed deed = {.write_count = 1, .fails = true, .written = {&cell}};
    yoke_task task = task_of(&deed);
    yoke_job *jobs[] = {submit_gate(server, &gate), NULL, NULL};
    for (int i = 1; i < 3; i++, deed.fails = false)
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_wait_all(jobs, 3, YOKE_FOREVER), YOKE_OK);
    cr_expect_eq(yoke_job_state(jobs[1]), YOKE_STATE_FAILED);
    cr_expect_eq(yoke_job_state(jobs[2]), YOKE_STATE_DONE);
    finish(jobs, 3);
    yoke_server_release(server);
}

Test(server_addresses, groups_know_only_their_own, .timeout = 20)
{
    yoke_server *server = open_server(2);
    struct gate gate = {0, 0}, *at = &gate;
    int x;
    yoke_job *held = submit_gate_on(server, &at, NULL, &x);
    yoke_group *group;
    cr_assert_eq(yoke_group_open(server, &group), YOKE_OK);
    yoke_task task = task_nothing();
    const void *written = &x;
    task.writes = &written, task.write_count = 1;
    for (int i = 0; i < 3; i++)
        cr_assert_eq(yoke_group_submit(group, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_group_wait(group, YOKE_FOREVER), YOKE_OK);
    atomic_store(&gate.open, 1);
    finish(&held, 1);
    yoke_group_release(group);
    yoke_server_release(server);
}

/* ---- inside jobs ----------------------------------------------------------------------------- */

static int shared;

static yoke_status wait_for_the_last(yoke_context *context, const void *argument, void *result)
{
    yoke_server *server = yoke_context_server(context);
    yoke_job *jobs[50];
    (void)argument, (void)result;
    for (int i = 0; i < 50; i++)
        jobs[i] = submit_on(server, task_nothing(), NULL, &shared);
    for (int i = 10; i < 48; i += 3)
        cr_assert_eq(yoke_job_cancel(jobs[i]), YOKE_OK);
    cr_assert_eq(yoke_job_wait(jobs[49], YOKE_FOREVER), YOKE_OK, "%s", yoke_last_error());
    for (int i = 0; i < 50; i++) {
        cr_assert_neq(yoke_job_state(jobs[i]), YOKE_STATE_QUEUED);
        yoke_job_release(jobs[i]);
    }
    return YOKE_OK;
}

Test(server_addresses, a_wait_inside_a_job_runs_those_before, .timeout = 20)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        yoke_job *job = submit(server, wait_for_the_last, NULL, 0, 0);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(yoke_job_state(job), YOKE_STATE_DONE);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

/* It writes to `shared`, and so does what it submits, which therefore comes after it; one that is
 * cancelled in between does not hide that. */
static yoke_status submit_after_itself(yoke_context *context, const void *argument, void *result)
{
    yoke_server *server = yoke_context_server(context);
    yoke_job *between = submit_on(server, task_nothing(), NULL, &shared);
    yoke_job *next = submit_on(server, task_nothing(), &shared, NULL);
    (void)argument;
    if (*(const int *)argument)
        cr_assert_eq(yoke_job_cancel(between), YOKE_OK);
    cr_assert_eq(yoke_job_wait(next, YOKE_FOREVER), YOKE_DEADLOCK);
    cr_assert_eq(yoke_job_state(next), YOKE_STATE_QUEUED);
    yoke_job_release(between);
    *(yoke_job **)result = next;
    return YOKE_OK;
}

Test(server_addresses, a_job_may_be_followed_by_what_it_submits, .timeout = 20)
{
    yoke_server *server = open_server(2);
    for (int cancels = 0; cancels < 2; cancels++) {
        yoke_task task = YOKE_TASK(submit_after_itself, cancels, yoke_job *);
        yoke_job *job = submit_on(server, task, NULL, &shared), *next;
        cr_assert_eq(yoke_job_result(job, &next, sizeof next), YOKE_OK, "%s", yoke_last_error());
        cr_expect_eq(yoke_job_wait(next, YOKE_FOREVER), YOKE_OK);
        cr_expect_eq(yoke_job_state(next), YOKE_STATE_DONE);
        yoke_job_release(next);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

/* ---- what is refused ------------------------------------------------------------------------- */

Test(server_addresses, counts_need_addresses, .timeout = 20)
{
    yoke_server *server = open_server(1);
    const void *x = &x;
    for (int how = 0; how < 4; how++) {
        yoke_task task = task_nothing();
        if (how < 2)
            *(how ? &task.read_count : &task.write_count) = 1;
        if (how == 2)
            task.reads = &x, task.read_count = SIZE_MAX;
        if (how == 3)
            task.writes = &x, task.write_count = SIZE_MAX / 8;
        cr_expect_eq(yoke_submit(server, &task, NULL), YOKE_INVALID);
        cr_expect(strstr(yoke_last_error(), "task.read_count"), "%s", yoke_last_error());
    }
    yoke_server_release(server);
}
