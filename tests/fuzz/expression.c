/* Number expressions of the command line. */
#include <stdio.h>
#include <string.h>

#include "cli/expression.h"
#include "fuzz.h"

__extension__ typedef unsigned __int128 expression_natural;

/* Whatever was understood is understood again in decimal. */
static void check_again(expression_integer value)
{
    char digits[48];
    size_t at = sizeof digits;
    expression_natural rest = value < 0 ? -(expression_natural)value : (expression_natural)value;
    do
        digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--at] = '-';
    expression_integer again = !value;
    struct expression_error error;
    bool understood = expression_evaluate(digits + at, sizeof digits - at, &again, &error);
    /* The least number's size is beyond the greatest. */
    EXPECT(understood ? again == value : value < 0 && (expression_natural)value << 1 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    expression_integer value;
    struct expression_error error = {NULL, SIZE_MAX};
    if (expression_evaluate((const char *)data, size, &value, &error))
        check_again(value);
    else
        EXPECT(error.problem && error.position <= size);
    return 0;
}
