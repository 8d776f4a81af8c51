/* Who takes whose jobs. */
#include <stdio.h>

#include "witness.h"

enum { JOBS_MAX = 1024 };

/* ---- jobs ------------------------------------------------------------------------------------ */

static struct gate {
    atomic_uint arrived;
    atomic_bool open;
} gates[NODES_MAX];

static atomic_uint stayed[NODES_MAX]; /* jobs that had to run on the node, and have run */

static struct step {
    unsigned from, on; /* nodes: where the job was queued, where it ran */
} steps[JOBS_MAX];
static atomic_uint steps_taken;

static yoke_job *jobs[JOBS_MAX];
static unsigned jobs_used;

static unsigned node_here(void)
{
    unsigned cpu, node;
    here(&cpu, &node);
    return node;
}

static yoke_status hold(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    unsigned node = *(const unsigned *)argument;
    if (node_here() != node)
        complain("a job for node %u ran on node %u", node, node_here());
    atomic_fetch_add(&gates[node].arrived, 1);
    while (!atomic_load(&gates[node].open))
        nap();
    return YOKE_OK;
}

static yoke_status stay(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    unsigned node = *(const unsigned *)argument;
    if (node_here() != node)
        complain("a job for node %u was taken to node %u", node, node_here());
    atomic_fetch_add(&stayed[node], 1);
    return YOKE_OK;
}

static yoke_status roam(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    unsigned index = atomic_fetch_add(&steps_taken, 1) % JOBS_MAX;
    steps[index] = (struct step){*(const unsigned *)argument, node_here()};
    return YOKE_OK;
}

/* Jobs that have to run on the node are more urgent than those that may run anywhere. */
static void submit(yoke_kernel kernel, unsigned node, bool placed)
{
    char place[16];
    snprintf(place, sizeof place, "numa:%u", node);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = kernel;
    task.argument = &node;
    task.argument_size = sizeof node;
    task.place = placed ? place : NULL;
    task.priority = placed ? 1 : 0;
    if (jobs_used == JOBS_MAX)
        complain("too many jobs");
    else
        must(yoke_submit(server, &task, &jobs[jobs_used++]));
}

static void release_all(void)
{
    for (; jobs_used; jobs_used--) {
        must(yoke_job_wait(jobs[jobs_used - 1], YOKE_FOREVER));
        yoke_job_release(jobs[jobs_used - 1]);
    }
}

/* Every worker of every node comes to rest in a job that has to run there. */
static void hold_all(void)
{
    for (unsigned node = 0; node < nodes; node++) {
        atomic_store(&gates[node].arrived, 0);
        atomic_store(&gates[node].open, false);
        for (unsigned core = 0; core < cores; core++)
            submit(hold, node, true);
    }
    for (unsigned node = 0; node < nodes; node++)
        while (atomic_load(&gates[node].arrived) < cores)
            nap();
}

/* ---- the nearest first ----------------------------------------------------------------------- */

