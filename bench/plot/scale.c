/* Chooses the range of an axis, its ticks, and how their numbers are written: see scale.h. */
#include "scale.h"

#include <math.h>
#include <stdio.h>

/* The largest of 1, 2 or 5 times a power of ten that is at most `value`, or the least above. */
static double mark_below(double value)
{
    double power = pow(10, floor(log10(value) + 1e-9));
    double lead = value / power * (1 + 1e-9);
    return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

static double mark_above(double value)
{
    double below = mark_below(value);
    if (below >= value * (1 - 1e-9))
        return below;
    double lead = below / pow(10, floor(log10(below) + 1e-9));
    return below * (lead > 1.5 && lead < 3 ? 2.5 : 2);
}

/* So that no point stands on the edge. */
#define ROOM 1.15

void scale_fit(struct scale *scale, double least, double most, bool tight)
{
    if (tight) {
        scale->from = least;
        scale->to = most;
    } else if (scale->logarithmic) {
        scale->from = mark_below(least / ROOM);
        scale->to = mark_above(most * ROOM);
    } else {
        double step = mark_above(most / 8);
        scale->from = 0;
        scale->to = step * ceil(most / step - 1e-9);
    }
    /* A single value stands in the middle. */
    if (scale->to <= scale->from) {
        scale->from = scale->logarithmic ? scale->from / 2 : scale->from - 1;
        scale->to = scale->logarithmic ? scale->to * 2 : scale->to + 1;
    }
}

double scale_position(const struct scale *scale, double value)
{
    double part;
    if (scale->logarithmic)
        part = log((value > 0 ? value : scale->zero) / scale->from) / log(scale->to / scale->from);
    else
        part = (value - scale->from) / (scale->to - scale->from);
    return scale->start + part * (scale->end - scale->start);
}

/* Adds a tick, if it belongs to the scale; false when it lies beyond, and ends the ticks. */
static bool add_tick(const struct scale *scale, double tick, double ticks[TICKS_MAX],
                     unsigned *count)
{
    if (tick > scale->to * (1 + 1e-9) || *count == TICKS_MAX)
        return false;
    ticks[(*count)++] = tick + 0.0; /* no -0 */
    return true;
}

static unsigned linear_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX])
{
    double step = mark_above((scale->to - scale->from) / most * (1 - 1e-9));
    if (scale->whole && step < 1)
        step = 1;
    double tick = step * ceil(scale->from / step - 1e-9);
    unsigned count = 0;
    while (add_tick(scale, tick, ticks, &count))
        tick = step * round(tick / step + 1);
    return count;
}

static unsigned doubling_ticks(const struct scale *scale, double ticks[TICKS_MAX])
{
    double tick = exp2(ceil(log2(scale->from) - 1e-9));
    unsigned count = 0;
    while (add_tick(scale, tick, ticks, &count))
        tick *= 2;
    return count;
}

/* Every power of ten, or of as many tens as it takes; over few decades the steps between as well.
 */
static unsigned logarithmic_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX])
{
    unsigned count = 0;
    if (scale->whole)
        return doubling_ticks(scale, ticks);
    if (scale->zero > 0)
        add_tick(scale, 0, ticks, &count);
    double least = scale->zero > 0 ? scale->zero * SCALE_GAP : scale->from;
    double decades = log10(scale->to / scale->from);
    if (decades * 3 <= most) {
        double mark = mark_above(least * (1 - 1e-9));
        while (add_tick(scale, mark, ticks, &count))
            mark = mark_above(mark * 1.5);
        return count;
    }
    double step = ceil(decades / most);
    double power = step * ceil(log10(least) / step - 1e-9);
    while (add_tick(scale, pow(10, power), ticks, &count))
        power += step;
    return count;
}

unsigned scale_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX])
{
    return (scale->logarithmic ? logarithmic_ticks : linear_ticks)(scale, most, ticks);
}

static const char *number_text(double value, char text[SCALE_TEXT_SIZE])
{
    if (value < 10000) {
        snprintf(text, SCALE_TEXT_SIZE, "%.4g", value);
        return text;
    }
    int power = (int)floor(log10(value) + 1e-9);
    snprintf(text, SCALE_TEXT_SIZE, "%.3ge%d", value / pow(10, power), power);
    return text;
}

const char *scale_text(double value, enum unit unit, char text[SCALE_TEXT_SIZE])
{
    if (unit == UNIT_NUMBER)
        return number_text(value, text);
    if (unit == UNIT_PERCENT)
        snprintf(text, SCALE_TEXT_SIZE, value < 9.995 ? "%.3g %%" : "%.0f %%", value * 100);
    else if (value <= 0 || value >= 0.9999)
        snprintf(text, SCALE_TEXT_SIZE, "%.4g s", value);
    else if (value >= 0.9999e-3)
        snprintf(text, SCALE_TEXT_SIZE, "%.4g ms", value * 1e3);
    else if (value >= 0.9999e-6)
        snprintf(text, SCALE_TEXT_SIZE, "%.4g \xc2\xb5s", value * 1e6);
    else
        snprintf(text, SCALE_TEXT_SIZE, "%.4g ns", value * 1e9);
    return text;
}
