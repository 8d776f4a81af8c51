/* lib/base: version, statuses, the last error, the log, wide integers, roots, cache sizes, the
 * stopwatch. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/os.h"
#include "base/processor.h"
#include "base/square_root.h"
#include "base/stopwatch.h"
#include "base/uint256.h"
#include "random.h"
#include "yoke/status.h"
#include "yoke/version.h"

Test(base, version_is_the_one_of_the_headers)
{
    char expected[32];
    snprintf(expected, sizeof expected, "%d.%d.%d", YOKE_VERSION_MAJOR, YOKE_VERSION_MINOR,
             YOKE_VERSION_PATCH);
    cr_assert_str_eq(yoke_version(), expected);
}

Test(base, every_status_has_a_text_of_its_own)
{
    for (int a = YOKE_OK; a <= YOKE_LOST; a++) {
        cr_assert_str_neq(yoke_status_text((yoke_status)a), "unknown status");
        for (int b = YOKE_OK; b < a; b++)
            cr_assert_str_neq(yoke_status_text((yoke_status)a), yoke_status_text((yoke_status)b));
    }
    cr_assert_str_eq(yoke_status_text((yoke_status)(YOKE_LOST + 1)), "unknown status");
}

Test(base, last_error_keeps_the_latest_line)
{
    cr_assert_str_eq(yoke_last_error(), "");
    cr_assert_eq(error_set(YOKE_INVALID, "%d is odd", 3), YOKE_INVALID);
    cr_assert_str_eq(yoke_last_error(), "3 is odd");
    cr_assert_eq(yoke_error_set(YOKE_LOST, "%s is gone", "it"), YOKE_LOST);
    cr_assert_str_eq(yoke_last_error(), "it is gone");
}

Test(base, the_last_error_may_be_part_of_the_next)
{
    error_set(YOKE_INVALID, "%s", "no room");
    yoke_error_set(YOKE_LOST, "my library cannot start: %s", yoke_last_error());
    cr_assert_str_eq(yoke_last_error(), "my library cannot start: no room");
    error_set(YOKE_LOST, "%s (so nothing starts)", yoke_last_error());
    cr_assert_str_eq(yoke_last_error(), "my library cannot start: no room (so nothing starts)");
    for (int i = 0; i < 20; i++)
        error_set(YOKE_LOST, "%s, %s", yoke_last_error(), yoke_last_error());
    cr_assert_eq(strlen(yoke_last_error()), 511);
}

static void count_line(yoke_log_level level, const char *line, void *context)
{
    (void)level;
    *(int *)context += strcmp(line, "seen 1") == 0;
}

Test(base, log_passes_levels_up_to_the_one_set)
{
    int seen = 0;
    yoke_log_set(count_line, &seen, YOKE_LOG_INFO);
    log_write(YOKE_LOG_WARNING, "seen %d", 1);
    log_write(YOKE_LOG_INFO, "seen %d", 1);
    log_write(YOKE_LOG_DEBUG, "seen %d", 1);
    yoke_log_set(NULL, NULL, YOKE_LOG_DEBUG);
    log_write(YOKE_LOG_WARNING, "seen %d", 1);
    cr_assert_eq(seen, 2);
}

Test(base, uint128_text_is_exact_at_the_edges)
{
    static const struct {
        yoke_uint128 value;
        const char *text;
    } cases[] = {
        {{0, 0}, "0"},
        {{9, 0}, "9"},
        {{UINT64_MAX, 0}, "18446744073709551615"},
        {{0, 1}, "18446744073709551616"},
        {{UINT64_MAX, UINT64_MAX}, "340282366920938463463374607431768211455"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[YOKE_UINT128_TEXT_SIZE];
        cr_assert_str_eq(yoke_uint128_text(cases[i].value, text), cases[i].text);
        yoke_uint128 back = uint128_split(uint128_join(cases[i].value));
        cr_assert(back.lo == cases[i].value.lo && back.hi == cases[i].value.hi);
    }
}

Test(base, uint256_text_is_exact_at_the_edges)
{
    static const struct {
        yoke_uint256 value;
        const char *text;
    } cases[] = {
        {{{0, 0, 0, 0}}, "0"},
        {{{10, 0, 0, 0}}, "10"},
        {{{UINT64_MAX, UINT64_MAX, 0, 0}}, "340282366920938463463374607431768211455"},
        {{{0, 0, 1, 0}}, "340282366920938463463374607431768211456"},
        {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
         "115792089237316195423570985008687907853269984665640564039457584007913129639935"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[YOKE_UINT256_TEXT_SIZE];
        cr_assert_str_eq(yoke_uint256_text(cases[i].value, text), cases[i].text);
        yoke_uint256 back = uint256_split(uint256_join(cases[i].value));
        cr_assert_arr_eq(back.word, cases[i].value.word, sizeof back.word);
    }
}

static struct uint256 random_uint256(uint64_t *random)
{
    uint128 part[2];
    for (int i = 0; i < 2; i++)
        part[i] =
            ((uint128)random_next(random) << 64 | random_next(random)) >> random_below(random, 128);
    return (struct uint256){part[0], part[1]};
}

/* Bit by bit. */
static struct uint256 product_slowly(struct uint256 a, struct uint256 b)
{
    struct uint256 product = {0};
    for (; b.lo | b.hi; b = uint256_half(b)) {
        if (b.lo & 1)
            uint256_add(&product, a);
        uint256_add(&a, a);
    }
    return product;
}

