/* Numbers with a decimal point, whatever sign for it the program's locale has: a program that
 * called setlocale() would otherwise get "0,5", which is neither JSON nor what other programs read.
 * All that the library prints of a float goes through here. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stddef.h>
#include <stdio.h>

/* As fprintf() and snprintf() would write it in the locale "C". */
void decimal_print(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
void decimal_text(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
