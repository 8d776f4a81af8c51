/* Reductions over parts: the same bits as yoke_parallel_reduce(), which is their twin. */
#include <limits.h>

#include "with_loop.h"
#include "yoke/map.h"
#include "yoke/numeric.h"

TestSuite(map_reduce, .timeout = 120);

enum { NUMBERS_MAX = 300000 };

static double numbers[NUMBERS_MAX];

static yoke_status add_up(const yoke_piece *piece, void *argument)
{
    const double *from = argument;
    for (uint64_t i = piece->lo; i < piece->hi; i++)
        *(double *)piece->accumulator += from[i];
    return YOKE_OK;
}

static const yoke_reduction sum_of_doubles = {
    .size = sizeof(yoke_reduction), .accumulator_size = sizeof(double), .combine = add_double};

static yoke_status reduce_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    double *from;
    cr_assert_eq(yoke_context_argument_size(context), YOKE_PART_BYTES + sizeof from);
    memcpy(&from, yoke_part_read(argument, &part), sizeof from);
    cr_assert(part.lo < part.hi && part.grain);
    yoke_loop loop = YOKE_LOOP(part.lo, part.hi, add_up, from);
    loop.grain = part.grain;
    return yoke_parallel_reduce(yoke_context_server(context), &loop, &sum_of_doubles, result);
}

