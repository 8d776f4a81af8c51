/* No runtime: what the others are to be faster than, plain recursion on the calling thread. */
#include "forks.h"

static void open_nothing(unsigned workers)
{
    (void)workers;
}

static void close_nothing(void)
{
}

static uint64_t fibonacci(unsigned n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint64_t place(struct board board)
{
    if (board_is_full(&board))
        return 1;
    uint64_t solutions = 0;
    for (uint32_t squares = board_free(&board); squares;)
        solutions += place(board_place(&board, &squares));
    return solutions;
}

static uint64_t queens(unsigned width)
{
    return place(board_empty(width));
}

static uint64_t search_below(const struct node *node)
{
    uint64_t nodes = 1;
    unsigned children = tree_children(node);
    for (unsigned i = 0; i < children; i++) {
        struct node child = tree_child(node, i);
        nodes += search_below(&child);
    }
    return nodes;
}

static uint64_t search(void)
{
    struct node root = tree_root();
    return search_below(&root);
}

static int64_t work_after_rest(int64_t pause, int64_t nanoseconds)
{
    rest(pause);
    int64_t began = now();
    work_for(nanoseconds / 2);
    work_for(nanoseconds / 2);
    return now() - began;
}

static const char *version(void)
{
    return "recursion on one thread";
}

const struct fork_runtime *fork_runtime_plain(void)
{
    static const struct fork_runtime plain = {
        .runtime = {"plain", COLOUR_PLAIN, version, open_nothing, close_nothing},
        .fibonacci = fibonacci,
        .queens = queens,
        .sort = sorting_alone,
        .search = search,
        .multiply = matrix_multiply,
        .work_after_rest = work_after_rest,
    };
    return &plain;
}
