/* Makes the intervals of a benchmark from heights and widths, and writes them for people: see
 * rows.h. */
#include "rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/report.h"
#include "cli/values.h"

/* What a peer's options and warm-ups in a tenth of the width can still make sense of. */
#define WIDTH_LEAST 1000

struct numbers {
    unsigned count;
    expression_integer number[ROWS_MAX];
};

/* Reads numbers between commas; returns false after a report. */
static bool read_numbers(const char *option, const char *text, struct numbers *numbers)
{
    numbers->count = 0;
    for (;;) {
        char word[64];
        size_t length = strcspn(text, ",");
        if (length >= sizeof word || numbers->count == ROWS_MAX) {
            report_usage("%s=%.60s: at most %d numbers of less than %zu characters, with commas "
                         "between",
                         option, text, ROWS_MAX, sizeof word);
            return false;
        }
        memcpy(word, text, length);
        word[length] = '\0';
        if (!value_bound(option, word, &numbers->number[numbers->count]))
            return false;
        numbers->count++;
        if (!text[length])
            return true;
        text += length + 1;
    }
}

unsigned rows_make(const char *heights, const char *widths, struct interval rows[ROWS_MAX])
{
    const expression_integer end = (expression_integer)1 << 64;
    struct numbers height, width;
    if (heights && strcmp(heights, "all") == 0)
        heights = "0,1e12,1e14,1e16,1e18";
    if (widths && strcmp(widths, "all") == 0)
        widths = "1e4,1e5,1e6,1e7,1e8,1e9,1e10";
    if (!read_numbers("--heights", heights ? heights : "0", &height) ||
        !read_numbers("--widths", widths ? widths : "1e9", &width))
        return 0;
    if (height.count * width.count > ROWS_MAX)
        return report_usage("%u heights of %u widths are more than %d rows; name fewer",
                            height.count, width.count, ROWS_MAX),
               0;
    unsigned count = 0;
    for (unsigned h = 0; h < height.count; h++) {
        for (unsigned w = 0; w < width.count; w++) {
            expression_integer lo = height.number[h], hi = lo + width.number[w];
            if (width.number[w] < WIDTH_LEAST)
                return report_usage("--widths: each must be at least %d", WIDTH_LEAST), 0;
            if (hi > end)
                return report_usage("the highest of --heights and the widest of --widths go beyond "
                                    "2^64; make one of them smaller"),
                       0;
            rows[count++] = (struct interval){(uint64_t)lo, hi == end ? UINT64_MAX : (uint64_t)hi};
        }
    }
    return count;
}

unsigned rows_make_below(const char *text, struct interval rows[ROWS_MAX])
{
    const expression_integer end = (expression_integer)1 << 64;
    struct numbers below;
    if (!read_numbers("--below", strcmp(text, "all") == 0 ? "1e12,1e13,1e14,1e15,1e16" : text,
                      &below))
        return 0;
    for (unsigned i = 0; i < below.count; i++) {
        expression_integer n = below.number[i];
        if (n < WIDTH_LEAST || n > end)
            return report_usage("--below: each must lie between %d and 2^64", WIDTH_LEAST), 0;
        rows[i] = (struct interval){0, n == end ? UINT64_MAX : (uint64_t)n};
    }
    return below.count;
}

bool rounds_read(const char *text, unsigned *rounds)
{
    expression_integer value;
    if (!text)
        return true;
    if (!value_bound("--runs", text, &value))
        return false;
    if (value < 1 || value > ROUNDS_MAX) {
        report_usage("--runs \"%.60s\" must lie between 1 and %d", text, ROUNDS_MAX);
        return false;
    }
    *rounds = (unsigned)value;
    return true;
}

/* 20000000000 as "2e10"; what has more digits in full. */
static const char *number_text(uint64_t number, char text[24])
{
    int zeros = 0;
    uint64_t rest = number;
    for (; rest >= 10 && rest % 10 == 0; rest /= 10)
        zeros++;
    if (rest < 10 && zeros > 2)
        snprintf(text, 24, "%de%d", (int)rest, zeros);
    else
        snprintf(text, 24, "%" PRIu64, number);
    return text;
}

const char *interval_text(struct interval interval, char text[INTERVAL_TEXT_SIZE])
{
    char lo[24], width[24];
    number_text(interval.hi - interval.lo, width);
    if (interval.lo)
        snprintf(text, INTERVAL_TEXT_SIZE, "%s + [0, %s)", number_text(interval.lo, lo), width);
    else
        snprintf(text, INTERVAL_TEXT_SIZE, "[0, %s)", width);
    return text;
}

const char *interval_end_text(struct interval interval, char text[INTERVAL_TEXT_SIZE])
{
    char end[24];
    snprintf(text, INTERVAL_TEXT_SIZE, "%s", number_text(interval.hi, end));
    return text;
}
