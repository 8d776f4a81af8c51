/* The axes of a chart: from values to pixels, where the ticks stand, and how they are written. */
#ifndef PLOT_SCALE_H
#define PLOT_SCALE_H

#include <stdbool.h>

enum unit {
    UNIT_NUMBER,  /* "12", "1e12"                                                                 */
    UNIT_SECONDS, /* "20 ms"                                                                      */
    UNIT_PERCENT, /* 0.5 is "50 %"                                                                */
};

struct scale {
    bool logarithmic;
    bool whole; /* ticks at whole numbers only; logarithmic: at powers of two    */
    enum unit unit;
    double from, to;   /* the values at the ends                                                  */
    double start, end; /* where these stand, in pixels; upwards `end` is less                     */
    double zero;       /* logarithmic: 0 stands where this value would; 0 if it does not occur    */
};

/* 0 stands a decade and a half before the least other value: more than a decade, so that the gap is
 * seen. */
#define SCALE_GAP 30

/* Has the scale reach from at most `least` to at least `most`, which stand as they are where the
 * scale is `tight`; else a linear one begins at 0, and the ends are ticks. */
void scale_fit(struct scale *scale, double least, double most, bool tight);

double scale_position(const struct scale *scale, double value);

/* At most TICKS_MAX ticks, and about `most`, at 1, 2 or 5 times powers of ten. Returns how many. */
enum { TICKS_MAX = 40 };
unsigned scale_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX]);

/* Writes the value as its unit wants it, and returns `text`. */
#define SCALE_TEXT_SIZE 32
const char *scale_text(double value, enum unit unit, char text[SCALE_TEXT_SIZE]);

#endif
