/* Who takes which leaves of a loop: slices, those of a node, numbers of threads. */
#include "numeric/slices.h"

#include <criterion/criterion.h>
#include <pthread.h>

#include "numeric/numbers.h"
#include "random.h"

TestSuite(numeric_slices, .timeout = 60);

/* ---- slices ---------------------------------------------------------------------------------- */

static void check_cut(uint64_t leaves, unsigned threads)
{
    struct slices slices;
    slices_cut(&slices, leaves, threads);
    cr_assert_eq(slices.count, threads < SLICES_MOST ? threads : SLICES_MOST);
    cr_assert_eq(slices_left(&slices), leaves);
    uint64_t first = 0, filled_below_half = 0, filled = 0;
    for (unsigned i = 0; i < slices.count; i++) {
        uint64_t begin = slices.slice[i].next, length = slices.slice[i].end - begin;
        cr_assert_eq(begin, first);
        cr_assert(length == leaves / slices.count || length == leaves / slices.count + 1);
        first += length;
        filled += length > 0;
        filled_below_half += i < slices.count / 2 && length > 0;
    }
    cr_assert_eq(first, leaves);
    cr_assert(!leaves || slices.slice[0].end > 0);
    /* Few leaves lie in both halves of the slices, of which each may be a node's. */
    if (slices.count % 2 == 0)
        cr_assert_leq(filled_below_half, filled - filled / 2);
}

Test(numeric_slices, cuts_evenly)
{
    for (unsigned threads = 1; threads <= SLICES_MOST + 2; threads++) {
        for (uint64_t leaves = 0; leaves < 200; leaves++)
            check_cut(leaves, threads);
        check_cut(UINT64_MAX, threads);
        check_cut(UINT64_MAX / threads * threads, threads);
    }
}

static uint64_t take_one(const void *context, uint64_t left)
{
    (void)context;
    cr_assert_gt(left, 0);
    return 1;
}

/* Takes a leaf: the slice it is of. */
static unsigned take_from(struct slices *slices, struct slices_cursor *cursor, uint64_t length)
{
    uint64_t first, end;
    cr_assert(slices_take(slices, cursor, &first, &end));
    cr_assert_eq(end, first + 1);
    return (unsigned)(first / length);
}

Test(numeric_slices, thieves_begin_at_home_with_the_fullest)
{
    enum { LENGTH = 10, COUNT = 8 };
    struct slices slices;
    slices_cut(&slices, LENGTH * COUNT, COUNT);
    struct slices_cursor mine = {.slice = 5, .home = {4, 7}, .choose = take_one}, other = mine;
    other.slice = 4;
    for (unsigned i = 0; i < 3; i++)
        take_from(&slices, &other, LENGTH);
    for (unsigned i = 0; i < LENGTH; i++)
        cr_assert_eq(take_from(&slices, &mine, LENGTH), 5);
    for (unsigned i = 0; i < LENGTH; i++)
        cr_assert_eq(take_from(&slices, &mine, LENGTH), 6, "4 has less left");
    for (unsigned i = 3; i < LENGTH; i++)
        cr_assert_eq(take_from(&slices, &mine, LENGTH), 4, "others are of another node");
    for (unsigned i = 0; i < LENGTH * (COUNT - 3); i++) {
        unsigned slice = take_from(&slices, &mine, LENGTH);
        cr_assert(slice < 4 || slice == 7);
    }
    uint64_t first, end;
    cr_assert_not(slices_take(&slices, &mine, &first, &end));
    cr_assert_not(slices_take(&slices, &other, &first, &end));
}

/* ---- parts of a row -------------------------------------------------------------------------- */

/* Nodes with so many workers each, one after the other. */
static void check_parts(const unsigned *workers, unsigned nodes, unsigned count)
{
    unsigned all = 0, before = 0, covered = 0;
    for (unsigned node = 0; node < nodes; node++)
        all += workers[node];
    for (unsigned node = 0; node < nodes; node++) {
        struct span these = {before, before + workers[node]};
        struct span part = span_part(these, all, count);
        cr_assert_lt(part.first, part.end);
        cr_assert_leq(part.end, count);
        cr_assert(part.first <= covered, "neighbours are next to each other");
        if (count == all && workers[node])
            cr_assert(part.first == these.first && part.end == these.end);
        covered = part.end > covered ? part.end : covered;
        before = these.end;
    }
    cr_assert_eq(covered, count);
}

Test(numeric_slices, a_node_has_its_part_of_a_row)
{
    uint64_t random = 7;
    for (int times = 0; times < 20000; times++) {
        unsigned workers[8], nodes = 1 + (unsigned)random_below(&random, 8), all = 0;
        for (unsigned node = 0; node < nodes; node++)
            all += workers[node] = (unsigned)random_below(&random, times % 2 ? 3 : 64);
        if (!all)
            continue;
        check_parts(workers, nodes, all);
        check_parts(workers, nodes, 1 + (unsigned)random_below(&random, 64));
    }
}

/* Numbers of workers that were read while the server grew or shrank. */
Test(numeric_slices, a_part_lies_in_the_row_whatever_is_read)
{
    uint64_t random = 8;
    for (int times = 0; times < 20000; times++) {
        struct span these = {(unsigned)random_below(&random, 5000),
                             (unsigned)random_below(&random, 5000)};
        unsigned count = 1 + (unsigned)random_below(&random, 5000);
        struct span part = span_part(these, (unsigned)random_below(&random, 5000), count);
        cr_assert(part.first < part.end && part.end <= count);
    }
}

/* ---- numbers --------------------------------------------------------------------------------- */

static struct numbers numbers;

Test(numeric_slices, numbers_go_round_from_the_first_one_on)
{
    for (unsigned count = 1; count < 300; count += count < 140 ? 1 : 37)
        for (unsigned first = 0; first < count; first += count < 70 ? 1 : 13) {
            numbers_begin(&numbers, count);
            for (unsigned i = 0; i < count; i++)
                if ((first + i) % count)
                    cr_assert_eq(numbers_take(&numbers, first), (first + i) % count);
            cr_assert_eq(numbers_take(&numbers, first), 0, "0 is never given out");
            for (unsigned i = 1; i < count; i++) {
                numbers_give(&numbers, i);
                cr_assert_eq(numbers_take(&numbers, first), i);
            }
        }
}

enum { THREADS = 4, COUNT = 70, ROUNDS = 20000 };

static atomic_uint holders[COUNT], doubles;

static void *take_and_give(void *argument)
{
    uint64_t random = (uintptr_t)argument;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned number = numbers_take(&numbers, (unsigned)random_below(&random, COUNT));
        if (!number || number >= COUNT || atomic_fetch_add(&holders[number], 1))
            atomic_fetch_add(&doubles, 1);
        atomic_fetch_sub(&holders[number % COUNT], 1);
        numbers_give(&numbers, number);
    }
    return NULL;
}

Test(numeric_slices, no_two_threads_have_one_number)
{
    pthread_t threads[THREADS];
    numbers_begin(&numbers, COUNT);
    for (uintptr_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, take_and_give, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(doubles, 0);
}
