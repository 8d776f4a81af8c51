/* Appends what a job prints to a text that grows, up to a limit: see output.h. */
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* In bytes: more than anybody reads, less than a loop that never ends would write. */
static const size_t output_max = (size_t)1 << 20, output_min = 256;

static const char note[] = "\n[more was printed, and dropped]\n";

/* Room for `length` more bytes and the end. */
static bool reserve(struct output *output, size_t length)
{
    size_t needed = output->length + length + 1, capacity = output->capacity;
    if (needed <= capacity)
        return true;
    while (capacity < needed)
        capacity = capacity ? 2 * capacity : output_min;
    char *text = realloc(output->text, capacity);
    if (!text)
        return false;
    output->text = text;
    output->capacity = capacity;
    return true;
}

static yoke_status append(struct output *output, const char *text, size_t length)
{
    if (output->full)
        return error_set(YOKE_OVERFLOW, "the output of a job is limited to %zu bytes", output_max);
    bool fits = length <= output_max - output->length;
    size_t kept = fits ? length : output_max - output->length;
    /* Room for the note is always kept, so that it can be written when the output is full. */
    if (!reserve(output, kept + sizeof note))
        return error_set(YOKE_NO_MEMORY, "no memory for %zu bytes of output", length);
    memcpy(output->text + output->length, text, kept);
    output->length += kept;
    output->text[output->length] = '\0';
    if (fits)
        return YOKE_OK;
    memcpy(output->text + output->length, note, sizeof note);
    output->full = true;
    return append(output, "", 0); /* which says so */
}

yoke_status output_append(struct output *output, const char *text, size_t length)
{
    lock_take(&output->lock);
    yoke_status status = append(output, text, length);
    lock_give(&output->lock);
    return status;
}

yoke_status output_print(struct output *output, const char *format, va_list arguments)
{
    char *text;
    int length = vasprintf(&text, format, arguments);
    if (length < 0)
        return error_set(YOKE_INVALID,
                         "the text cannot be formatted, or there is no memory for it");
    yoke_status status = output_append(output, text, (size_t)length);
    free(text);
    return status;
}
