/* As much of Criterion as the tests in CROSS_TESTS use, of nothing but the C library: for
 * processors for which nobody has installed Criterion. Time limits are left out, since emulators
 * are slow. */
#ifndef CROSS_CRITERION_H
#define CROSS_CRITERION_H

#pragma GCC system_header /* macros whose last arguments may be missing are not ISO C */

#include <stdio.h>
#include <string.h>

struct cross_test {
    const char *suite, *name;
    void (*run)(void);
    struct {
        double timeout;
        void (*init)(void), (*fini)(void);
    } options;
    struct cross_test *next;
};

void cross_add(struct cross_test *test);

/* Tells of the failure; ends the test's process if it is `fatal`, else when the test returns. */
__attribute__((format(printf, 5, 6))) void cross_fail(int fatal, const char *file, int line,
                                                      const char *condition, const char *text, ...);

#define Test(suite_, name_, ...)                                                                   \
    static void suite_##_##name_##_run(void);                                                      \
    static struct cross_test suite_##_##name_##_test = {                                           \
        #suite_, #name_, suite_##_##name_##_run, {__VA_ARGS__}, NULL};                             \
    __attribute__((constructor)) static void suite_##_##name_##_add(void)                          \
    {                                                                                              \
        cross_add(&suite_##_##name_##_test);                                                       \
    }                                                                                              \
    static void suite_##_##name_##_run(void)

#define CROSS_CHECK(fatal, condition, ...)                                                         \
    ((condition) ? (void)0 : cross_fail(fatal, __FILE__, __LINE__, #condition, "" __VA_ARGS__))

#define cr_expect(condition, ...)          CROSS_CHECK(0, condition, __VA_ARGS__)
#define cr_assert(condition, ...)          CROSS_CHECK(1, condition, __VA_ARGS__)
#define cr_assert_not(condition, ...)      CROSS_CHECK(1, !(condition), __VA_ARGS__)
#define cr_assert_null(pointer, ...)       CROSS_CHECK(1, !(pointer), __VA_ARGS__)
#define cr_assert_not_null(pointer, ...)   CROSS_CHECK(1, (pointer) != NULL, __VA_ARGS__)
#define cr_assert_eq(one, other, ...)      CROSS_CHECK(1, (one) == (other), __VA_ARGS__)
#define cr_assert_lt(one, other, ...)      CROSS_CHECK(1, (one) < (other), __VA_ARGS__)
#define cr_assert_gt(one, other, ...)      CROSS_CHECK(1, (one) > (other), __VA_ARGS__)
#define cr_assert_geq(one, other, ...)     CROSS_CHECK(1, (one) >= (other), __VA_ARGS__)
#define cr_assert_str_eq(one, other, ...)  CROSS_CHECK(1, !strcmp(one, other), __VA_ARGS__)
#define cr_assert_str_neq(one, other, ...) CROSS_CHECK(1, strcmp(one, other), __VA_ARGS__)
#define cr_expect_str_eq(one, other, ...)  CROSS_CHECK(0, !strcmp(one, other), __VA_ARGS__)
#define cr_assert_arr_eq(one, other, size, ...)                                                    \
    CROSS_CHECK(1, !memcmp(one, other, size), __VA_ARGS__)

#endif
