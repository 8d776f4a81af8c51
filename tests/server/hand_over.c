/* Whose core the first worker wakes up on. */
#include <omp.h>
#include <sched.h>

#include "with_server.h"

struct spot {
    int cpu;
    unsigned worker;
};

static yoke_status tell_spot(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    *(struct spot *)result = (struct spot){sched_getcpu(), yoke_context_worker(context)};
    return YOKE_OK;
}

/* The first two processors that this process may use; false when there is only one. */
static bool find_processors(int processors[2])
{
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    int found = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
        if (CPU_ISSET((unsigned)cpu, &set))
            processors[found++] = cpu;
    return found == 2;
}

static void stay_on(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)processor, &set);
    cr_assert_eq(sched_setaffinity(0, sizeof set, &set), 0);
}

/* A thread that rests, submits and waits lends its core to the worker: whichever it is on, the job
 * runs there, under the number of that core's worker. */
Test(server_hand_over, answers_on_the_core_of_a_thread_that_waits, .timeout = 60)
{
    int processors[2];
    if (!find_processors(processors) || omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip_test("needs two processors, and threads that OpenMP does not bind");
    yoke_server *server = open_server(2);
    enum { ROUNDS = 60, STAY = 10 };
    int processor_of[2] = {-1, -1}, there = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int processor = processors[round / STAY % 2];
        stay_on(processor);
        nap(2000000);
        struct spot spot;
        yoke_job *job = submit(server, tell_spot, NULL, 0, sizeof spot);
        cr_assert_eq(yoke_job_result(job, &spot, sizeof spot), YOKE_OK);
        yoke_job_release(job);
        cr_assert_lt(spot.worker, 2);
        if (processor_of[spot.worker] < 0)
            processor_of[spot.worker] = spot.cpu;
        cr_expect_eq(processor_of[spot.worker], spot.cpu, "worker %u has changed its core",
                     spot.worker);
        there += spot.cpu == processor;
    }
    /* Not all: another worker may be on its way to the barrier, or the first job is not known to be
     * waited for. */
    cr_expect_geq(there, ROUNDS * 2 / 3, "%d of %d were answered there", there, ROUNDS);
    yoke_server_release(server);
}
