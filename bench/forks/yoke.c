/* yoke, by its public interface. */
#include "forks.h"
#include "runtimes/server.h"

/* A call for each fork would cost as much as the fork. */
static inline void check(yoke_status status)
{
    if (status != YOKE_OK)
        must(status);
}

struct call {
    yoke_fork_function function;
    void *argument;
};

static yoke_status run_call(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct call *call = argument;
    return call->function(yoke_forks_here(), call->argument);
}

/* Calls it in a job. */
static void run(yoke_fork_function function, void *argument)
{
    struct call call = {function, argument};
    collect(submit(run_call, &call, sizeof call, 0), NULL, 0);
}

/* ---- Fibonacci numbers ----------------------------------------------------------------------- */

struct number {
    unsigned n;
    uint64_t result;
};

static uint64_t add(yoke_forks *forks, unsigned n);

static yoke_status add_number(yoke_forks *forks, void *argument)
{
    struct number *number = argument;
    number->result = add(forks, number->n);
    return YOKE_OK;
}

static uint64_t add(yoke_forks *forks, unsigned n)
{
    if (n < 2)
        return n;
    struct number one = {n - 1, 0};
    yoke_frame frame;
    yoke_fork(forks, &frame, add_number, &one);
    uint64_t other = add(forks, n - 2);
    check(yoke_join_call(forks, &frame, add_number, &one));
    return one.result + other;
}

static uint64_t fibonacci(unsigned n)
{
    struct number number = {n, 0};
    run(add_number, &number);
    return number.result;
}

/* ---- queens ---------------------------------------------------------------------------------- */

struct placing {
    struct board board;
    uint64_t solutions;
};

static yoke_status place(yoke_forks *forks, void *argument)
{
    struct placing *placing = argument, next[BOARD_WIDEST];
    yoke_frame frame[BOARD_WIDEST];
    unsigned count = 0;
    placing->solutions = (uint64_t)board_is_full(&placing->board);
    for (uint32_t squares = board_free(&placing->board); squares; count++) {
        next[count].board = board_place(&placing->board, &squares);
        yoke_fork(forks, &frame[count], place, &next[count]);
    }
    while (count--) {
        check(yoke_join_call(forks, &frame[count], place, &next[count]));
        placing->solutions += next[count].solutions;
    }
    return YOKE_OK;
}

static uint64_t queens(unsigned width)
{
    struct placing placing = {board_empty(width), 0};
    run(place, &placing);
    return placing.solutions;
}

/* ---- quicksort ------------------------------------------------------------------------------- */

struct range {
    double *x;
    uint64_t count;
};

static yoke_status sort_range(yoke_forks *forks, void *argument)
{
    struct range range = *(struct range *)argument;
    if (range.count < SORTING_SHORT)
        return sorting_alone(range.x, range.count), YOKE_OK;
    uint64_t lesser = sorting_divide(range.x, range.count);
    struct range one = {range.x, lesser}, other = {range.x + lesser, range.count - lesser};
    yoke_frame frame;
    yoke_fork(forks, &frame, sort_range, &one);
    check(sort_range(forks, &other));
    return yoke_join_call(forks, &frame, sort_range, &one);
}

static void sort(double *x, uint64_t count)
{
    run(sort_range, &(struct range){x, count});
}

/* ---- an unbalanced tree ---------------------------------------------------------------------- */

struct branch {
    const struct node *parent;
    unsigned number;
    uint64_t nodes;
};

static uint64_t search_below(yoke_forks *forks, const struct node *node);

static yoke_status search_branch(yoke_forks *forks, void *argument)
{
    struct branch *branch = argument;
    struct node node = tree_child(branch->parent, branch->number);
    branch->nodes = search_below(forks, &node);
    return YOKE_OK;
}

static uint64_t search_below(yoke_forks *forks, const struct node *node)
{
    struct branch branch[TREE_CHILDREN_MOST];
    yoke_frame frame[TREE_CHILDREN_MOST];
    unsigned children = tree_children(node);
    for (unsigned i = 0; i < children; i++) {
        branch[i] = (struct branch){.parent = node, .number = i};
        yoke_fork(forks, &frame[i], search_branch, &branch[i]);
    }
    uint64_t nodes = 1;
    while (children--) {
        check(yoke_join_call(forks, &frame[children], search_branch, &branch[children]));
        nodes += branch[children].nodes;
    }
    return nodes;
}