static void check_sum(yoke_server *server, yoke_part range, const yoke_map_options *options)
{
    const double *from = numbers;
    yoke_loop loop = YOKE_LOOP(range.lo, range.hi, add_up, numbers);
    loop.grain = range.grain;
    double expected, sum = -1;
    cr_assert_eq(yoke_parallel_reduce(NULL, &loop, &sum_of_doubles, &expected), YOKE_OK);
    cr_assert_eq(yoke_map_reduce(server, reduce_part, range, &from, sizeof from, &sum_of_doubles,
                                 options, &sum),
                 YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(bits_of(sum), bits_of(expected), "%a, not %a, of %llu to %llu by %llu", sum,
                 expected, (unsigned long long)range.lo, (unsigned long long)range.hi,
                 (unsigned long long)range.grain);
}

Test(map_reduce, has_the_bits_of_a_reduction)
{
    uint64_t random = 5;
    draw_numbers(numbers, NUMBERS_MAX, 6);
    yoke_map_options by_jobs = YOKE_MAP_OPTIONS_INIT;
    by_jobs.time_limit = YOKE_SECONDS(100);
    for (unsigned workers = 0; workers <= 3; workers++) {
        yoke_server *server = workers ? open_server(workers) : NULL;
        check_sum(server, (yoke_part){0, 0, 0}, NULL);
        check_sum(server, (yoke_part){5, 5, 1}, NULL);
        for (int i = 0; i < 60; i++) {
            uint64_t lo = random_below(&random, 1000), count = draw_count(&random, 299000);
            yoke_part range = {lo, lo + count, draw_grain(&random)};
            check_sum(server, range, server && i % 3 == 0 ? &by_jobs : NULL);
        }
        yoke_server_release(server);
    }
}

/* ---- as the sums of arrays ------------------------------------------------------------------- */

enum { LEAF = 65536, LEAVES = 23 };

static double *array;

static yoke_status sum_part(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    yoke_number sum;
    yoke_part_read(argument, &part);
    yoke_status status =
        yoke_sum(yoke_context_server(context), YOKE_ARRAY(array + part.lo, part.hi - part.lo),
                 YOKE_SUM_TREE, &sum);
    memcpy(result, &sum.f64, sizeof sum.f64);
    return status;
}

Test(map_reduce, has_the_bits_of_the_sum_of_an_array)
{
    uint64_t random = 9;
    yoke_server *server = open_server(2);
    array = malloc(LEAVES * LEAF * sizeof *array);
    draw_numbers(array, (uint64_t)LEAVES * LEAF, 10);
    for (int i = 0; i < 40; i++) {
        size_t count = (size_t)random_below(&random, LEAVES * LEAF + 1);
        yoke_number expected;
        double sum;
        cr_assert_eq(yoke_sum(NULL, YOKE_ARRAY(array, count), YOKE_SUM_TREE, &expected), YOKE_OK);
        cr_assert_eq(yoke_map_reduce(server, sum_part, (yoke_part){0, count, LEAF}, NULL, 0,
                                     &sum_of_doubles, NULL, &sum),
                     YOKE_OK);
        cr_assert_eq(bits_of(sum), bits_of(expected.f64), "of %zu numbers", count);
    }
    free(array);
    yoke_server_release(server);
}

/* ---- the parts themselves -------------------------------------------------------------------- */

/* A large accumulator, so that there are few parts: what it covers, and by how many kernels. */
struct cover {
    uint64_t lo, hi, parts, filler[1 << 17];
};

static yoke_status cover(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    yoke_part part;
    struct cover *mine = result;
    yoke_part_read(argument, &part);
    cr_assert(mine->lo == 0 && mine->hi == 0 && mine->parts == 0);
    mine->lo = part.lo, mine->hi = part.hi, mine->parts = 1;
    return YOKE_OK;
}

static void join_covers(void *into, const void *from, void *argument)
{
    struct cover *left = into;
    const struct cover *right = from;
    cr_assert_null(argument);
    cr_assert_eq(left->hi, right->lo);
    left->hi = right->hi;
    left->parts += right->parts;
}

Test(map_reduce, parts_are_the_range_each_number_once)
{
    static struct cover all;
    yoke_reduction reduction = YOKE_REDUCTION(struct cover, join_covers);
    const uint64_t end = UINT64_MAX;
    const yoke_part ranges[] = {{0, end, 0},  {0, end, 1},  {7, end, 3}, {end - 1, end, 0},
                                {3, 1003, 1}, {0, 640, 10}, {0, 641, 10}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        cr_assert_eq(yoke_map_reduce(NULL, cover, ranges[i], NULL, 0, &reduction, NULL, &all),
                     YOKE_OK, "%s", yoke_last_error());
        cr_assert(all.lo == ranges[i].lo && all.hi == ranges[i].hi);
        cr_assert_leq(all.parts, 64 + 64);
    }
}

/* ---- failures -------------------------------------------------------------------------------- */

static yoke_status fail_at_number(yoke_context *context, const void *argument, void *result)
{
    yoke_part part;
    uint64_t wrong;
    memcpy(&wrong, yoke_part_read(argument, &part), sizeof wrong);
    *(double *)result = 1;
    return part.lo <= wrong && wrong < part.hi
               ? yoke_context_fail(context, YOKE_SYSTEM, "number %d", (int)wrong)
               : YOKE_OK;
}

struct count {
    unsigned seen, most;
};

static bool count_parts(const yoke_item *item, void *context)
{
    struct count *count = context;
    (void)item;
    return ++count->seen < count->most;
}

Test(map_reduce, a_part_that_fails_ends_it)
{
    yoke_server *server = open_server(2);
    for (int way = 0; way < 3; way++) {
        yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
        struct count count = {.most = UINT_MAX};
        options.visit = count_parts, options.visit_context = &count;
        options.time_limit = way == 2 ? YOKE_SECONDS(100) : 0;
        uint64_t wrong = 10;
        double result = 7;
        yoke_status status =
            yoke_map_reduce(way ? server : NULL, fail_at_number, (yoke_part){0, 1000, 1}, &wrong,
                            sizeof wrong, &sum_of_doubles, &options, &result);
        cr_expect_eq(status, YOKE_SYSTEM, "%d: %s", status, yoke_last_error());
        cr_expect_str_eq(yoke_last_error(), "number 10");
        cr_expect((way ? count.seen <= 1000 : count.seen == 11) && result == 7,
                  "%u parts were shown", count.seen);
        wrong = 2000;
        count = (struct count){.most = 500};
        status = yoke_map_reduce(way ? server : NULL, fail_at_number, (yoke_part){0, 1000, 1},
                                 &wrong, sizeof wrong, &sum_of_doubles, &options, &result);
        cr_expect_eq(status, YOKE_CANCELLED);
        cr_expect(count.seen == 500 && result == 7);
    }
    yoke_server_release(server);
}

static void expect_invalid(yoke_status status, const char *why)
{
    cr_expect_eq(status, YOKE_INVALID);
    cr_expect(strstr(yoke_last_error(), why), "%s, not %s", yoke_last_error(), why);
}

Test(map_reduce, what_cannot_be_is_refused)
{
    double sum = 7;
    yoke_status statuses[1];
    yoke_part range = {0, 10, 0};
    yoke_reduction reduction = sum_of_doubles;
    yoke_map_options options = YOKE_MAP_OPTIONS_INIT;
    options.statuses = statuses;
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 8, &reduction, NULL, &sum), "input");
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 0, &reduction, NULL, NULL), "result");
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 0, NULL, NULL, &sum), "reduction");
    expect_invalid(yoke_map_reduce(NULL, NULL, range, NULL, 0, &reduction, NULL, &sum), "kernel");
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 0, &reduction, &options, &sum),
                   "options.statuses");
    options.size = 3;
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 0, &reduction, &options, &sum),
                   "YOKE_MAP_OPTIONS_INIT");
    expect_invalid(yoke_map_reduce(NULL, NULL, (yoke_part){0}, NULL, 0, &reduction, NULL, &sum),
                   "kernel");
    reduction.accumulator_size = SIZE_MAX / 4;
    cr_expect_eq(yoke_map_reduce(NULL, cover, range, NULL, 0, &reduction, NULL, &sum),
                 YOKE_NO_MEMORY);
    reduction.combine = NULL;
    expect_invalid(yoke_map_reduce(NULL, cover, range, NULL, 0, &reduction, NULL, &sum), "combine");
    cr_expect_eq(sum, 7);
}
