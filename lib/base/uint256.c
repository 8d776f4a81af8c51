/* Writes a 256-bit integer in decimal digits: see yoke/integer.h. */
#include "yoke/integer.h"

#include <string.h>

#include "uint128.h"

/* Divides by ten in place, and returns the rest. */
static unsigned divide_by_ten(yoke_uint256 *value)
{
    uint64_t rest = 0;
    for (int i = 3; i >= 0; i--) {
        uint128 dividend = (uint128)rest << 64 | value->word[i];
        value->word[i] = (uint64_t)(dividend / 10);
        rest = (uint64_t)(dividend % 10);
    }
    return (unsigned)rest;
}

char *yoke_uint256_text(yoke_uint256 value, char text[YOKE_UINT256_TEXT_SIZE])
{
    char digits[YOKE_UINT256_TEXT_SIZE];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do
        *--first = (char)('0' + divide_by_ten(&value));
    while (value.word[0] | value.word[1] | value.word[2] | value.word[3]);
    return memcpy(text, first, (size_t)(digits + sizeof digits - first)), text;
}
