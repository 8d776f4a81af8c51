/* Prints JSON as it goes, without building it in memory: see json.h. */
#include "json.h"

#include <stdarg.h>
#include <stdio.h>

static void put_text(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < ' ')
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void put_name(struct json *json, const char *name)
{
    if (json->follows)
        printf(", ");
    if (name) {
        put_text(name);
        printf(": ");
    }
    json->follows = true;
}

void json_begin(struct json *json, const char *name, char bracket)
{
    put_name(json, name);
    putchar(bracket);
    json->follows = false;
}

void json_end(struct json *json, char bracket)
{
    putchar(bracket);
    json->follows = true;
}

void json_text(struct json *json, const char *name, const char *text)
{
    put_name(json, name);
    put_text(text);
}

void json_value(struct json *json, const char *name, const char *format, ...)
{
    put_name(json, name);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}
