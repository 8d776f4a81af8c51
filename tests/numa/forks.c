/* Forks: who helps, and whose frames a helper takes. */
#include <stdio.h>

#include "witness.h"
#include "yoke/fork.h"

static unsigned node_here(void)
{
    unsigned cpu, node;
    here(&cpu, &node);
    return node;
}

static void run_on(unsigned node, yoke_kernel kernel)
{
    char place[16];
    snprintf(place, sizeof place, "numa:%u", node);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.place = place;
    yoke_job *job = NULL;
    must(yoke_submit(server, &task, &job));
    must(yoke_job_wait(job, YOKE_FOREVER));
    yoke_job_release(job);
}

/* ---- the first helper is one of the node ----------------------------------------------------- */

static atomic_uint taken_on;

static yoke_status note_node(yoke_forks *forks, void *argument)
{
    (void)forks, (void)argument;
    atomic_store(&taken_on, node_here());
    return YOKE_OK;
}

static yoke_status fork_one(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame;
    atomic_store(&taken_on, NODES_MAX);
    yoke_fork(forks, &frame, note_node, NULL);
    for (int i = 0; i < 1000 && atomic_load(&taken_on) == NODES_MAX; i++)
        nap();
    return yoke_join(forks, &frame);
}

void check_helpers(void)
{
    enum { ROUNDS = 20 };
    unsigned at_home = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned node = round % nodes;
        run_on(node, fork_one);
        at_home += atomic_load(&taken_on) == node;
    }
    note("%u of %u frames were taken by a worker of their node", at_home, ROUNDS);
    if (at_home < ROUNDS - ROUNDS / 10)
        complain("workers of other nodes were called before idle ones of the node");
}

/* ---- frames of the node before those of others ----------------------------------------------- */

/* A range of naps, and where it was forked. */
struct range {
    unsigned count, node, cpu;
};

static atomic_uint taken, at_home, here_and_there[NODES_MAX];

static yoke_status split(yoke_forks *forks, void *argument)
{
    struct range *range = argument;
    unsigned cpu, node;
    here(&cpu, &node);
    if (cpu != range->cpu) {
        atomic_fetch_add(&taken, 1);
        atomic_fetch_add(&at_home, node == range->node);
    }
    if (range->count == 1) {
        nap();
        atomic_fetch_add(&here_and_there[node], 1);
        return YOKE_OK;
    }
    struct range first = {range->count / 2, node, cpu},
                 rest = {range->count - first.count, node, cpu};
    yoke_frame frame;
    yoke_fork(forks, &frame, split, &first);
    yoke_status status = split(forks, &rest);
    yoke_status other = yoke_join(forks, &frame);
    return status == YOKE_OK ? other : status;
}

static yoke_status split_all(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    struct range range = {64 * workers, 0, 0};
    here(&range.cpu, &range.node);
    return split(yoke_forks_here(), &range);
}

/* Of the others a thief that does not look where it is would find `cores - 1` in its node, of
 * `workers - 1` in all. */
void check_frames(void)
{
    for (unsigned node = 0; node < nodes; node++)
        run_on(node, split_all);
    unsigned all = atomic_load(&taken), home = atomic_load(&at_home);
    note("%u of %u frames were taken on the node where they were forked", home, all);
    if (home * (workers - 1) < all * (cores - 1))
        complain("thieves do not look at their own node first");
    for (unsigned node = 0; node < nodes; node++)
        if (!atomic_load(&here_and_there[node]))
            complain("node %u did not help", node);
}
