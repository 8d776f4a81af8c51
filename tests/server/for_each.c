/* Loops inside jobs. */
#include "base/os.h"
#include "with_server.h"

enum { NUMBERS_MAX = 5000 };

struct range {
    uint64_t lo, hi, grain, fail_at;
    atomic_uint visits[NUMBERS_MAX]; /* of each number, less lo */
    atomic_uint pieces, too_large;
};

static yoke_status visit(uint64_t lo, uint64_t hi, void *argument)
{
    struct range *range = argument;
    atomic_fetch_add(&range->pieces, 1);
    if (hi <= lo || (range->grain && hi - lo > range->grain))
        atomic_fetch_add(&range->too_large, 1);
    for (uint64_t i = lo; i < hi; i++) {
        if (i == range->fail_at)
            return YOKE_SYSTEM;
        atomic_fetch_add(&range->visits[i - range->lo], 1);
    }
    return YOKE_OK;
}

static yoke_status visit_all(yoke_context *context, const void *argument, void *result)
{
    struct range *range = *(struct range *const *)argument;
    *(int *)result = (int)yoke_for_each(context, range->lo, range->hi, range->grain, visit, range);
    return YOKE_OK;
}

static int run(yoke_server *server, struct range *range)
{
    yoke_job *job = submit(server, visit_all, &range, sizeof range, sizeof(int));
    int status;
    cr_assert_eq(yoke_job_result(job, &status, sizeof status), YOKE_OK);
    yoke_job_release(job);
    cr_assert_eq(range->too_large, 0);
    return status;
}

Test(server_for_each, visits_every_number_once, .timeout = 60)
{
    static const uint64_t counts[] = {1, 2, 63, 64, 65, 1000, NUMBERS_MAX};
    static const uint64_t grains[] = {0, 1, 7, 64, 4999, UINT64_MAX};
    static const uint64_t starts[] = {0, 12345, UINT64_MAX - NUMBERS_MAX};
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (int c = 0; c < 7; c++)
            for (int g = 0; g < 6; g++)
                for (int s = 0; s < 3; s++) {
                    static struct range range;
                    memset(&range, 0, sizeof range);
                    range.lo = starts[s], range.hi = starts[s] + counts[c], range.grain = grains[g];
                    range.fail_at = range.hi;
                    cr_assert_eq(run(server, &range), YOKE_OK);
                    if (grains[g])
                        cr_assert_eq(range.pieces, (counts[c] - 1) / grains[g] + 1);
                    for (uint64_t i = 0; i < counts[c]; i++)
                        cr_assert_eq(range.visits[i], 1);
                }
        yoke_server_release(server);
    }
}

Test(server_for_each, ends_with_the_first_failure, .timeout = 30)
{
    for (unsigned workers = 1; workers <= 2; workers++) {
        yoke_server *server = open_server(workers);
        static struct range range;
        memset(&range, 0, sizeof range);
        range.hi = NUMBERS_MAX, range.grain = 1, range.fail_at = 10;
        cr_assert_eq(run(server, &range), YOKE_SYSTEM);
        cr_assert_eq(range.visits[10], 0);
        for (int i = 0; i < NUMBERS_MAX; i++) {
            /* Of several pieces that another worker took together it may have begun some. */
            bool known = workers == 1 && i != 10;
            cr_assert(known ? range.visits[i] == (i < 10) : range.visits[i] <= 1);
        }
        yoke_server_release(server);
    }
}

Test(server_for_each, does_nothing_for_an_empty_range, .timeout = 30)
{
    yoke_server *server = open_server(1);
    static struct range range;
    range.lo = range.hi = 7;
    cr_assert_eq(run(server, &range), YOKE_OK);
    range.lo = 8;
    cr_assert_eq(run(server, &range), YOKE_OK);
    cr_assert_eq(range.pieces, 0);
    yoke_server_release(server);
}

/* Two pieces that wait for each other, for so long that it pays to have help. */
enum { PATIENCE_NANOSECONDS = 100000000 };

static yoke_status meet(uint64_t lo, uint64_t hi, void *argument)
{
    (void)lo, (void)hi;
    atomic_int *present = argument;
    atomic_fetch_add(present, 1);
    for (int64_t end = os_deadline(PATIENCE_NANOSECONDS); atomic_load(present) < 2;) {
        if (os_now() >= end)
            return YOKE_TIMED_OUT;
        nap(10000);
    }
    return YOKE_OK;
}

static yoke_status meet_inside(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    atomic_int present = 0;
    *(int *)result = (int)yoke_for_each(context, 0, 2, 1, meet, &present);
    return YOKE_OK;
}

/* A loop whose pieces were quick may be done by one thread, and then these are not, and the next
 * loops are shared again. */
Test(server_for_each, has_the_help_of_idle_workers, .timeout = 30)
{
    yoke_server *server = open_server(2);
    int helped = 0;
    for (int i = 0; i < 20; i++) {
        int status;
        yoke_job *job = submit(server, meet_inside, NULL, 0, sizeof status);
        cr_assert_eq(yoke_job_result(job, &status, sizeof status), YOKE_OK);
        cr_assert(status == YOKE_OK || status == YOKE_TIMED_OUT);
        helped += status == YOKE_OK;
        yoke_job_release(job);
    }
    cr_assert_geq(helped, 10);
    yoke_server_release(server);
}

Test(server_for_each, refuses_what_cannot_be, .timeout = 10)
{
    cr_assert_eq(yoke_for_each(NULL, 0, 1, 1, visit, NULL), YOKE_INVALID);
    cr_assert(strstr(yoke_last_error(), "context"));
}

/* The first piece says that it runs, and all go on until the job has been cancelled. */
struct endless {
    atomic_int running, cancelled;
    atomic_uint pieces;
};

static yoke_status await_cancel(uint64_t lo, uint64_t hi, void *argument)
{
    (void)lo, (void)hi;
    struct endless *endless = argument;
    atomic_fetch_add(&endless->pieces, 1);
    atomic_store(&endless->running, 1);
    while (!atomic_load(&endless->cancelled))
        nap(10000);
    return YOKE_OK;
}

static yoke_status loop_until_cancelled(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct endless *endless = *(struct endless *const *)argument;
    yoke_status status = yoke_for_each(context, 0, 1000000, 1, await_cancel, endless);
    if (status != YOKE_CANCELLED || !strstr(yoke_last_error(), "end early"))
        return yoke_context_fail(context, YOKE_JOB_FAILED, "the loop answered %d", (int)status);
    return status;
}

Test(server_for_each, leaves_early_when_its_job_is_cancelled, .timeout = 30)
{
    yoke_server *server = open_server(2);
    struct endless endless = {0}, *pointer = &endless;
    yoke_job *job = submit(server, loop_until_cancelled, &pointer, sizeof pointer, 0);
    while (!atomic_load(&endless.running))
        nap(10000);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    atomic_store(&endless.cancelled, 1);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_expect_eq(yoke_job_state(job), YOKE_STATE_CANCELLED, "%s", yoke_job_message(job));
    cr_expect_leq(endless.pieces, 2, "%u pieces were begun", atomic_load(&endless.pieces));
    yoke_job_release(job);
    yoke_server_release(server);
}