/* As run.sh has told the machine. */
static unsigned distance(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* Queues so many jobs without a place on a held node: jobs that have to run on the others, which
 * are held as well, make it the least loaded one. */
static void queue_on(unsigned node, unsigned count, unsigned *loads)
{
    for (unsigned other = 0; other < nodes; other++)
        for (; other != node && loads[other] < loads[node] + count; loads[other]++)
            submit(stay, other, true);
    for (unsigned i = 0; i < count; i++, loads[node]++)
        submit(roam, node, false);
}

/* How many jobs from nearer nodes were begun when one from a node so far away had been. */
static unsigned count_late(unsigned thief, unsigned far, unsigned end)
{
    unsigned late = 0;
    bool gone_far = false;
    for (unsigned i = 0; i < end; i++) {
        gone_far |= distance(thief, steps[i].from) >= far;
        late += gone_far && distance(thief, steps[i].from) < far;
    }
    return late;
}

/* All nodes are held, and those but the thief have jobs that anyone may run and jobs that no one
 * else may; then the thief is let go. */
static unsigned check_thief(unsigned thief)
{
    const unsigned count = 4 * cores;
    unsigned loads[NODES_MAX] = {0}, late = 0;
    atomic_store(&steps_taken, 0);
    for (unsigned node = 0; node < nodes; node++)
        atomic_store(&stayed[node], 0);
    hold_all();
    /* The farthest first, so that the oldest jobs are not the nearest ones. */
    for (unsigned far = nodes; far-- > 1;)
        for (unsigned node = 0; node < nodes; node++)
            if (distance(thief, node) == far)
                queue_on(node, count, loads);
    atomic_store(&gates[thief].open, true);
    while (atomic_load(&steps_taken) < count * (nodes - 1))
        nap();
    for (unsigned node = 0; node < nodes; node++)
        if (node != thief && atomic_load(&stayed[node]))
            complain("%u jobs that had to wait for node %u have run", atomic_load(&stayed[node]),
                     node);
    for (unsigned node = 0; node < nodes; node++)
        atomic_store(&gates[node].open, true);
    release_all();
    for (unsigned i = 0; i < count * (nodes - 1); i++)
        if (steps[i].on != thief)
            complain("a job of node %u ran on node %u, not on %u", steps[i].from, steps[i].on,
                     thief);
    /* Each worker but one may have taken a job and be slow to begin it. */
    for (unsigned far = 2; far < nodes; far++) {
        unsigned behind = count_late(thief, far, count * (nodes - 1));
        if (behind >= cores)
            complain("node %u began %u jobs of nearer nodes after one %u steps away", thief, behind,
                     far);
        late += behind;
    }
    return late;
}

void check_order(void)
{
    unsigned late = 0;
    for (unsigned thief = 0; thief < nodes; thief++)
        late += check_thief(thief);
    note("%u jobs taken in %u rounds, %u begun after one from farther away",
         4 * cores * (nodes - 1) * nodes, nodes, late);
}

/* ---- the nearest idle node ------------------------------------------------------------------- */

static atomic_bool leave;
static atomic_uint present, guest_on;

static yoke_status linger(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    atomic_fetch_add(&present, 1);
    while (!atomic_load(&leave))
        nap();
    return YOKE_OK;
}

static yoke_status be_guest(yoke_context *context, const void *argument, void *result)
{
    atomic_store(&guest_on, node_here());
    return linger(context, argument, result);
}

/* Every node but one has a worker at work and others that sleep. That one is given a job that
 * anyone may run, and before its workers are awake as many as it has workers that must run there
 * and are more urgent. Answers the steps that the first one went. */
static unsigned guest_steps(unsigned node)
{
    atomic_store(&leave, false);
    atomic_store(&present, 0);
    atomic_store(&guest_on, NODES_MAX);
    for (unsigned other = 0; other < nodes; other++)
        if (other != node)
            submit(linger, other, true);
    while (atomic_load(&present) < nodes - 1)
        nap();
    for (int i = 0; i < 20; i++)
        nap(); /* for those who look for jobs to fall asleep */
    submit(be_guest, node, false);
    for (unsigned core = 0; core < cores; core++)
        submit(linger, node, true);
    while (atomic_load(&guest_on) == NODES_MAX || atomic_load(&present) < nodes - 1 + cores)
        nap();
    atomic_store(&leave, true);
    release_all();
    return distance(node, atomic_load(&guest_on));
}

void check_neighbours(void)
{
    enum { ROUNDS = 10 };
    unsigned went[NODES_MAX] = {0}, farther = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (unsigned node = 0; node < nodes; node++)
            went[guest_steps(node) % NODES_MAX]++;
    for (unsigned far = 0; far < nodes; far++)
        note("%u of %u jobs ran %u steps away", went[far], ROUNDS * nodes, far);
    for (unsigned far = 2; far < nodes; far++)
        farther += went[far];
    if (!went[1])
        complain("no job ran on the next node");
    if (farther > went[1] / 4)
        complain("too many have gone farther than to the next node");
}
