/* Fork and join: that all that is forked is done once, wherever that is and in whatever order it is
 * joined. */
#include <fenv.h>

#include "random.h"
#include "with_forks.h"
#include "yoke/loop.h"

TestSuite(server_forks, .timeout = 60);

Test(server_forks, come_to_the_same_on_any_number_of_workers)
{
    for (unsigned workers = 1; workers <= 8; workers++) {
        yoke_server *server = open_server(workers);
        for (int i = 0; i < 20; i++)
            expect_fib(submit_fib(server, FIB_N));
        yoke_server_release(server);
    }
}

Test(server_forks, of_several_jobs_at_a_time)
{
    enum { JOBS = 30 };
    yoke_job *jobs[JOBS];
    yoke_server *server = open_server(4);
    for (int i = 0; i < JOBS; i++)
        jobs[i] = submit_fib(server, FIB_N);
    for (int i = 0; i < JOBS; i++)
        expect_fib(jobs[i]);
    yoke_server_release(server);
}

/* ---- order ----------------------------------------------------------------------------------- */

enum { FRAMES_MAX = 10000 };

struct crowd {
    unsigned count;
    uint64_t order; /* 0: newest first, 1: oldest first, else a seed */
    yoke_frame frame[FRAMES_MAX];
    atomic_uint calls[FRAMES_MAX];
};

static yoke_status count_call(yoke_forks *forks, void *argument)
{
    (void)forks;
    atomic_fetch_add((atomic_uint *)argument, 1);
    return YOKE_OK;
}

static unsigned choose(const struct crowd *crowd, unsigned i, uint64_t *random)
{
    unsigned left = crowd->count - i;
    if (crowd->order == 0)
        return left - 1;
    return crowd->order == 1 ? 0 : (unsigned)random_below(random, left);
}

static yoke_status join_crowd(yoke_context *context, const void *argument, void *result)
{
    struct crowd *crowd = POINTED(struct crowd, argument);
    yoke_forks *forks = yoke_forks_here();
    static yoke_frame *left[FRAMES_MAX];
    uint64_t random = crowd->order;
    (void)context, (void)result;
    for (unsigned i = 0; i < crowd->count; i++) {
        atomic_store(&crowd->calls[i], 0);
        left[i] = &crowd->frame[i];
        yoke_fork(forks, left[i], count_call, &crowd->calls[i]);
    }
    for (unsigned i = 0; i < crowd->count; i++) {
        unsigned at = choose(crowd, i, &random);
        cr_assert_eq(yoke_join(forks, left[at]), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(atomic_load(&crowd->calls[left[at] - crowd->frame]), 1);
        memmove(&left[at], &left[at + 1], (crowd->count - i - at - 1) * sizeof *left);
    }
    return YOKE_OK;
}

static void join_in_each_order(unsigned count, unsigned times)
{
    static struct crowd crowd;
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (unsigned i = 0; i < times; i++) {
            crowd.count = count;
            crowd.order = i;
            expect_done(submit_with(server, join_crowd, &crowd));
            for (unsigned j = 0; j < count; j++)
                cr_assert_eq(atomic_load(&crowd.calls[j]), 1);
        }
        yoke_server_release(server);
    }
}

Test(server_forks, may_be_joined_in_any_order)
{
    join_in_each_order(1, 3);
    join_in_each_order(7, 100);
    join_in_each_order(100, 100);
}

Test(server_forks, may_be_more_than_a_deque_holds)
{
    join_in_each_order(4096, 3);
    join_in_each_order(FRAMES_MAX, 3);
}

/* ---- where ----------------------------------------------------------------------------------- */

Test(server_forks, run_at_once_outside_of_servers)
{
    yoke_forks *forks = yoke_forks_here();
    cr_assert_eq(fib(forks, FIB_N), FIB);
    struct call call = {10, 0};
    yoke_frame frame;
    yoke_fork(forks, &frame, fib_call, &call);
    cr_assert_eq(call.result, 55);
    cr_assert_eq(yoke_join_call(forks, &frame, fib_call, &call), YOKE_OK);
    cr_assert_not(yoke_forks_cancelled(forks));
}

static yoke_status fib_piece(uint64_t lo, uint64_t hi, void *argument)
{
    for (; lo < hi; lo++)
        cr_assert_eq(fib(yoke_forks_here(), FIB_N - 4), 377);
    atomic_fetch_add((atomic_uint *)argument, 1);
    return YOKE_OK;
}

