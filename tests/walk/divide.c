/* Forks and joins: random trees, whose nodes are numbered, so that a sum tells whether each of them
 * was done once. */
#include "play.h"
#include "random.h"
#include "yoke/fork.h"

enum { SIZE_MOST = 300, CHILDREN = 4 };

struct tree {
    yoke_context *context; /* NULL: no kernel's own, and nobody plays the script of its pieces */
    unsigned job;
    uint64_t seed;
    unsigned fails; /* the node with this number */
};

/* `size` nodes, the first of which is the node itself. */
struct node {
    const struct tree *tree;
    unsigned first, size;
    atomic_uint calls;
    uint64_t sum; /* of the numbers of those that are done */
};

/* The inline functions call these, and not the walk itself. */
void __real_yoke_fork_look(yoke_forks *forks);
void __wrap_yoke_fork_look(yoke_forks *forks);
void __wrap_yoke_fork_look(yoke_forks *forks)
{
    actor_calls(CALLED_yoke_fork_look);
    __real_yoke_fork_look(forks);
}

yoke_status __real_yoke_join_look(yoke_forks *forks, yoke_frame *frame);
yoke_status __wrap_yoke_join_look(yoke_forks *forks, yoke_frame *frame);
yoke_status __wrap_yoke_join_look(yoke_forks *forks, yoke_frame *frame)
{
    actor_calls(CALLED_yoke_join_look);
    return __real_yoke_join_look(forks, frame);
}

static unsigned divide(const struct node *node, uint64_t *random, struct node *children)
{
    unsigned first = node->first + 1, end = node->first + node->size, count = 0;
    for (unsigned wanted = 1 + (unsigned)random_below(random, CHILDREN); first < end; count++) {
        unsigned rest = end - first;
        unsigned size = count + 1 < wanted ? 1 + (unsigned)random_below(random, rest) : rest;
        children[count] = (struct node){.tree = node->tree, .first = first, .size = size};
        first += size;
    }
    return count;
}

static yoke_status run_node(yoke_forks *forks, void *argument);

static yoke_status join(yoke_forks *forks, yoke_frame *frame, struct node *child, bool by_call)
{
    bool mine = CALL(yoke_frame_is_mine)(forks, frame);
    REQUIRE(!mine || !atomic_load(&child->calls), "a frame that nobody can have taken was called");
    yoke_status status = by_call ? CALL(yoke_join_call)(forks, frame, run_node, child)
                                 : CALL(yoke_join)(forks, frame);
    unsigned calls = atomic_load(&child->calls);
    REQUIRE(calls == 1 || (calls == 0 && status == YOKE_CANCELLED),
            "a forked function was called %u times, and answers %d", calls, status);
    REQUIRE(status != YOKE_CANCELLED || CALL(yoke_forks_cancelled)(forks),
            "a fork ends early for no reason");
    return status;
}

static void join_again(yoke_forks *forks, yoke_frame *frame)
{
    yoke_status status = CALL(yoke_join)(forks, frame);
    REQUIRE(status == YOKE_INVALID, "a second join answers %d", status);
}

static yoke_status run_children(yoke_forks *forks, struct node *node, uint64_t *random)
{
    struct node children[CHILDREN];
    yoke_frame frames[CHILDREN];
    unsigned count = divide(node, random, children);
    yoke_status status = YOKE_OK;
    for (unsigned i = 0; i < count; i++)
        CALL(yoke_fork)(forks, &frames[i], run_node, &children[i]);
    bool oldest_first = !random_below(random, 8);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = oldest_first ? i : count - 1 - i;
        yoke_status joined = join(forks, &frames[at], &children[at], random_below(random, 2));
        node->sum += children[at].sum;
        status = status == YOKE_OK ? joined : status;
        if (!random_below(random, 50))
            join_again(forks, &frames[at]);
    }
    return status;
}

static yoke_status run_node(yoke_forks *forks, void *argument)
{
    struct node *node = argument;
    const struct tree *tree = node->tree;
    uint64_t random = (tree->seed + node->first) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    random_next(&random);
    atomic_fetch_add(&node->calls, 1);
    node->sum = node->first;
    if (node->first == 1 && tree->context)
        play_piece(tree->context, tree->job, false);
    yoke_status status = node->size > 1 ? run_children(forks, node, &random) : YOKE_OK;
    return node->first == tree->fails ? YOKE_SYSTEM : status;
}

void play_divide(const struct step *step, struct layer *layer)
{
    unsigned size = 1 + step->value % SIZE_MOST;
    bool fails = step->value / SIZE_MOST % 7 == 0;
    struct tree tree = {layer->where == KERNEL ? layer->context : NULL, layer->job, step->value,
                        fails ? size / 2 : UINT32_MAX};
    struct node root = {.tree = &tree, .size = size};
    yoke_status status = run_node(CALL(yoke_forks_here)(), &root);
    if (status == YOKE_OK)
        REQUIRE(!fails && root.sum == (uint64_t)size * (size - 1) / 2,
                "%u nodes of a tree add up to %llu", size, (unsigned long long)root.sum);
    else
        REQUIRE(status == YOKE_CANCELLED || (fails && status == YOKE_SYSTEM),
                "a tree of forks answers %d", status);
}
