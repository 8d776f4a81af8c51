/* Number expressions as the command line takes them: 1e10, 2^40 + 1, (10**9 + 7) * 3.
 *
 *     operators   ^ **  (group from the right)   - + (signs)   * / %   + -   << >>
 *     numbers     1000  1_000_000  1'000  0xFF  1e10  1.5e3 (when the value is whole)
 *
 * from the tightest to the loosest; parentheses and blanks as usual. Division cuts off towards
 * zero, the remainder has the sign of the dividend, and 0^0 is 1. A leading 0 means nothing. */
#ifndef CLI_EXPRESSION_H
#define CLI_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

/* Wide enough that everything up to 10^26, and the steps on the way there, can be told apart. */
__extension__ typedef __int128 expression_integer;

struct expression_error {
    const char *problem; /* what is wrong there, such as "expected a number"; static storage      */
    size_t position;     /* where: 0 ... length, length for the end of the text                   */
};

/* Evaluates text[0] ... text[length - 1], of any bytes and any length. Writes `value` and returns
 * true, or writes `error` and returns false; the latter too when any step leaves the range of
 * -2^127 ... 2^127 - 1. Keeps no state; the depth of its recursion is bounded. */
bool expression_evaluate(const char *text, size_t length, expression_integer *value,
                         struct expression_error *error);

#endif