static yoke_status fib_in_loop(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct call call = {FIB_N, 0};
    yoke_frame frame;
    yoke_forks *forks = yoke_forks_here();
    yoke_fork(forks, &frame, fib_call, &call);
    yoke_status status = yoke_for_each(context, 0, 50, 1, fib_piece, POINTED(void, argument));
    cr_assert_eq(yoke_join(forks, &frame), YOKE_OK);
    cr_assert_eq(call.result, FIB);
    return status;
}

static yoke_status fib_loop_piece(const yoke_piece *piece, void *argument)
{
    return fib_piece(piece->lo, piece->hi, argument);
}

Test(server_forks, in_pieces_of_loops)
{
    for (unsigned workers = 1; workers <= 4; workers++) {
        yoke_server *server = open_server(workers);
        atomic_uint pieces = 0;
        expect_done(submit_with(server, fib_in_loop, &pieces));
        cr_assert_eq(atomic_load(&pieces), 50);
        yoke_loop loop = YOKE_LOOP(0, 50, fib_loop_piece, &pieces);
        loop.grain = 1;
        cr_assert_eq(yoke_parallel_for(server, &loop), YOKE_OK, "%s", yoke_last_error());
        cr_assert_eq(atomic_load(&pieces), 100);
        yoke_server_release(server);
    }
}

static yoke_status loop_call(yoke_forks *forks, void *argument)
{
    (void)forks;
    atomic_uint pieces = 0;
    yoke_loop loop = YOKE_LOOP(0, 20, fib_loop_piece, &pieces);
    loop.grain = 1;
    return yoke_parallel_for(argument, &loop);
}

static yoke_status fork_loops(yoke_context *context, const void *argument, void *result)
{
    enum { LOOPS = 5 };
    yoke_frame frame[LOOPS];
    yoke_forks *forks = yoke_forks_here();
    (void)argument, (void)result;
    for (int i = 0; i < LOOPS; i++)
        yoke_fork(forks, &frame[i], loop_call, yoke_context_server(context));
    for (int i = LOOPS; i--;)
        cr_assert_eq(yoke_join(forks, &frame[i]), YOKE_OK, "%s", yoke_last_error());
    return YOKE_OK;
}

Test(server_forks, may_be_loops)
{
    yoke_server *server = open_server(4);
    for (int i = 0; i < 10; i++)
        expect_done(submit_with(server, fork_loops, NULL));
    yoke_server_release(server);
}

static yoke_status fib_in_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    long sums[4];
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    struct call call = {FIB_N, 0};
    yoke_fork(forks, &frame, fib_call, &call);
    for (int i = 0; i < 4; i++) {
#pragma omp task firstprivate(i) shared(sums)
        sums[i] = fib(yoke_forks_here(), FIB_N);
    }
#pragma omp taskwait
    cr_assert_eq(yoke_join(forks, &frame), YOKE_OK);
    cr_assert_eq(call.result, FIB);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(sums[i], FIB);
    return YOKE_OK;
}

Test(server_forks, in_tasks_of_openmp)
{
    yoke_server *server = open_server(3);
    for (int i = 0; i < 50; i++)
        expect_done(submit_with(server, fib_in_tasks, NULL));
    yoke_server_release(server);
}

/* ---- what a thief has of the kernel ---------------------------------------------------------- */

struct theft {
    atomic_bool taken;
    int rounding;
};

static yoke_status note_rounding(yoke_forks *forks, void *argument)
{
    struct theft *theft = argument;
    (void)forks;
    theft->rounding = fegetround();
    fesetround(FE_DOWNWARD); /* which is to end with the frame */
    atomic_store(&theft->taken, true);
    return YOKE_OK;
}

static yoke_status fork_with_rounding(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    yoke_forks *forks = yoke_forks_here();
    fesetround(FE_UPWARD);
    for (int i = 0; i < 3; i++) {
        struct theft theft = {0};
        yoke_frame frame;
        yoke_fork(forks, &frame, note_rounding, &theft);
        fork_until(forks, &theft.taken);
        cr_assert_eq(yoke_join(forks, &frame), YOKE_OK);
        cr_assert_eq(theft.rounding, FE_UPWARD);
        cr_assert_eq(fegetround(), FE_UPWARD);
    }
    return YOKE_OK;
}

static yoke_status see_rounding(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    cr_assert_eq(fegetround(), FE_TONEAREST);
    return YOKE_OK;
}

Test(server_forks, have_the_floating_point_mode_of_the_kernel)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < 20; i++) {
        expect_done(submit_with(server, fork_with_rounding, NULL));
        for (int j = 0; j < 4; j++)
            expect_done(submit_with(server, see_rounding, NULL));
    }
    yoke_server_release(server);
}
