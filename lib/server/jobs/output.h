/* What a job has printed. */
#ifndef SERVER_OUTPUT_H
#define SERVER_OUTPUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/lock.h"
#include "yoke/status.h"

/* All zero is empty. */
struct output {
    struct lock lock;
    char *text; /* or NULL; always ended */
    size_t length, capacity;
    bool full;
};

/* Appends the text whole. YOKE_NO_MEMORY, YOKE_OVERFLOW once it is full. */
yoke_status output_append(struct output *output, const char *text, size_t length);

/* The same, formatted; or YOKE_INVALID. */
yoke_status output_print(struct output *output, const char *format, va_list arguments);

#endif
