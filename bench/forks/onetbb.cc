/* oneTBB: task_group inside an arena, whose jobs come from outside by task_arena::enqueue. */
#include "forks.h"

#include "runtimes/arena.hpp"

namespace
{

uint64_t add(unsigned n)
{
    if (n < 2)
        return n;
    uint64_t one;
    tbb::task_group group;
    group.run([&] { one = add(n - 1); });
    uint64_t other = add(n - 2);
    group.wait();
    return one + other;
}

uint64_t fibonacci(unsigned n)
{
    uint64_t sum = 0;
    run([&] { sum = add(n); });
    return sum;
}

uint64_t place(board board)
{
    uint64_t found[BOARD_WIDEST], solutions = board_is_full(&board);
    unsigned count = 0;
    tbb::task_group group;
    for (uint32_t squares = board_free(&board); squares; count++)
        group.run(
            [&found, count, next = board_place(&board, &squares)] { found[count] = place(next); });
    group.wait();
    while (count--)
        solutions += found[count];
    return solutions;
}

uint64_t queens(unsigned width)
{
    uint64_t solutions = 0;
    run([&] { solutions = place(board_empty(width)); });
    return solutions;
}

void sort_range(double *x, uint64_t count)
{
    if (count < SORTING_SHORT) {
        sorting_alone(x, count);
        return;
    }
    uint64_t lesser = sorting_divide(x, count);
    tbb::task_group group;
    group.run([=] { sort_range(x, lesser); });
    sort_range(x + lesser, count - lesser);
    group.wait();
}

void sort(double *x, uint64_t count)
{
    run([=] { sort_range(x, count); });
}

uint64_t search_below(const node &node)
{
    uint64_t found[TREE_CHILDREN_MOST], nodes = 1;
    unsigned children = tree_children(&node);
    tbb::task_group group;
    for (unsigned i = 0; i < children; i++)
        group.run([&, i] { found[i] = search_below(tree_child(&node, i)); });
    group.wait();
    while (children--)
        nodes += found[children];
    return nodes;
}

uint64_t search()
{
    uint64_t nodes = 0;
    run([&] { nodes = search_below(tree_root()); });
    return nodes;
}

void multiply_part(const product &product)
{
    if (product.size <= MATRIX_BLOCK) {
        matrix_multiply_block(&product);
        return;
    }
    for (unsigned first = 0; first < MATRIX_PARTS; first += MATRIX_AT_ONCE) {
        tbb::task_group group;
        for (unsigned i = 0; i < MATRIX_AT_ONCE; i++)
            group.run([part = matrix_part(&product, first + i)] { multiply_part(part); });
        group.wait();
    }
}

void multiply(const product *product)
{
    run([=] { multiply_part(*product); });
}

int64_t work_after_rest(int64_t pause, int64_t nanoseconds)
{
    int64_t took = 0;
    run([&] {
        rest(pause);
        int64_t began = now();
        tbb::task_group group;
        group.run([=] { work_for(nanoseconds / 2); });
        work_for(nanoseconds / 2);
        group.wait();
        took = now() - began;
    });
    return took;
}

bell crowd_done;

void crowd_of_forks(unsigned forks, int64_t nanoseconds)
{
    crowd_done = {};
    arena->enqueue([=] {
        tbb::task_group group;
        for (unsigned i = 0; i < forks; i++)
            group.run([=] { work_for(nanoseconds); });
        group.wait();
        bell_ring(&crowd_done);
    });
}

void crowd_end()
{
    bell_await(&crowd_done);
}

void start(int64_t *started)
{
    run([=] { *started = now(); });
}

} // namespace

const fork_runtime *fork_runtime_onetbb(void)
{
    static fork_runtime onetbb;
    onetbb.runtime = {"oneTBB", COLOUR_ONETBB, TBB_runtime_version, open_arena, close_arena};
    onetbb.fibonacci = fibonacci;
    onetbb.queens = queens;
    onetbb.sort = sort;
    onetbb.search = search;
    onetbb.multiply = multiply;
    onetbb.work_after_rest = work_after_rest;
    onetbb.crowd_of_forks = crowd_of_forks;
    onetbb.crowd_end = crowd_end;
    onetbb.start = start;
    return &onetbb;
}
