/* A seeded storm of forks: stress_forks [seed] [trees] [rounds].
 *
 * Jobs of two servers, pieces of loops and threads of the program divide random trees by forks;
 * some nodes fail, linger, wait for jobs, loop, or have trees of their own done elsewhere; jobs are
 * cancelled, and the servers resized and closed meanwhile. The nodes of a tree are numbered, and a
 * tree that has ended well must have had each number once; one that has not must say why.
 *
 * A plain main() for ThreadSanitizer, as stress_server is. */
#define STRESS_NAME "stress_forks"
#include "stress.h"

#include <string.h>

#include "yoke/fork.h"
#include "yoke/loop.h"

enum { CALLERS = 3, JOBS = 4, WORKERS_MAX = 6, CHILDREN = 4, NODES_MOST = 1500 };

static yoke_server *servers[2];
static atomic_bool closing; /* this round, or not */
static atomic_long left;    /* trees to go */
static atomic_ullong forks_done;

/* ---- trees ----------------------------------------------------------------------------------- */

enum kind { PLAIN, FAILING, LINGERING, WAITING, LOOPING, ELSEWHERE, KINDS };

struct tree {
    enum kind kind;
    uint64_t seed;
    yoke_server *server; /* for jobs and loops */
    uint64_t size;
    bool may_end; /* early, as its job may be cancelled, or the server closed */
};

/* `size` nodes from `first` on, of which the first is the node itself. */
struct node {
    const struct tree *tree;
    uint64_t first, size;
    uint64_t sum, forks; /* of the numbers, once done */
};

static yoke_status run_tree(yoke_forks *forks, const struct tree *tree, uint64_t *forked);

static bool is_end(const struct tree *tree, yoke_status status)
{
    return tree->may_end &&
           (status == YOKE_CANCELLED || status == YOKE_CLOSED || status == YOKE_TIMED_OUT);
}

/* ---- nodes that do more ---------------------------------------------------------------------- */

struct part {
    uint64_t seed;
    yoke_server *server;
    unsigned size;
};

static yoke_status part_kernel(yoke_context *context, const void *argument, void *result)
{
    const struct part *part = argument;
    struct tree tree = {PLAIN, part->seed, part->server, part->size, true};
    uint64_t forked = 0;
    (void)context, (void)result;
    yoke_status status = run_tree(yoke_forks_here(), &tree, &forked);
    atomic_fetch_add(&forks_done, forked);
    return status;
}

/* A job that is waited for, and may have a small tree. */
static yoke_status wait_for_job(const struct tree *tree, uint64_t seed, unsigned size)
{
    struct part part = {seed, tree->server, size};
    yoke_task task = YOKE_TASK_INIT;
    yoke_job *job = NULL;
    task.kernel = part_kernel;
    task.argument = &part;
    task.argument_size = sizeof part;
    yoke_status status = yoke_submit(servers[seed % 2], &task, &job);
    if (status == YOKE_OK)
        status = yoke_job_wait(job, YOKE_FOREVER);
    yoke_job_release(job);
    return status;
}

static yoke_status tree_piece(const yoke_piece *piece, void *argument)
{
    struct tree tree = *(const struct tree *)argument;
    uint64_t forked = 0;
    tree.seed += piece->lo;
    yoke_status status = run_tree(yoke_forks_here(), &tree, &forked);
    atomic_fetch_add(&forks_done, forked);
    return status;
}

static yoke_status loop_over_trees(const struct tree *around, uint64_t seed)
{
    struct tree tree = {PLAIN, seed, around->server, 1 + seed % 20, around->may_end};
    yoke_loop loop = YOKE_LOOP(0, 1 + seed % 8, tree_piece, &tree);
    loop.grain = 1;
    return yoke_parallel_for(around->server, &loop);
}

