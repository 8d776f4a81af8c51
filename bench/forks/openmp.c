/* OpenMP without anything around it: a function that forks is the single task of a region, and
 * nobody can submit a job beside that. */
#include <omp.h>

#include "forks.h"

static int threads;

static void open_team(unsigned workers)
{
    threads = (int)workers;
}

static void close_team(void)
{
}

static uint64_t add(unsigned n)
{
    if (n < 2)
        return n;
    uint64_t one = 0;
#pragma omp task shared(one)
    one = add(n - 1);
    uint64_t other = add(n - 2);
#pragma omp taskwait
    return one + other;
}

static uint64_t fibonacci(unsigned n)
{
    uint64_t sum = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
    sum = add(n);
    return sum;
}

static uint64_t place(struct board board)
{
    uint64_t found[BOARD_WIDEST], solutions = (uint64_t)board_is_full(&board);
    unsigned count = 0;
    for (uint32_t squares = board_free(&board); squares; count++) {
        struct board next = board_place(&board, &squares);
#pragma omp task shared(found) firstprivate(next, count)
        found[count] = place(next);
    }
#pragma omp taskwait
    while (count--)
        solutions += found[count];
    return solutions;
}

static uint64_t queens(unsigned width)
{
    uint64_t solutions = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
    solutions = place(board_empty(width));
    return solutions;
}

static void sort_range(double *x, uint64_t count)
{
    if (count < SORTING_SHORT) {
        sorting_alone(x, count);
        return;
    }
    uint64_t lesser = sorting_divide(x, count);
#pragma omp task
    sort_range(x, lesser);
    sort_range(x + lesser, count - lesser);
#pragma omp taskwait
}

static void sort(double *x, uint64_t count)
{
#pragma omp parallel num_threads(threads)
#pragma omp single
    sort_range(x, count);
}

static uint64_t search_below(const struct node *node)
{
    uint64_t found[TREE_CHILDREN_MOST] = {0}, nodes = 1; /* zero for the analyzer alone */
    unsigned children = tree_children(node);
    for (unsigned i = 0; i < children; i++) {
#pragma omp task shared(found) firstprivate(node, i)
        {
            struct node child = tree_child(node, i);
            found[i] = search_below(&child);
        }
    }
#pragma omp taskwait
    while (children--)
        nodes += found[children];
    return nodes;
}

static uint64_t search(void)
{
    uint64_t nodes = 0;
    struct node root = tree_root();
#pragma omp parallel num_threads(threads)
#pragma omp single
    nodes = search_below(&root);
    return nodes;
}

static void multiply_part(const struct product *product)
{
    if (product->size <= MATRIX_BLOCK) {
        matrix_multiply_block(product);
        return;
    }
    for (unsigned first = 0; first < MATRIX_PARTS; first += MATRIX_AT_ONCE) {
        for (unsigned i = 0; i < MATRIX_AT_ONCE; i++) {
            struct product part = matrix_part(product, first + i);
#pragma omp task firstprivate(part)
            multiply_part(&part);
        }
#pragma omp taskwait
    }
}

static void multiply(const struct product *product)
{
#pragma omp parallel num_threads(threads)
#pragma omp single
    multiply_part(product);
}

static int64_t work_after_rest(int64_t pause, int64_t nanoseconds)
{
    int64_t took = 0;
#pragma omp parallel num_threads(threads)
#pragma omp single
    {
        rest(pause);
        int64_t began = now();
#pragma omp task
        work_for(nanoseconds / 2);
        work_for(nanoseconds / 2);
#pragma omp taskwait
        took = now() - began;
    }
    return took;
}

const struct fork_runtime *fork_runtime_openmp(void)
{
    static const struct fork_runtime openmp = {
        .runtime = {"OpenMP", COLOUR_OPENMP, openmp_version, open_team, close_team},
        .fibonacci = fibonacci,
        .queens = queens,
        .sort = sort,
        .search = search,
        .multiply = multiply,
        .work_after_rest = work_after_rest,
    };
    return &openmp;
}

#ifndef HAVE_ONETBB
const struct fork_runtime *fork_runtime_onetbb(void)
{
    static const struct fork_runtime missing = {.runtime.name = "oneTBB"};
    return &missing;
}
#endif
