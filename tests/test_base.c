#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/uint128.h"
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