static yoke_status search_all(yoke_forks *forks, void *nodes)
{
    struct node root = tree_root();
    *(uint64_t *)nodes = search_below(forks, &root);
    return YOKE_OK;
}

static uint64_t search(void)
{
    uint64_t nodes;
    run(search_all, &nodes);
    return nodes;
}

/* ---- matrices -------------------------------------------------------------------------------- */

static yoke_status multiply_part(yoke_forks *forks, void *argument)
{
    const struct product *product = argument;
    if (product->size <= MATRIX_BLOCK)
        return matrix_multiply_block(product), YOKE_OK;
    for (unsigned first = 0; first < MATRIX_PARTS; first += MATRIX_AT_ONCE) {
        struct product part[MATRIX_AT_ONCE];
        yoke_frame frame[MATRIX_AT_ONCE];
        for (unsigned i = 0; i < MATRIX_AT_ONCE; i++) {
            part[i] = matrix_part(product, first + i);
            yoke_fork(forks, &frame[i], multiply_part, &part[i]);
        }
        for (unsigned i = MATRIX_AT_ONCE; i--;)
            check(yoke_join_call(forks, &frame[i], multiply_part, &part[i]));
    }
    return YOKE_OK;
}

static void multiply(const struct product *product)
{
    struct product whole = *product;
    run(multiply_part, &whole);
}

/* ---- short work, and crowds ------------------------------------------------------------------ */

static yoke_status work(yoke_forks *forks, void *nanoseconds)
{
    (void)forks;
    work_for(*(int64_t *)nanoseconds);
    return YOKE_OK;
}

struct pair {
    int64_t pause, half, took;
};

static yoke_status work_in_two(yoke_forks *forks, void *argument)
{
    struct pair *pair = argument;
    yoke_frame frame;
    rest(pair->pause);
    int64_t began = now();
    yoke_fork(forks, &frame, work, &pair->half);
    work_for(pair->half);
    check(yoke_join(forks, &frame));
    pair->took = now() - began;
    return YOKE_OK;
}

static int64_t work_after_rest(int64_t pause, int64_t nanoseconds)
{
    struct pair pair = {pause, nanoseconds / 2, 0};
    run(work_in_two, &pair);
    return pair.took;
}

struct crowd {
    unsigned count;
    int64_t nanoseconds;
};

static yoke_status fork_crowd(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct crowd crowd = *(const struct crowd *)argument;
    yoke_forks *forks = yoke_forks_here();
    yoke_frame frame[CROWD_MOST];
    for (unsigned i = 0; i < crowd.count; i++)
        yoke_fork(forks, &frame[i], work, &crowd.nanoseconds);
    while (crowd.count--)
        check(yoke_join(forks, &frame[crowd.count]));
    return YOKE_OK;
}

static yoke_status make_tasks(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    struct crowd crowd = *(const struct crowd *)argument;
    for (unsigned i = 0; i < crowd.count; i++)
#pragma omp task firstprivate(crowd)
        work_for(crowd.nanoseconds);
#pragma omp taskwait
    return YOKE_OK;
}

static yoke_job *crowd_job;

static void crowd_of_forks(unsigned forks, int64_t nanoseconds)
{
    struct crowd crowd = {forks, nanoseconds};
    crowd_job = submit(fork_crowd, &crowd, sizeof crowd, 0);
}

static void crowd_of_tasks(unsigned tasks, int64_t nanoseconds)
{
    struct crowd crowd = {tasks, nanoseconds};
    crowd_job = submit(make_tasks, &crowd, sizeof crowd, 0);
}

static void crowd_end(void)
{
    collect(crowd_job, NULL, 0);
}

static yoke_status tell_time(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument;
    *(int64_t *)result = now();
    return YOKE_OK;
}

static void start(int64_t *started)
{
    collect(submit(tell_time, NULL, 0, sizeof *started), started, sizeof *started);
}

const struct fork_runtime *fork_runtime_yoke(void)
{
    static const struct fork_runtime yoke = {
        .runtime = {"yoke", COLOUR_YOKE, yoke_version, server_open, server_close},
        .fibonacci = fibonacci,
        .queens = queens,
        .sort = sort,
        .search = search,
        .multiply = multiply,
        .work_after_rest = work_after_rest,
        .crowd_of_forks = crowd_of_forks,
        .crowd_of_tasks = crowd_of_tasks,
        .crowd_end = crowd_end,
        .start = start,
    };
    return &yoke;
}
