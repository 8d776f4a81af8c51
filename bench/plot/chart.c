/* Collects series of points and draws them over two axes: see chart.h. */
#include "chart.h"

#include <string.h>

#include "page.h"

/* In pixels: the room for what stands around the axes, and inside them left and right of the first
 * and last point. */
enum { ROOM_LEFT = 58, ROOM_RIGHT = 10, ROOM_TOP = 46, ROOM_BOTTOM = 40, INSET = 18 };

/* About as many pixels for each tick. */
enum { TICK_WIDTH = 62, TICK_HEIGHT = 34 };

static struct series *find(struct chart *chart, const struct look *look)
{
    for (unsigned i = 0; i < chart->series_count; i++)
        if (strcmp(chart->series[i].look.name, look->name) == 0)
            return &chart->series[i];
    if (chart->series_count == SERIES_MAX)
        return NULL;
    struct series *series = &chart->series[chart->series_count++];
    *series = (struct series){.look = *look};
    return series;
}

void chart_add(struct chart *chart, const struct look *look, struct point point)
{
    struct series *series = find(chart, look);
    if (series && series->points < POINTS_MAX)
        series->point[series->points++] = point;
}

/* ---- axes ------------------------------------------------------------------------------------ */

struct extent {
    double least, most;
};

static void extend(struct extent *extent, double least, double most)
{
    extent->least = least < extent->least ? least : extent->least;
    extent->most = most > extent->most ? most : extent->most;
}

void chart_fit(struct chart *chart)
{
    struct extent x = {1e300, -1e300}, y = {1e300, -1e300};
    bool zero = false;
    for (unsigned i = 0; i < chart->series_count; i++) {
        const struct series *series = &chart->series[i];
        for (unsigned p = 0; p < series->points; p++) {
            const struct point *point = &series->point[p];
            bool beyond = chart->y_most > 0 && point->y.max > chart->y_most;
            double most = beyond ? chart->y_most : point->y.max;
            extend(&y, point->y.min, most > point->y.median ? most : point->y.median);
            if (chart->x.logarithmic && point->x <= 0)
                zero = true;
            else
                extend(&x, point->x, point->x);
        }
    }
    if (x.most < x.least)
        x = (struct extent){1, 1};
    if (chart->ideal_to > 0) {
        extend(&y, chart->ideal_from, chart->ideal_from);
        extend(&y, chart->ideal_to, chart->ideal_to);
    }
    chart->x.zero = zero ? x.least / SCALE_GAP : 0;
    scale_fit(&chart->x, zero ? chart->x.zero : x.least, x.most, true);
    scale_fit(&chart->y, y.least, y.most, false);
}

static void draw_y_axis(const struct chart *chart, FILE *page, double left, double right)
{
    double ticks[TICKS_MAX];
    unsigned most = (unsigned)(chart->y.start - chart->y.end) / TICK_HEIGHT + 1;
    unsigned count = scale_ticks(&chart->y, most, ticks);
    for (unsigned i = 0; i < count; i++) {
        double y = scale_position(&chart->y, ticks[i]);
        char text[SCALE_TEXT_SIZE];
        page_line(page, "grid", left, y, right, y);
        page_text(page, "s e", left - 6, y + 4, "%s", scale_text(ticks[i], chart->y.unit, text));
    }
}

static void draw_x_axis(const struct chart *chart, FILE *page, double left, double right)
{
    double ticks[TICKS_MAX], bottom = chart->y.start;
    unsigned most = (unsigned)(right - left) / TICK_WIDTH + 1;
    unsigned count = scale_ticks(&chart->x, most, ticks);
    for (unsigned i = 0; i < count; i++) {
        double x = scale_position(&chart->x, ticks[i]);
        char text[SCALE_TEXT_SIZE];
        page_line(page, "grid", x, bottom, x, chart->y.end);
        page_text(page, "s m", x, bottom + 16, "%s", scale_text(ticks[i], chart->x.unit, text));
    }
    page_line(page, "axis", left, bottom, right, bottom);
    page_text(page, "s m", (left + right) / 2, bottom + 32, "%s", chart->x_name);
    if (chart->x.zero > 0) { /* the axis is broken there */
        double x = chart->x.start +
                   (scale_position(&chart->x, chart->x.zero * SCALE_GAP) - chart->x.start) / 2;
        page_line(page, "axis", x - 5, bottom + 5, x + 1, bottom - 5);
        page_line(page, "axis", x - 1, bottom + 5, x + 5, bottom - 5);
    }
}

