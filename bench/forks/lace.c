/* Lace, from its source: not a part of the program, but compiled and loaded by it, see peer.h.
 * https://github.com/trolando/lace, versions 1.4 and 1.5.
 *
 * It takes one task from outside at a time, so it has no crowds. */
#include <lace.h>

#include "forks.h"

static void open_workers(unsigned workers)
{
    lace_start(workers, 0);
}

static const char *version(void)
{
    return LACE_VERSION;
}

TASK_1(uint64_t, add, unsigned, n)
{
    if (n < 2)
        return n;
    SPAWN(add, n - 1);
    uint64_t other = CALL(add, n - 2);
    return SYNC(add) + other;
}

static uint64_t fibonacci(unsigned n)
{
    return RUN(add, n);
}

TASK_1(uint64_t, place, struct board, board)
{
    uint64_t solutions = (uint64_t)board_is_full(&board);
    unsigned count = 0;
    for (uint32_t squares = board_free(&board); squares; count++)
        SPAWN(place, board_place(&board, &squares));
    while (count--)
        solutions += SYNC(place);
    return solutions;
}

static uint64_t queens(unsigned width)
{
    return RUN(place, board_empty(width));
}

VOID_TASK_2(sort_range, double *, x, uint64_t, count)
{
    if (count < SORTING_SHORT) {
        sorting_alone(x, count);
        return;
    }
    uint64_t lesser = sorting_divide(x, count);
    SPAWN(sort_range, x, lesser);
    CALL(sort_range, x + lesser, count - lesser);
    SYNC(sort_range);
}

static void sort(double *x, uint64_t count)
{
    RUN(sort_range, x, count);
}

TASK_2(uint64_t, search_branch, const struct node *, parent, unsigned, number)
{
    struct node node = parent ? tree_child(parent, number) : tree_root();
    unsigned children = tree_children(&node);
    for (unsigned i = 0; i < children; i++)
        SPAWN(search_branch, &node, i);
    uint64_t nodes = 1;
    while (children--)
        nodes += SYNC(search_branch);
    return nodes;
}

static uint64_t search(void)
{
    return RUN(search_branch, NULL, 0);
}

VOID_TASK_1(multiply_part, struct product, product)
{
    if (product.size <= MATRIX_BLOCK) {
        matrix_multiply_block(&product);
        return;
    }
    for (unsigned first = 0; first < MATRIX_PARTS; first += MATRIX_AT_ONCE) {
        for (unsigned i = 0; i < MATRIX_AT_ONCE; i++)
            SPAWN(multiply_part, matrix_part(&product, first + i));
        for (unsigned i = 0; i < MATRIX_AT_ONCE; i++)
            SYNC(multiply_part);
    }
}

static void multiply(const struct product *product)
{
    RUN(multiply_part, *product);
}

VOID_TASK_1(work, int64_t, nanoseconds)
{
    work_for(nanoseconds);
}

TASK_2(int64_t, work_in_two, int64_t, pause, int64_t, half)
{
    rest(pause);
    int64_t began = now();
    SPAWN(work, half);
    work_for(half);
    SYNC(work);
    return now() - began;
}

static int64_t work_after_rest(int64_t pause, int64_t nanoseconds)
{
    return RUN(work_in_two, pause, nanoseconds / 2);
}

__attribute__((visibility("default"))) const struct fork_runtime *fork_runtime_lace(void)
{
    static const struct fork_runtime lace = {
        .runtime = {"Lace", COLOUR_LACE, version, open_workers, lace_stop},
        .fibonacci = fibonacci,
        .queens = queens,
        .sort = sort,
        .search = search,
        .multiply = multiply,
        .work_after_rest = work_after_rest,
    };
    return &lace;
}
