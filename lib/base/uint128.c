/* Writes a 128-bit integer in decimal digits, which printf() cannot: see yoke/integer.h. */
#include "uint128.h"

#include <string.h>

char *yoke_uint128_text(yoke_uint128 value, char text[YOKE_UINT128_TEXT_SIZE])
{
    char digits[YOKE_UINT128_TEXT_SIZE];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    uint128 rest = uint128_join(value);
    do {
        *--first = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest);
    return memcpy(text, first, (size_t)(digits + sizeof digits - first)), text;
}
