#include "decimal.h"

#include <locale.h>
#include <stdarg.h>

/* Of the calling thread alone, so that others never notice; "C" is there without memory or files.
 * Returns the locale to go back to. */
static locale_t enter_plain_locale(void)
{
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void decimal_print(FILE *stream, const char *format, ...)
{
    locale_t callers = enter_plain_locale();
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stream, format, arguments);
    va_end(arguments);
    uselocale(callers);
}

void decimal_text(char *text, size_t size, const char *format, ...)
{
    locale_t callers = enter_plain_locale();
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
    uselocale(callers);
}
