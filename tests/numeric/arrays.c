/* The public calls over arrays: what they answer, on how many workers and in what mode of rounding
 * ever, for every type, with strides, and what they refuse. */
#include <fenv.h>

#include "base/floating.h"
#include "with_numbers.h"
#include "with_server.h"

enum { COUNT = 300000 };

static double *x, *y;
static yoke_server *server;

static void open_arrays(void)
{
    server = open_server(3);
    x = malloc(COUNT * sizeof *x);
    y = malloc(COUNT * sizeof *y);
    draw_all(x, COUNT, MIXED, 11);
    draw_all(y, COUNT, ALIKE, 12);
    for (size_t i = 0; i < COUNT; i++)
        x[i] = isfinite(x[i]) && fabs(x[i]) < 1e200 ? x[i] : 0.25;
}

static void close_arrays(void)
{
    yoke_server_release(server);
    free(x);
    free(y);
}

#define ARRAYS .init = open_arrays, .fini = close_arrays

static yoke_number sum_of(yoke_server *on, yoke_array array, yoke_sum_mode mode)
{
    yoke_number sum = {.f64 = 77};
    cr_assert_eq(yoke_sum(on, array, mode, &sum), YOKE_OK, "%s", yoke_last_error());
    return sum;
}

static yoke_number dot_of(yoke_server *on, yoke_array a, yoke_array b, yoke_sum_mode mode)
{
    yoke_number dot = {.f64 = 77};
    cr_assert_eq(yoke_dot(on, a, b, mode, &dot), YOKE_OK, "%s", yoke_last_error());
    return dot;
}

static double norm_of(yoke_server *on, yoke_array a, yoke_sum_mode mode)
{
    yoke_number norm = {.f64 = 77};
    cr_assert_eq(yoke_norm2(on, a, mode, &norm), YOKE_OK, "%s", yoke_last_error());
    return norm.f64;
}

#define SAME(one, other) cr_assert_eq(bits_in(one), bits_in(other), "%a, not %a", one, other)

Test(arrays, sums_and_products_equal_their_twins, .timeout = 120, ARRAYS)
{
    const size_t counts[] = {0, 1, 31, 1000, 65536, 65537, 200000, COUNT};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t count = counts[c];
        struct big sum = {.any = false}, dot = {.any = false};
        for (size_t i = 0; i < count; i++) {
            big_add_number(&sum, x[i]);
            big_add_product(&dot, x[i], y[i]);
        }
        for (int s = 0; s < 2; s++) {
            yoke_server *on = s ? server : NULL;
            yoke_array a = YOKE_ARRAY(x, count), b = YOKE_ARRAY(y, count);
            SAME(sum_of(on, a, YOKE_SUM_TREE).f64, twin_sum_of(x, NULL, count));
            SAME(dot_of(on, a, b, YOKE_SUM_TREE).f64, twin_sum_of(x, y, count));
            SAME(sum_of(on, a, YOKE_SUM_EXACT).f64, big_round(&sum));
            SAME(dot_of(on, a, b, YOKE_SUM_EXACT).f64, big_round(&dot));
        }
    }
}

