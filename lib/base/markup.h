/* Text for SVG and HTML. */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stdio.h>

/* Writes the text as it must stand between tags. */
void markup_print(const char *text, FILE *stream);

#endif
