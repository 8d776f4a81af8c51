/* The inner loops of every instruction set against slow twins: sums along the tree, exact sums and
 * products, prefixes, and the rest, which are to have the same bits everywhere. */
#include <criterion/criterion.h>

#include "base/floating.h"
#include "base/instruction_set.h"
#include "numeric/exact_sum.h"
#include "numeric/pairwise.h"
#include "with_numbers.h"

enum { MOST = 70000 };

static double *x, *y;

static void open_numbers(void)
{
    x = malloc(MOST * sizeof *x);
    y = malloc(MOST * sizeof *y);
}

static void close_numbers(void)
{
    free(x);
    free(y);
}

static size_t draw_size(uint64_t *random)
{
    uint64_t most[] = {5, 100, 3000, 20000};
    return random_below(random, most[random_below(random, 4)]);
}

#define FOR_EACH_TABLE(k)                                                                          \
    for (const struct kernels *const *k = kernels_compiled; *k; k++)                               \
        if (instruction_set_runs((*k)->name))

static double exact(const struct kernels *kernels, size_t count, bool products, size_t cut)
{
    yoke_array a = {x, count, 1, YOKE_F64}, b = {y, count, 1, YOKE_F64};
    struct superaccumulator total = {0};
    struct exact_sum sum;
    exact_sum_begin(&sum, kernels, &total);
    exact_sum_add(&sum, &a, products ? &b : NULL, 0, cut);
    exact_sum_add(&sum, &a, products ? &b : NULL, cut, count - cut);
    exact_sum_end(&sum);
    return superaccumulator_round(&total);
}

static void expect_bits(double actual, double expected, const char *name, const char *what,
                        uint64_t round)
{
    cr_assert_eq(bits_in(actual), bits_in(expected), "%s, %s, round %llu: %a, not %a", name, what,
                 (unsigned long long)round, actual, expected);
}

static void expect_exact(uint64_t round, bool products)
{
    uint64_t random = round * 2 + products + 1;
    size_t count = draw_size(&random);
    draw_all(x, count, (enum numbers)(round % KINDS), random_next(&random));
    draw_all(y, count, (enum numbers)(random_below(&random, KINDS)), random_next(&random));
    struct big big = {.any = false};
    for (size_t i = 0; i < count; i++)
        big_add_product(&big, x[i], products ? y[i] : 1.0);
    size_t cut = random_below(&random, count + 1);
    FOR_EACH_TABLE(k)
    expect_bits(exact(*k, count, products, cut), big_round(&big), (*k)->name,
                products ? "exact products" : "exact sum", round);
}

Test(numeric_kernels, exact_sums_are_those_of_long_integers, .timeout = 120, .init = open_numbers,
     .fini = close_numbers)
{
    for (uint64_t round = 0; round < 2000; round++)
        expect_exact(round, round & 1);
}

/* Where the window has to give way: one number that does not fit among many that do, or too many
 * large ones for the room that it has. */
Test(numeric_kernels, exact_sums_survive_what_does_not_fit_the_window, .timeout = 120,
     .init = open_numbers, .fini = close_numbers)
{
    for (uint64_t round = 0; round < 60; round++) {
        uint64_t random = round + 77;
        struct big big = {.any = false};
        for (size_t i = 0; i < 40000; i++) {
            x[i] = round % 3 ? draw_of(ALIKE, &random) : 0x1.fffffffffffffp-1;
            y[i] = 1;
        }
        for (int i = 0; i < 3; i++)
            x[random_below(&random, 40000)] = draw_of((enum numbers)(round % KINDS), &random);
        for (size_t i = 0; i < 40000; i++)
            big_add_number(&big, x[i]);
        FOR_EACH_TABLE(k)
        {
            expect_bits(exact(*k, 40000, false, 0), big_round(&big), (*k)->name, "sum", round);
            expect_bits(exact(*k, 40000, true, 0), big_round(&big), (*k)->name, "products", round);
        }
    }
}

Test(numeric_kernels, sums_follow_the_tree, .timeout = 120, .init = open_numbers,
     .fini = close_numbers)
{
    for (uint64_t round = 0; round < 1500; round++) {
        uint64_t random = round + 5;
        size_t count = 1 + (round % 50 ? draw_size(&random) : random_below(&random, TWIN_LEAF));
        yoke_array a = {x, count, 1, YOKE_F64}, b = {y, count, 1, YOKE_F64};
        draw_all(x, count, (enum numbers)(round % ANY), random_next(&random));
        draw_all(y, count, ALIKE, random_next(&random));
        double sum = twin_sum_of(x, NULL, count), dot = twin_sum_of(x, y, count);
        FOR_EACH_TABLE(k)
        {
            double actual = pairwise_sum(*k, &a, NULL, 0, count);
            if (!isnan(sum) || !isnan(actual))
                expect_bits(actual, sum, (*k)->name, "tree", round);
            actual = pairwise_sum(*k, &a, &b, 0, count);
            if (!isnan(dot) || !isnan(actual))
                expect_bits(actual, dot, (*k)->name, "products along the tree", round);
        }
    }
}

/* As kernels.h tells. */
static void twin_scan(const double *from, size_t count, double before, double *running, double *out)
{
    for (size_t row = 0; row < count; row += 8) {
        double s[8], t[8], u[8];
        for (size_t i = 0; i < 8; i++)
            s[i] = row + i < count ? from[row + i] : -0.0;
        for (size_t i = 8; i-- > 1;)
            s[i] += s[i - 1];
        for (size_t i = 0; i < 8; i++)
            t[i] = i >= 2 ? s[i] + s[i - 2] : s[i];
        for (size_t i = 0; i < 8; i++) {
            u[i] = i >= 4 ? t[i] + t[i - 4] : t[i];
            if (row + i < count)
                out[row + i] = before + (*running + u[i]);
        }
        *running += u[7];
    }
}