/* ---- series ---------------------------------------------------------------------------------- */

/* Series stand a little beside each other where the chart says so. */
static double x_of(const struct chart *chart, const struct series *series, double value)
{
    double place = (double)(series - chart->series) - (chart->series_count - 1) / 2.0;
    return scale_position(&chart->x, value) + place * chart->apart;
}

/* No line leads to a point at 0 of a logarithmic axis. */
static void draw_line(const struct chart *chart, const struct series *series, FILE *page)
{
    fprintf(page, "<path class=\"line c%u%s\" d=\"", series->look.colour % COLOURS,
            series->look.hollow ? " dashed" : "");
    char step = 'M';
    for (unsigned i = 0; i < series->points; i++) {
        const struct point *point = &series->point[i];
        if (chart->x.zero > 0 && point->x <= 0)
            continue;
        fprintf(page, "%c%.1f,%.1f", step, x_of(chart, series, point->x),
                scale_position(&chart->y, point->y.median));
        step = 'L';
    }
    fputs(step == 'M' ? "M0,0\"/>\n" : "\"/>\n", page);
}

static void draw_point(const struct chart *chart, const struct series *series,
                       const struct point *point, FILE *page)
{
    char classes[24], x_text[SCALE_TEXT_SIZE], title[256], values[3][SCALE_TEXT_SIZE];
    snprintf(classes, sizeof classes, "c%u", series->look.colour % COLOURS);
    double x = x_of(chart, series, point->x);
    double low = scale_position(&chart->y, point->y.min);
    double high =
        scale_position(&chart->y, point->y.max < chart->y.to ? point->y.max : chart->y.to);
    page_line(page, classes, x, low, x, high);
    page_line(page, classes, x - 3, low, x + 3, low);
    page_line(page, classes, x - 3, high, x + 3, high);
    snprintf(title, sizeof title, "%s\n%s: %s\nmedian %s (%s to %s)", series->look.name,
             chart->x_name, scale_text(point->x, chart->x.unit, x_text),
             scale_text(point->y.median, chart->y.unit, values[0]),
             scale_text(point->y.min, chart->y.unit, values[1]),
             scale_text(point->y.max, chart->y.unit, values[2]));
    page_marker(page, series->look.colour, series->look.hollow, x,
                scale_position(&chart->y, point->y.median), title);
}

void chart_draw(struct chart *chart, FILE *page, int left, int top, int width, int height)
{
    double from = left + ROOM_LEFT, to = left + width - ROOM_RIGHT;
    chart->x.start = left + ROOM_LEFT + INSET;
    chart->x.end = left + width - ROOM_RIGHT - INSET;
    chart->y.start = top + height - ROOM_BOTTOM;
    chart->y.end = top + ROOM_TOP;
    fprintf(page, "<rect class=\"in\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            from, chart->y.end, to - from, chart->y.start - chart->y.end);
    page_text(page, "b", left, top + 14, "%s", chart->title);
    page_text(page, "s", left, top + 30, "%s", chart->y_name);
    draw_y_axis(chart, page, from, to);
    draw_x_axis(chart, page, from, to);
    if (chart->ideal_to > 0)
        page_line(page, "ideal", chart->x.start, scale_position(&chart->y, chart->ideal_from),
                  chart->x.end, scale_position(&chart->y, chart->ideal_to));
    for (unsigned i = 0; i < chart->series_count; i++)
        draw_line(chart, &chart->series[i], page);
    for (unsigned i = 0; i < chart->series_count; i++)
        for (unsigned p = 0; p < chart->series[i].points; p++)
            draw_point(chart, &chart->series[i], &chart->series[i].point[p], page);
}

int legend_draw(const struct look *looks, unsigned count, FILE *page, int left, int top, int width)
{
    int x = left, y = top + 12;
    for (unsigned i = 0; i < count; i++) {
        int wide = 40 + page_text_width(looks[i].name);
        if (x > left && x + wide > left + width) {
            x = left;
            y += PAGE_LINE + 2;
        }
        if (page) {
            char classes[32];
            snprintf(classes, sizeof classes, "line c%u%s", looks[i].colour % COLOURS,
                     looks[i].hollow ? " dashed" : "");
            page_line(page, classes, x, y - 4, x + 26, y - 4);
            page_marker(page, looks[i].colour, looks[i].hollow, x + 13, y - 4, looks[i].name);
            page_text(page, "", x + 32, y, "%s", looks[i].name);
        }
        x += wide + 14;
    }
    return y + 10 - top;
}
