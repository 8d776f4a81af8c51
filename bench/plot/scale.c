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

static unsigned linear_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX])
{
    double step = mark_above((scale->to - scale->from) / most * (1 - 1e-9));
    if (scale->whole && step < 1)
        step = 1;
    unsigned count = 0;
    for (double k = ceil(scale->from / step - 1e-9);
         k * step <= scale->to * (1 + 1e-9) && count < TICKS_MAX; k++)
        ticks[count++] = k * step + 0.0; /* no -0 */
    return count;
}

/* Every power of ten, or of as many tens as it takes; over few decades the steps between as well.
 */
static unsigned logarithmic_ticks(const struct scale *scale, unsigned most, double ticks[TICKS_MAX])
{
    double decades = log10(scale->to / scale->from);
    unsigned count = 0;
    if (scale->whole) {
        for (double power = 1; power <= scale->to * (1 + 1e-9) && count < TICKS_MAX; power *= 2)
            if (power >= scale->from * (1 - 1e-9))
                ticks[count++] = power;
        return count;
    }
    if (scale->zero > 0)
        ticks[count++] = 0;
    double least =
        scale->zero > 0 ? scale->zero * SCALE_GAP * (1 - 1e-9) : scale->from * (1 - 1e-9);
    if (decades * 3 <= most) {
        for (double mark = mark_above(least); mark <= scale->to * (1 + 1e-9) && count < TICKS_MAX;
             mark = mark_above(mark * 1.5))
            ticks[count++] = mark;
        return count;
    }
    double step = ceil(decades / most);
    for (double power = ceil(log10(least) / step) * step;
         power <= log10(scale->to) + 1e-9 && count < TICKS_MAX; power += step)
        ticks[count++] = pow(10, power);
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
        snprintf(text, SCALE_TEXT_SIZE, "%.3g %%", value * 100);
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
