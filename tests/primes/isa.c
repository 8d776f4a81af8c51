/* The instruction sets: their kernels against plain loops, and which one is chosen. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "primes/isa/isa.h"
#include "random.h"

static void naive_moments(const uint8_t *bytes, size_t size, struct bitmap_moments *moments)
{
    for (size_t i = 0; i < size; i++) {
        for (int lane = 0; lane < LANES; lane++) {
            if (bytes[i] >> lane & 1) {
                moments->lane_count[lane]++;
                moments->byte_moment += i;
            }
        }
    }
}

static void expect_moments(const struct isa *isa, const uint8_t *bytes, size_t size)
{
    struct bitmap_moments expected = {{1, 2, 3, 4, 5, 6, 7, 8}, 9}; /* added to, not overwritten  */
    struct bitmap_moments actual = expected;
    naive_moments(bytes, size, &expected);
    isa->add_moments(bytes, size, &actual);
    cr_assert_arr_eq(&actual, &expected, sizeof actual, "%s differs on %zu bytes", isa->name, size);
}

/* Long enough for several strips of the widest vectors, whose byte counters would overflow if a
 * strip were too long; all bits set is the worst case for them. */
Test(isa, moments_equal_a_naive_count, .timeout = 60)
{
    const size_t most = 512 * 600;
    uint8_t *bytes = aligned_alloc(64, most);
    uint64_t random = 1;
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        memset(bytes, 0xff, most);
        expect_moments(*k, bytes, most);
        for (int round = 0; round < 20; round++) {
            size_t size = 512 * (1 + random_below(&random, most / 512));
            uint64_t density = random_below(&random, 3);
            for (size_t i = 0; i < size; i++) {
                uint64_t bits = random_next(&random) >> 32;
                bytes[i] = (uint8_t)(density == 0   ? bits & bits >> 8 & bits >> 16
                                     : density == 1 ? bits
                                                    : bits | bits >> 8);
            }
            expect_moments(*k, bytes, size);
        }
        expect_moments(*k, bytes, 0);
    }
    free(bytes);
}

/* As many as are allowed, all set. */
Test(isa, the_most_moments_run_over_nowhere, .timeout = 60)
{
    const size_t most = (size_t)16 << 20;
    uint8_t *bytes = aligned_alloc(64, most);
    memset(bytes, 0xff, most);
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        struct bitmap_moments moments = {{0}, 0};
        (*k)->add_moments(bytes, most, &moments);
        for (int lane = 0; lane < LANES; lane++)
            cr_assert_eq(moments.lane_count[lane], most, "%s", (*k)->name);
        cr_assert_eq(moments.byte_moment, LANES * (most * (most - 1) / 2), "%s", (*k)->name);
    }
    free(bytes);
}

Test(isa, patterns_are_combined_with_or_without_what_was_there, .timeout = 10)
{
    uint64_t random = 2;
    uint8_t pattern_bytes[PATTERNS][256 + PATTERNS];
    uint8_t before[256];
    for (int p = 0; p < PATTERNS; p++)
        for (size_t i = 0; i < sizeof pattern_bytes[p]; i++)
            pattern_bytes[p][i] = (uint8_t)random_next(&random);
    for (size_t i = 0; i < sizeof before; i++)
        before[i] = (uint8_t)random_next(&random);
    const uint8_t *pattern[PATTERNS];
    for (int p = 0; p < PATTERNS; p++)
        pattern[p] = pattern_bytes[p] + p; /* unaligned, as phases are                            */
    for (const struct isa *const *k = isa_compiled; *k; k++) {
        if (!isa_find((*k)->name))
            continue;
        for (int keep = 0; keep < 2; keep++) {
            uint8_t bytes[256];
            memcpy(bytes, before, sizeof bytes);
            (*k)->combine_patterns(bytes, sizeof bytes, pattern, keep);
            for (size_t i = 0; i < sizeof bytes; i++) {
                int expected = keep ? before[i] : 0xff;
                for (int p = 0; p < PATTERNS; p++)
                    expected &= pattern[p][i];
                cr_assert_eq(bytes[i], expected, "%s, byte %zu", (*k)->name, i);
            }
        }
    }
}

Test(isa, every_name_is_found_or_cannot_run_here)
{
    cr_assert_eq(isa_find("portable"), &isa_portable);
    cr_assert_null(isa_find("abacus"));
}

Test(isa, environment_forces_a_choice_that_stays)
{
    const char *problem;
    setenv("YOKE_ISA", "portable", 1);
    cr_assert_eq(isa_choose(&problem), &isa_portable);
    setenv("YOKE_ISA", "abacus", 1);
    cr_assert_eq(isa_choose(&problem), &isa_portable);
}

Test(isa, environment_with_an_unknown_name_is_refused)
{
    const char *problem;
    setenv("YOKE_ISA", "abacus", 1);
    cr_assert_null(isa_choose(&problem));
    cr_assert_not_null(strstr(problem, "YOKE_ISA is \"abacus\""));
    cr_assert_not_null(strstr(problem, "portable"));
}