/* A stride, backwards as well, and floats: as the same numbers side by side. */
Test(arrays, strides_and_floats_are_as_numbers_side_by_side, .timeout = 60, ARRAYS)
{
    const size_t count = 90000;
    double *packed = malloc(count * sizeof *packed), *prefixes = malloc(2 * count * sizeof *packed);
    for (size_t i = 0; i < count; i++)
        packed[i] = x[3 * (count - 1 - i)];
    yoke_array a = YOKE_ARRAY_STRIDED(x + 3 * (count - 1), count, -3);
    yoke_array b = YOKE_ARRAY(packed, count);
    for (int mode = YOKE_SUM_TREE; mode <= YOKE_SUM_EXACT; mode++) {
        SAME(sum_of(server, a, (yoke_sum_mode)mode).f64,
             sum_of(server, b, (yoke_sum_mode)mode).f64);
        SAME(dot_of(server, a, b, (yoke_sum_mode)mode).f64,
             dot_of(server, b, b, (yoke_sum_mode)mode).f64);
    }
    cr_assert_eq(yoke_scan(server, a, YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, prefixes), YOKE_OK);
    cr_assert_eq(yoke_scan(server, b, YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, prefixes + count),
                 YOKE_OK);
    cr_assert_arr_eq(prefixes, prefixes + count, count * sizeof *prefixes);
    float *floats = malloc(count * sizeof *floats);
    for (size_t i = 0; i < count; i++)
        packed[i] = (double)(floats[i] = (float)packed[i]);
    for (int mode = YOKE_SUM_TREE; mode <= YOKE_SUM_EXACT; mode++) {
        yoke_array f = YOKE_ARRAY(floats, count);
        SAME(sum_of(server, f, (yoke_sum_mode)mode).f64,
             sum_of(server, b, (yoke_sum_mode)mode).f64);
        SAME(dot_of(server, f, f, (yoke_sum_mode)mode).f64,
             dot_of(server, b, b, (yoke_sum_mode)mode).f64);
        SAME(norm_of(server, f, (yoke_sum_mode)mode), norm_of(server, b, (yoke_sum_mode)mode));
    }
    free(packed);
    free(prefixes);
    free(floats);
}

Test(arrays, integers_are_summed_exactly_or_refused, .timeout = 60, ARRAYS)
{
    int64_t *n = malloc(COUNT * sizeof *n);
    uint64_t random = 5;
    int64_t sum = 0, dot = 0;
    for (size_t i = 0; i < COUNT; i++) {
        n[i] = (int64_t)random_next(&random) >> 20;
        sum += n[i];
        dot += (n[i] >> 25) * (n[i] >> 25);
    }
    yoke_array a = YOKE_ARRAY(n, COUNT);
    for (int s = 0; s < 2; s++)
        cr_assert_eq(sum_of(s ? server : NULL, a, YOKE_SUM_TREE).i64, sum);
    for (size_t i = 0; i < COUNT; i++)
        n[i] >>= 25;
    cr_assert_eq(dot_of(server, a, a, YOKE_SUM_TREE).i64, dot);
    SAME(norm_of(server, a, YOKE_SUM_TREE), sqrt((double)dot));
    n[0] = n[1] = INT64_MAX;
    yoke_number kept = {.i64 = 5};
    cr_assert_eq(yoke_sum(server, a, YOKE_SUM_TREE, &kept), YOKE_OVERFLOW);
    cr_assert_eq(yoke_dot(NULL, a, a, YOKE_SUM_EXACT, &kept), YOKE_OVERFLOW);
    cr_assert_eq(kept.i64, 5);
    yoke_exact exact = YOKE_EXACT_INIT;
    cr_assert_eq(yoke_exact_add_array(&exact, a), YOKE_OK);
    n[2] = n[3] = -INT64_MAX;
    cr_assert_eq(yoke_exact_add_products(&exact, YOKE_ARRAY(n, 1), YOKE_ARRAY(n + 2, 1)), YOKE_OK);
    cr_assert_lt(yoke_exact_round(&exact), -0x1.fffffp125);
    free(n);
}

Test(arrays, norms_of_huge_and_tiny_numbers_are_right, .timeout = 20)
{
    double scale[] = {1, 0x1p1000, 0x1p-1000, 0x1p-1070};
    for (int i = 0; i < 4; i++) {
        double z[] = {3 * scale[i], -4 * scale[i]};
        for (int mode = YOKE_SUM_TREE; mode <= YOKE_SUM_EXACT; mode++)
            SAME(norm_of(NULL, YOKE_ARRAY(z, 2), (yoke_sum_mode)mode), 5 * scale[i]);
    }
    double infinite[] = {1, -INFINITY}, none[] = {NAN, INFINITY}, zero[] = {-0.0};
    SAME(norm_of(NULL, YOKE_ARRAY(infinite, 2), YOKE_SUM_TREE), (double)INFINITY);
    SAME(norm_of(NULL, YOKE_ARRAY(none, 2), YOKE_SUM_TREE), number_in(NAN_BITS));
    SAME(norm_of(NULL, YOKE_ARRAY(zero, 1), YOKE_SUM_EXACT), 0.0);
}

