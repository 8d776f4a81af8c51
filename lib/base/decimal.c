/* Prints numbers with a decimal point: the calling thread changes to the locale "C" and back. See
 * decimal.h. */
#include "decimal.h"

#include <locale.h>
#include <stdarg.h>

/* Changes the locale of the calling thread alone, so that others never notice. newlocale() answers
 * "C" from static storage: it needs no memory, cannot fail, and nothing is to be freed. Returns the
 * locale to go back to. */
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