Test(base, uint256_calculates_as_integers_do)
{
    uint64_t random = 3;
    for (int round = 0; round < 20000; round++) {
        struct uint256 a = random_uint256(&random), b = random_uint256(&random), sum = a;
        uint256_add(&sum, b);
        struct uint256 product = uint256_product(a.lo, b.lo);
        struct uint256 slow = product_slowly(uint256_of(a.lo), uint256_of(b.lo));
        cr_assert(uint256_equal(product, slow));
        cr_assert(uint256_equal(uint256_times(a, (uint64_t)b.lo),
                                product_slowly(a, uint256_of((uint64_t)b.lo))));
        /* b + x y - x y, with x of either sign. */
        int128 x = (int128)a.lo;
        struct uint256 back = b;
        uint256_add_product(&back, x / 2, b.hi);
        uint256_add_product(&back, -(x / 2), b.hi);
        uint256_add_signed(&back, x / 2);
        uint256_add_signed(&back, -(x / 2));
        cr_assert(uint256_equal(back, b));
        uint256_subtract(&sum, b);
        cr_assert(uint256_equal(sum, a));
    }
    struct uint256 most = {~(uint128)0, ~(uint128)0}, one = uint256_of(1);
    uint256_add(&most, one);
    cr_assert(uint256_equal(most, (struct uint256){0}));
    uint256_add_product(&most, -1, 1);
    cr_assert(uint256_equal(most, (struct uint256){~(uint128)0, ~(uint128)0}));
}

Test(base, roots_of_128_bits_are_exact)
{
    uint64_t random = 4;
    for (int round = 0; round < 20000; round++) {
        uint64_t root = random_next(&random) >> random_below(&random, 63);
        uint128 square = (uint128)root * root;
        cr_assert_eq(square_root_wide(square), root);
        cr_assert_eq(square_root_wide(square + root), root);
        cr_assert_eq(square_root_wide(square + 2 * (uint128)root), root);
        cr_assert(!root || square_root_wide(square - 1) == root - 1);
    }
    cr_assert_eq(square_root_wide(~(uint128)0), UINT64_MAX);
}

Test(base, caches_have_sizes_of_caches, .timeout = 10)
{
    size_t first = processor_cache_size(1), second = processor_cache_size(2);
    cr_expect(first == 0 || (first >= 4 << 10 && first <= 4 << 20 && first % 1024 == 0), "%zu",
              first);
    cr_expect(second == 0 || (second > first && second % 1024 == 0), "%zu", second);
}

/* Both clocks are looked at with the system's around, so that no pause of the thread matters. */
Test(base, the_stopwatch_goes_at_the_pace_of_the_systems_clock, .timeout = 30)
{
    stopwatch_open();
    stopwatch_ready();
    int64_t before = os_now(), first = stopwatch_now(), after = os_now(), last = first, end = first;
    while (os_now() - after < 50000000) {
        end = stopwatch_now();
        cr_assert(end >= last);
        last = end;
    }
    int64_t least = os_now();
    end = stopwatch_now();
    int64_t most = os_now() - before;
    least -= after;
    cr_expect((double)(end - first) >= (double)least * 0.998);
    cr_expect((double)(end - first) <= (double)most * 1.002);
}