/* Whether i is before j in the order that min and max go by. */
static bool is_less(double a, double b)
{
    return a < b || (a == b && signbit(a) && !signbit(b));
}

Test(arrays, the_least_and_the_greatest_stand_where_they_first_stand, .timeout = 60, ARRAYS)
{
    uint64_t random = 21;
    for (int round = 0; round < 200; round++) {
        size_t count = 1 + random_below(&random, round % 20 ? 3000 : COUNT), least = 0, most = 0;
        draw_all(x, count, round % 2 ? INTEGERS : (enum numbers)(round % KINDS), (uint64_t)round);
        for (size_t i = 1; i < count && !isnan(x[least]); i++) {
            least = isnan(x[i]) || is_less(x[i], x[least]) ? i : least;
            most = isnan(x[i]) || is_less(x[most], x[i]) ? i : most;
        }
        yoke_number min, max;
        size_t at_min, at_max;
        cr_assert_eq(yoke_min(server, YOKE_ARRAY(x, count), &min, &at_min), YOKE_OK);
        cr_assert_eq(yoke_max(server, YOKE_ARRAY(x, count), &max, &at_max), YOKE_OK);
        cr_assert(at_min == least && at_max == most, "round %d: %zu %zu, not %zu %zu", round,
                  at_min, at_max, least, most);
        SAME(min.f64, isnan(x[least]) ? number_in(NAN_BITS) : x[least]);
        SAME(max.f64, isnan(x[most]) ? number_in(NAN_BITS) : x[most]);
    }
    int64_t n[] = {4, INT64_MIN, INT64_MAX, INT64_MIN};
    yoke_number number;
    size_t index;
    cr_assert_eq(yoke_min(NULL, YOKE_ARRAY(n, 4), &number, &index), YOKE_OK);
    cr_assert(number.i64 == INT64_MIN && index == 1);
    cr_assert_eq(yoke_max(NULL, YOKE_ARRAY(n, 4), &number, NULL), YOKE_OK);
    cr_assert_eq(number.i64, INT64_MAX);
}

Test(arrays, histograms_count_what_falls_between_the_bounds, .timeout = 60, ARRAYS)
{
    uint64_t expected[100] = {0}, counts[100];
    x[5] = NAN;
    x[6] = INFINITY;
    x[7] = -0.5;
    x[8] = 0.5;
    for (size_t i = 0; i < COUNT; i++) {
        double scale = 100 / (0.5 - -0.5), at = (x[i] - -0.5) * scale;
        if (x[i] >= -0.5 && x[i] < 0.5)
            expected[at < 99 ? (size_t)at : 99]++;
    }
    for (int s = 0; s < 2; s++) {
        cr_assert_eq(
            yoke_histogram(s ? server : NULL, YOKE_ARRAY(x, COUNT), -0.5, 0.5, 100, counts),
            YOKE_OK);
        cr_assert_arr_eq(counts, expected, sizeof counts);
    }
    int64_t n[] = {-1, 0, 1, 2, 3, 4, 5};
    cr_assert_eq(yoke_histogram(NULL, YOKE_ARRAY(n, 7), 0, 4, 2, counts), YOKE_OK);
    cr_assert(counts[0] == 2 && counts[1] == 2);
}

