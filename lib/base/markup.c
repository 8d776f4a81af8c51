/* Escapes the characters that SVG and HTML would read as tags: see markup.h. */
#include "markup.h"

void markup_print(const char *text, FILE *stream)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", stream);
        else if (*text == '<')
            fputs("&lt;", stream);
        else
            fputc(*text, stream);
    }
}