Test(numeric_kernels, prefixes_are_made_by_rows_of_eight, .timeout = 60, .init = open_numbers,
     .fini = close_numbers)
{
    static double expected[20000], actual[20000];
    for (uint64_t round = 0; round < 1000; round++) {
        uint64_t random = round + 9;
        size_t count = draw_size(&random);
        double before = round % 4 ? draw_of(ALIKE, &random) : -0.0, end = -0.0;
        draw_all(x, count, (enum numbers)(round % ANY), random_next(&random));
        twin_scan(x, count, before, &end, expected);
        for (size_t i = 0; i < count; i++)
            expected[i] = isnan(expected[i]) ? number_in(NAN_BITS) : expected[i];
        FOR_EACH_TABLE(k)
        {
            double running = -0.0, silent = -0.0;
            (*k)->scan(x, count, before, &running, actual);
            (*k)->scan(x, count, before, &silent, NULL);
            cr_assert_arr_eq(actual, expected, count * sizeof *actual, "%s, round %llu", (*k)->name,
                             (unsigned long long)round);
            if (!isnan(end)) {
                expect_bits(running, end, (*k)->name, "end", round);
                expect_bits(silent, end, (*k)->name, "silent end", round);
            }
        }
    }
}

Test(numeric_kernels, all_instruction_sets_do_the_rest_alike, .timeout = 60, .init = open_numbers,
     .fini = close_numbers)
{
    static uint32_t bins[2][20000];
    static double products[2][20000];
    for (uint64_t round = 0; round < 500; round++) {
        uint64_t random = round + 13;
        size_t count = 1 + draw_size(&random);
        draw_all(x, count, (enum numbers)(round % KINDS), random_next(&random));
        draw_all(y, count, ALIKE, random_next(&random));
        int64_t fold = round & 1 ? INT64_MAX : 0;
        struct extremes extremes = kernels_portable.find_extremes(x, count, fold);
        int128 sum = kernels_portable.add_integers((const int64_t *)(const void *)x, count);
        kernels_portable.find_bins(x, count, -0.25, 0.5, 97, bins[0]);
        kernels_portable.multiply(y, y, count, products[0]);
        FOR_EACH_TABLE(k)
        {
            struct extremes found = (*k)->find_extremes(x, count, fold);
            cr_assert(found.least == extremes.least && found.greatest == extremes.greatest, "%s",
                      (*k)->name);
            cr_assert((*k)->add_integers((const int64_t *)(const void *)x, count) == sum, "%s",
                      (*k)->name);
            (*k)->find_bins(x, count, -0.25, 0.5, 97, bins[1]);
            cr_assert_arr_eq(bins[1], bins[0], count * sizeof **bins, "%s", (*k)->name);
            (*k)->multiply(y, y, count, products[1]);
            cr_assert_arr_eq(products[1], products[0], count * sizeof **products, "%s", (*k)->name);
        }
    }
}

/* ---- the superaccumulator itself ------------------------------------------------------------ */

Test(superaccumulator, roots_are_the_nearest_doubles, .timeout = 60)
{
    uint64_t random = 3;
    for (int round = 0; round < 20000; round++) {
        double number = fabs(draw_of((enum numbers)(round % ANY), &random));
        struct superaccumulator sum = {0};
        superaccumulator_add(&sum, number);
        cr_assert_eq(bits_in(superaccumulator_root(&sum)), bits_in(sqrt(number)), "%a", number);
        struct superaccumulator square = {0}; /* whose root may lie anywhere, also below 2^-1022 */
        superaccumulator_add_products(&square, &number, &number, 1);
        cr_assert_eq(bits_in(superaccumulator_root(&square)), bits_in(number), "%a", number);
    }
}

/* The square of a point between two doubles, and what lies just beside it. */
Test(superaccumulator, roots_between_two_doubles_go_to_the_even_one, .timeout = 60)
{
    uint64_t random = 4;
    for (int round = 0; round < 20000; round++) {
        uint64_t odd = (random_next(&random) >> 11 | UINT64_C(1) << 52) * 2 + 1; /* 54 bits */
        for (int beside = -1; beside <= 1; beside++) {
            struct superaccumulator sum = {0};
            superaccumulator_add_scaled(&sum, (uint128)odd * odd, false, 0);
            superaccumulator_add_scaled(&sum, 1, beside < 0, beside ? -1000 : -2000);
            if (!beside)
                superaccumulator_add_scaled(&sum, 1, true, -2000);
            uint64_t half = odd / 2, even = half + (half & 1);
            double expected = 2.0 * (double)(beside < 0 ? half : beside > 0 ? half + 1 : even);
            cr_assert_eq(bits_in(superaccumulator_root(&sum)), bits_in(expected));
        }
    }
}

/* More additions than carries have room for, in every order of signs. */
Test(superaccumulator, carries_are_passed_on_in_time, .timeout = 60)
{
    for (int kind = 0; kind < 3; kind++) {
        struct superaccumulator sum = {0};
        struct big big = {.any = false};
        for (int i = 0; i < 5000; i++) {
            double number = kind == 0   ? 0x1.fffffffffffffp1023
                            : kind == 1 ? -0x1.fffffffffffffp+31
                                        : (i < 2500 ? 0x1.fffffffffffffp+31 : -0x1.fp30);
            superaccumulator_add(&sum, number);
            big_add_number(&big, number);
            if (i % 97 == 0)
                cr_assert_eq(bits_in(superaccumulator_round(&sum)), bits_in(big_round(&big)));
        }
    }
}