Test(arrays, prefixes_have_the_same_bits_on_any_number_of_workers, .timeout = 60, ARRAYS)
{
    double *one = malloc(COUNT * sizeof *one), *other = malloc(COUNT * sizeof *other);
    for (int kind = YOKE_SCAN_INCLUSIVE; kind <= YOKE_SCAN_EXCLUSIVE; kind++)
        for (int workers = 1; workers < 6; workers++) {
            yoke_scan_kind which = (yoke_scan_kind)kind;
            cr_assert_eq(yoke_server_resize(server, (unsigned)workers), YOKE_OK);
            cr_assert_eq(yoke_scan(NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE, which, one), YOKE_OK);
            memcpy(other, x, COUNT * sizeof *x); /* in place */
            cr_assert_eq(yoke_scan(server, YOKE_ARRAY(other, COUNT), YOKE_SUM_TREE, which, other),
                         YOKE_OK);
            cr_assert_arr_eq(one, other, COUNT * sizeof *one);
        }
    double sum = 0; /* and are about right */
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert(fabs(one[i] - sum) <= 1e-9 * (fabs(sum) + (double)COUNT), "%zu", i);
        sum += x[i];
    }
    free(one);
    free(other);
}

/* By every leaf's first number as well, which another thread may have written. */
Test(arrays, exclusive_prefixes_are_the_inclusive_ones_moved_on, .timeout = 60, ARRAYS)
{
    double *one = malloc(COUNT * sizeof *one), *other = malloc(COUNT * sizeof *other);
    float *floats = malloc(COUNT * sizeof *floats), *sums = malloc(COUNT * sizeof *sums);
    for (int i = 0; i < 8; i++) {
        yoke_server *on = i % 2 ? server : NULL;
        draw_all(x, COUNT, WIDE, (uint64_t)i);
        if (i >= 6)
            x[70000] = INFINITY, x[80000] = -INFINITY;
        for (size_t at = 0; at < COUNT; at++)
            floats[at] = (float)x[at];
        cr_assert_eq(yoke_scan(on, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, one),
                     YOKE_OK);
        memcpy(other, x, COUNT * sizeof *x); /* in place */
        cr_assert_eq(
            yoke_scan(on, YOKE_ARRAY(other, COUNT), YOKE_SUM_TREE, YOKE_SCAN_EXCLUSIVE, other),
            YOKE_OK);
        cr_assert_eq(
            yoke_scan(on, YOKE_ARRAY(floats, COUNT), YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, sums),
            YOKE_OK);
        cr_assert_eq(
            yoke_scan(on, YOKE_ARRAY(floats, COUNT), YOKE_SUM_TREE, YOKE_SCAN_EXCLUSIVE, floats),
            YOKE_OK);
        SAME(other[0], 0.0);
        for (size_t at = 1; at < COUNT; at++) {
            cr_assert_eq(bits_in(other[at]), bits_in(one[at - 1]), "%zu: %a, not %a", at, other[at],
                         one[at - 1]);
            cr_assert_eq(bits_in((double)floats[at]), bits_in((double)sums[at - 1]), "%zu", at);
        }
    }
    free(one);
    free(other);
    free(floats);
    free(sums);
}

Test(arrays, exact_prefixes_are_each_rounded_once, .timeout = 60, ARRAYS)
{
    enum { FEW = 70000 };
    double *out = malloc(FEW * sizeof *out);
    int64_t *n = malloc(FEW * sizeof *n), *sums = malloc(FEW * sizeof *sums);
    yoke_exact sum = YOKE_EXACT_INIT;
    cr_assert_eq(yoke_scan(server, YOKE_ARRAY(x, FEW), YOKE_SUM_EXACT, YOKE_SCAN_INCLUSIVE, out),
                 YOKE_OK);
    for (size_t i = 0; i < FEW; i++) {
        yoke_exact_add(&sum, x[i]);
        SAME(out[i], yoke_exact_round(&sum));
        n[i] = (int64_t)bits_in(x[i]);
    }
    cr_assert_eq(yoke_scan(server, YOKE_ARRAY(n, FEW), YOKE_SUM_TREE, YOKE_SCAN_EXCLUSIVE, sums),
                 YOKE_OK);
    uint64_t before = 0;
    for (size_t i = 0; i < FEW; before += (uint64_t)n[i], i++)
        cr_assert_eq(sums[i], (int64_t)before);
    free(out);
    free(n);
    free(sums);
}

