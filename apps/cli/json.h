/* Writes JSON to stdout, member by member, with commas where they belong. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>

struct json {
    bool follows; /* something stands before in the same object or array */
};

/* Begins an object '{' or an array '['. `name` is NULL for the outermost, and in arrays. */
void json_begin(struct json *json, const char *name, char bracket);

/* Ends it with '}' or ']'; the outermost is followed by a newline of the caller's. */
void json_end(struct json *json, char bracket);

/* A member that is text; also numbers of more than 53 bits, as most readers keep no more. */
void json_text(struct json *json, const char *name, const char *text);

/* A member that printf writes: a number, true or false. */
void json_value(struct json *json, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
