/* Whether a text is valid JSON (without the words true, false and null, which yoke never prints).
 */
#ifndef TESTS_JSON_H
#define TESTS_JSON_H

#include <stdbool.h>
#include <string.h>

/* Each takes one piece of JSON from the front of the text and returns what follows, or NULL where
 * there is no such piece. */

static inline const char *json_value(const char *text);

static inline const char *json_blanks(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

static inline const char *json_string(const char *text)
{
    if (*text != '"')
        return NULL;
    for (text++; *text != '"'; text++) {
        if ((unsigned char)*text < ' ' || (*text == '\\' && !strchr("\"\\/bfnrtu", *++text)))
            return NULL;
    }
    return text + 1;
}

static inline const char *json_number(const char *text)
{
    text += *text == '-';
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || (digits > 1 && *text == '0'))
        return NULL;
    text += digits;
    if (*text == '.') {
        digits = strspn(++text, "0123456789");
        text = digits ? text + digits : NULL;
    }
    return text;
}

static inline const char *json_member(const char *text)
{
    text = json_string(json_blanks(text));
    return text && *(text = json_blanks(text)) == ':' ? json_value(text + 1) : NULL;
}

/* An object or an array, whose elements `element` takes. */
static inline const char *json_list(const char *text, char end,
                                    const char *(*element)(const char *))
{
    const char *first = json_blanks(text + 1);
    if (*first == end)
        return first + 1;
    do {
        text = element(text + 1);
    } while (text && *text == ',');
    return text && *text == end ? text + 1 : NULL;
}

static inline const char *json_value(const char *text)
{
    text = json_blanks(text);
    text = *text == '{'   ? json_list(text, '}', json_member)
           : *text == '[' ? json_list(text, ']', json_value)
           : *text == '"' ? json_string(text)
                          : json_number(text);
    return text ? json_blanks(text) : NULL;
}

static inline bool json_is_valid(const char *text)
{
    const char *end = json_value(text);
    return end && !*end;
}

#endif