Test(arrays, the_callers_rounding_mode_does_not_matter_and_stays, .timeout = 60, ARRAYS)
{
    double tree = sum_of(NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE).f64;
    double exact = sum_of(NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_EXACT).f64;
    double norm = norm_of(NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE);
    const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 3; i++) {
        fesetround(modes[i]);
        for (int s = 0; s < 2; s++) {
            SAME(sum_of(s ? server : NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE).f64, tree);
            SAME(sum_of(s ? server : NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_EXACT).f64, exact);
            SAME(norm_of(s ? server : NULL, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE), norm);
        }
        cr_assert_eq(fegetround(), modes[i]);
        fesetround(FE_TONEAREST);
    }
}

/* A mode in which the processor takes tiny numbers for zeros. */
static struct floating flushing(void)
{
    struct floating mode = floating_mode();
#if defined(__x86_64__)
    mode.vector |= 0x8040;
#elif defined(__aarch64__)
    mode.control |= UINT64_C(1) << 24;
#endif
    return mode;
}

#define FLUSHING(call)                                                                             \
    do {                                                                                           \
        const struct floating usual = floating_mode(), flush = flushing();                         \
        floating_set(&flush);                                                                      \
        yoke_status status_of_call = (call);                                                       \
        floating_set(&usual);                                                                      \
        cr_assert_eq(status_of_call, YOKE_OK, "%s", yoke_last_error());                            \
    } while (0)

Test(arrays, tiny_numbers_count_in_every_mode, .timeout = 20)
{
    float floats[] = {1, 1e-40F, 3e-41F, -1e-44F, -3e-40F};
    double doubles[] = {0x1p-1040, 0x1p-1060, 0x1p-1074};
    uint64_t counts[1];
    yoke_number number;
    size_t index;
    FLUSHING(yoke_min(NULL, YOKE_ARRAY(floats, 5), &number, &index));
    SAME(number.f64, (double)floats[4]);
    cr_assert_eq(index, 4);
    FLUSHING(yoke_max(NULL, YOKE_ARRAY(floats + 1, 4), &number, &index));
    SAME(number.f64, (double)floats[1]);
    cr_assert_eq(index, 0);
    FLUSHING(yoke_sum(NULL, YOKE_ARRAY(floats + 1, 4), YOKE_SUM_TREE, &number));
    SAME(number.f64, sum_of(NULL, YOKE_ARRAY(floats + 1, 4), YOKE_SUM_TREE).f64);
    FLUSHING(yoke_histogram(NULL, YOKE_ARRAY(doubles, 3), 0, 0x1p-1023, 1, counts));
    cr_assert_eq(counts[0], 3);
}

