/* Whether a text is valid XML, as far as yoke writes some, and what stands in it. */
#ifndef TESTS_XML_H
#define TESTS_XML_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether every tag is closed by its own name, in order, and every attribute and entity is whole:
 * what an XML reader would stop at. */
static inline bool xml_is_valid(const char *text)
{
    char open[16][16];
    int depth = 0, roots = 0;
    while (*text) {
        if (*text == '&' && strncmp(text, "&amp;", 5) && strncmp(text, "&lt;", 4))
            return false;
        if (*text != '<') {
            if ((unsigned char)*text < ' ' && *text != '\n')
                return false;
            text++;
            continue;
        }
        bool closes = text[1] == '/';
        const char *name = text + 1 + closes, *end = strchr(name, '>');
        size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
        if (!end || length == 0 || length > 15 || memchr(name, '<', (size_t)(end - name)))
            return false;
        size_t quotes = 0;
        for (const char *c = name; c < end; c++)
            quotes += *c == '"';
        if (quotes % 2)
            return false;
        if (closes) {
            if (depth == 0 || strncmp(open[--depth], name, length) || open[depth][length])
                return false;
        } else if (end[-1] != '/') {
            roots += depth == 0;
            if (depth == 16)
                return false;
            snprintf(open[depth++], 16, "%.*s", (int)length, name);
        }
        text = end + 1;
    }
    return depth == 0 && roots == 1;
}

static inline size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    while ((text = strstr(text, what))) {
        count++;
        text += strlen(what);
    }
    return count;
}

#endif