static yoke_status do_special(const struct tree *tree, uint64_t seed)
{
    switch (tree->kind) {
    case FAILING:
        return YOKE_SYSTEM;
    case LINGERING:
        nanosleep(&(struct timespec){0, (long)(seed % 100000)}, NULL);
        return YOKE_OK;
    case WAITING:
        return wait_for_job(tree, seed, 1);
    case LOOPING:
        return loop_over_trees(tree, seed);
    case ELSEWHERE:
        return wait_for_job(tree, seed, (unsigned)(seed % 50) + 1);
    default:
        return YOKE_OK;
    }
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static yoke_status run_node(yoke_forks *forks, void *argument);

/* Some children that share the nodes below this one among them. */
static unsigned divide(const struct node *node, uint64_t *random, struct node *children)
{
    uint64_t first = node->first + 1, end = node->first + node->size;
    unsigned count = 0;
    for (unsigned wanted = 1 + below(random, CHILDREN); first < end; count++) {
        uint64_t rest = end - first;
        uint64_t size = count + 1 < wanted ? 1 + below(random, (unsigned)rest) : rest;
        children[count] = (struct node){node->tree, first, size, 0, 0};
        first += size;
    }
    return count;
}

/* Of all children, all of which must be joined. */
static yoke_status add_child(struct node *node, const struct node *child, yoke_status before,
                             yoke_status status)
{
    if (status == YOKE_SYSTEM)
        REQUIRE(node->tree->kind == FAILING && strstr(yoke_last_error(), "fails"));
    else if (status != YOKE_OK)
        REQUIRE(is_end(node->tree, status) && yoke_last_error()[0]);
    node->sum += child->sum;
    node->forks += child->forks;
    return before == YOKE_OK ? status : before;
}

/* The last child is called at once, or forked as the others are; the joins go from the newest to
 * the oldest, or now and then the other way round. */
static yoke_status run_children(yoke_forks *forks, struct node *node, uint64_t *random)
{
    struct node children[CHILDREN];
    yoke_frame frames[CHILDREN];
    unsigned count = divide(node, random, children);
    unsigned forked = count && below(random, 2) ? count - 1 : count;
    yoke_status status = YOKE_OK;
    for (unsigned i = 0; i < forked; i++)
        yoke_fork(forks, &frames[i], run_node, &children[i]);
    if (forked < count)
        status = add_child(node, &children[forked], status, run_node(forks, &children[forked]));
    bool oldest_first = !below(random, 16);
    for (unsigned i = 0; i < forked; i++) {
        unsigned at = oldest_first ? i : forked - 1 - i;
        yoke_status joined = below(random, 2)
                                 ? yoke_join(forks, &frames[at])
                                 : yoke_join_call(forks, &frames[at], run_node, &children[at]);
        status = add_child(node, &children[at], status, joined);
    }
    node->forks += forked;
    return status;
}

static void work(unsigned turns)
{
    for (volatile unsigned i = 0; i < turns; i++)
        ;
}

static yoke_status run_node(yoke_forks *forks, void *argument)
{
    struct node *node = argument;
    uint64_t random = node->tree->seed + node->first * UINT64_C(0x9e3779b97f4a7c15);
    yoke_status status = YOKE_OK;
    node->sum = node->first;
    if (!below(&random, 300))
        status = do_special(node->tree, next_random(&random));
    else if (!below(&random, 8))
        work(below(&random, 300));
    if (node->size > 1) {
        yoke_status children = run_children(forks, node, &random);
        status = status == YOKE_OK ? children : status;
    }
    /* Now, as others may have failed since. */
    return status == YOKE_SYSTEM ? yoke_error_set(status, "node %u fails", (unsigned)node->first)
                                 : status;
}

static yoke_status run_tree(yoke_forks *forks, const struct tree *tree, uint64_t *forked)
{
    struct node root = {tree, 0, tree->size, 0, 0};
    yoke_status status = run_node(forks, &root);
    if (status == YOKE_OK)
        REQUIRE(root.sum == tree->size * (tree->size - 1) / 2);
    else
        REQUIRE(is_end(tree, status) || (status == YOKE_SYSTEM && tree->kind == FAILING));
    *forked += root.forks;
    atomic_fetch_add(&progress, 1);
    return status;
}

/* ---- jobs and threads ------------------------------------------------------------------------ */

static struct tree draw_tree(uint64_t *random)
{
    struct tree tree = {.kind = (enum kind)below(random, KINDS)};
    tree.seed = next_random(random);
    tree.server = servers[below(random, 2)];
    tree.size = 1 + below(random, 1 + below(random, NODES_MOST));
    if (!below(random, 200))
        tree.size *= 20;
    return tree;
}

static yoke_status tree_kernel(yoke_context *context, const void *argument, void *result)
{
    struct tree tree = *(const struct tree *)argument;
    uint64_t forked = 0;
    (void)context, (void)result;
    yoke_status status = run_tree(yoke_forks_here(), &tree, &forked);
    atomic_fetch_add(&forks_done, forked);
    return status;
}

static yoke_job *submit_tree(uint64_t *random, const struct tree *tree)
{
    yoke_job *job = NULL;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = tree_kernel;
    task.argument = tree;
    task.argument_size = sizeof *tree;
    task.priority = (int)below(random, 3) - 1;
    task.time_limit = below(random, 50) ? 0 : 100000;
    yoke_status status = yoke_submit(servers[below(random, 2)], &task, &job);
    REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
    return job;
}

/* Several at a time, of which some are cancelled. */
static void call_jobs(uint64_t *random)
{
    yoke_job *jobs[JOBS];
    for (unsigned i = 0; i < JOBS; i++) {
        struct tree tree = draw_tree(random);
        tree.may_end = true;
        jobs[i] = submit_tree(random, &tree);
    }
    for (unsigned i = 0; i < JOBS; i++) {
        if (!jobs[i])
            continue;
        if (!below(random, 5))
            REQUIRE(yoke_job_cancel(jobs[i]) == YOKE_OK);
        REQUIRE(yoke_job_wait(jobs[i], YOKE_FOREVER) == YOKE_OK);
        yoke_job_release(jobs[i]);
    }
}

/* By the program's thread itself, and in pieces of its loop. */
static void call_here(uint64_t *random)
{
    struct tree tree = draw_tree(random);
    uint64_t forked = 0;
    tree.may_end = atomic_load(&closing);
    run_tree(yoke_forks_here(), &tree, &forked);
    atomic_fetch_add(&forks_done, forked);
    yoke_status status = loop_over_trees(&tree, next_random(random));
    REQUIRE(status == YOKE_OK || is_end(&tree, status));
}

static void *call_trees(void *seed)
{
    uint64_t random = (uint64_t)(uintptr_t)seed;
    while (atomic_fetch_sub(&left, JOBS) > 0) {
        call_jobs(&random);
        if (!below(&random, 10))
            call_here(&random);
        if (!below(&random, 20)) {
            yoke_status status =
                yoke_server_resize(servers[below(&random, 2)], 1 + below(&random, WORKERS_MAX));
            REQUIRE(status == YOKE_OK || status == YOKE_CLOSED);
        }
        if (!below(&random, 50))
            nanosleep(&(struct timespec){0, below(&random, 300000)}, NULL);
    }
    return NULL;
}

static uint64_t run_round(uint64_t *random, unsigned trees, bool close_early)
{
    pthread_t threads[CALLERS];
    for (int i = 0; i < 2; i++) {
        yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
        options.workers = 1 + below(random, WORKERS_MAX);
        REQUIRE(yoke_server_open(&options, &servers[i]) == YOKE_OK);
    }
    atomic_store(&left, (long)trees);
    atomic_store(&closing, close_early);
    for (unsigned i = 0; i < CALLERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, call_trees,
                               (void *)(uintptr_t)next_random(random)) == 0);
    while (close_early && atomic_load(&left) > (long)trees / 4)
        nanosleep(&(struct timespec){0, 100000}, NULL);
    for (int i = 0; i < 2 && close_early; i++)
        REQUIRE(yoke_server_close(servers[i]) == YOKE_OK);
    for (unsigned i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        yoke_server_release(servers[i]);
    return trees;
}

int main(int count, char **arguments)
{
    stress_run(count, arguments, run_round, "every node once");
    printf(STRESS_NAME ": %llu forks\n", (unsigned long long)atomic_load(&forks_done));
    return 0;
}