Test(arrays, bounds_of_histograms_are_looked_at_in_no_mode_of_the_callers, .timeout = 20)
{
    uint64_t counts[1];
    fesetround(FE_UPWARD);
    yoke_status status =
        yoke_histogram(NULL, YOKE_ARRAY((double[]){1}, 1), -1, 0x1.fffffffffffffp1023, 1, counts);
    fesetround(FE_TONEAREST);
    cr_assert_eq(status, YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(counts[0], 1);
}

/* ---- the accumulator ------------------------------------------------------------------------ */

static yoke_exact add_up(size_t first, size_t end)
{
    yoke_exact sum = YOKE_EXACT_INIT;
    cr_assert_eq(yoke_exact_add_array(&sum, YOKE_ARRAY(x + first, end - first)), YOKE_OK);
    return sum;
}

Test(arrays, accumulators_are_merged_and_sent_in_any_order, .timeout = 60, ARRAYS)
{
    uint64_t random = 31;
    unsigned char bytes[YOKE_EXACT_BYTES], others[YOKE_EXACT_BYTES];
    for (int round = 0; round < 200; round++) {
        size_t end = random_below(&random, 20000), cut = random_below(&random, end + 1);
        draw_all(x, end, (enum numbers)(round % ANY), (uint64_t)round);
        yoke_exact whole = add_up(0, end), part = add_up(cut, end), first = YOKE_EXACT_INIT, read;
        for (size_t i = cut; i-- > 0;)
            yoke_exact_add(&first, x[i]);
        yoke_exact_write(&part, bytes);
        cr_assert_eq(yoke_exact_read(&read, bytes), YOKE_OK, "%s", yoke_last_error());
        SAME(yoke_exact_round(&read), yoke_exact_round(&part));
        yoke_exact_merge(&read, &first);
        yoke_exact_merge(&first, &part);
        SAME(yoke_exact_round(&read), yoke_exact_round(&whole));
        yoke_exact_write(&read, bytes);
        yoke_exact_write(&whole, others);
        cr_assert_arr_eq(bytes, others, sizeof bytes, "round %d", round);
        yoke_exact_write(&first, others);
        cr_assert_arr_eq(bytes, others, sizeof bytes, "round %d", round);
    }
}

Test(arrays, zeros_and_specials_are_as_in_ieee_754, .timeout = 20)
{
    yoke_exact sum = YOKE_EXACT_INIT;
    SAME(yoke_exact_round(&sum), 0.0);
    yoke_exact_add(&sum, -0.0);
    SAME(yoke_exact_round(&sum), -0.0);
    yoke_exact_add(&sum, 0.0);
    SAME(yoke_exact_round(&sum), 0.0);
    yoke_exact_add(&sum, 0x1p1023);
    yoke_exact_add(&sum, 0x1p1023);
    SAME(yoke_exact_round(&sum), (double)INFINITY);
    yoke_exact_add(&sum, -0x1p1023);
    SAME(yoke_exact_round(&sum), 0x1p1023);
    yoke_exact_add(&sum, -INFINITY);
    SAME(yoke_exact_round(&sum), -(double)INFINITY);
    yoke_exact_add(&sum, INFINITY);
    SAME(yoke_exact_round(&sum), number_in(NAN_BITS));
    double zeros[] = {-0.0, 0.0, -0.0};
    SAME(sum_of(NULL, YOKE_ARRAY(zeros, 1), YOKE_SUM_TREE).f64, -0.0);
    SAME(sum_of(NULL, YOKE_ARRAY(zeros, 0), YOKE_SUM_TREE).f64, 0.0);
    SAME(dot_of(NULL, YOKE_ARRAY(zeros, 2), YOKE_ARRAY(zeros + 1, 2), YOKE_SUM_EXACT).f64, -0.0);
}

Test(arrays, bytes_that_no_sum_is_written_as_are_refused, .timeout = 20)
{
    unsigned char bytes[YOKE_EXACT_BYTES];
    yoke_exact sum = YOKE_EXACT_INIT, kept;
    yoke_exact_write(&sum, bytes);
    memset(&kept, 7, sizeof kept);
    sum = kept;
    for (int i = 0; i < YOKE_EXACT_BYTES; i++) {
        bytes[i] ^= 0x40;
        cr_assert_eq(yoke_exact_read(&sum, bytes), YOKE_INVALID, "byte %d", i);
        bytes[i] ^= 0x40;
    }
    bytes[4] = 1 | 8; /* a NaN was added, and only minus zeros */
    cr_assert_eq(yoke_exact_read(&sum, bytes), YOKE_INVALID);
    bytes[4] = 0;
    cr_assert_arr_eq(&sum, &kept, sizeof sum);
    cr_assert_eq(yoke_exact_read(&sum, bytes), YOKE_OK);
}

/* As the stride of a matrix of one row may be: no number lies there. */
Test(arrays, one_number_has_no_stride, .timeout = 20)
{
    double z[2] = {1, 2};
    const ptrdiff_t strides[] = {PTRDIFF_MAX, PTRDIFF_MIN, 1, -1, 0};
    for (int i = 0; i < 5; i++) {
        SAME(sum_of(NULL, YOKE_ARRAY_STRIDED(z + 1, 1, strides[i]), YOKE_SUM_TREE).f64, 2.0);
        SAME(sum_of(NULL, YOKE_ARRAY_STRIDED(z + 1, 0, strides[i]), YOKE_SUM_EXACT).f64, 0.0);
    }
}

/* ---- what is refused ------------------------------------------------------------------------ */

Test(arrays, what_makes_no_sense_is_refused, .timeout = 20)
{
    double z[2] = {1, 2};
    float f[2] = {1, 2};
    yoke_number number = {.f64 = 77};
    uint64_t counts[2];
    yoke_array a = YOKE_ARRAY(z, 2), bad = a;
#define REFUSED(call) cr_assert_eq(call, YOKE_INVALID, #call)
    bad.type = (yoke_number_type)9;
    REFUSED(yoke_sum(NULL, bad, YOKE_SUM_TREE, &number));
    bad = a, bad.data = NULL;
    REFUSED(yoke_sum(NULL, bad, YOKE_SUM_TREE, &number));
    bad = a, bad.data = (char *)z + 4;
    REFUSED(yoke_sum(NULL, bad, YOKE_SUM_TREE, &number));
    bad = a, bad.count = SIZE_MAX / 4;
    REFUSED(yoke_sum(NULL, bad, YOKE_SUM_TREE, &number));
    bad = a, bad.stride = PTRDIFF_MIN;
    REFUSED(yoke_exact_add_array(&(yoke_exact)YOKE_EXACT_INIT, bad));
    REFUSED(yoke_sum(NULL, a, (yoke_sum_mode)2, &number));
    REFUSED(yoke_sum(NULL, a, YOKE_SUM_TREE, NULL));
    REFUSED(yoke_dot(NULL, a, YOKE_ARRAY(z, 1), YOKE_SUM_TREE, &number));
    REFUSED(yoke_dot(NULL, a, YOKE_ARRAY(f, 2), YOKE_SUM_TREE, &number));
    REFUSED(yoke_min(NULL, YOKE_ARRAY(z, 0), &number, NULL));
    REFUSED(yoke_scan(NULL, a, YOKE_SUM_TREE, (yoke_scan_kind)2, z));
    REFUSED(yoke_scan(NULL, a, YOKE_SUM_TREE, YOKE_SCAN_INCLUSIVE, NULL));
    REFUSED(yoke_histogram(NULL, a, 0, 1, 0, counts));
    REFUSED(yoke_histogram(NULL, a, 1, 1, 2, counts));
    REFUSED(yoke_histogram(NULL, a, NAN, 1, 2, counts));
    REFUSED(yoke_histogram(NULL, a, -1e308, 1e308, 2, counts));
    REFUSED(yoke_histogram(NULL, a, 0, 0x1p-1074, 2, counts));
    REFUSED(yoke_histogram(NULL, a, 0, 1, 2, NULL));
    cr_assert_eq(number.f64, 77.0, "nothing is written");
}

Test(arrays, a_closed_server_is_told_of, .timeout = 20, ARRAYS)
{
    yoke_number number;
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    cr_assert_eq(yoke_sum(server, YOKE_ARRAY(x, COUNT), YOKE_SUM_TREE, &number), YOKE_CLOSED);
    cr_assert_eq(yoke_sum(server, YOKE_ARRAY(x, COUNT), YOKE_SUM_EXACT, &number), YOKE_CLOSED);
}
