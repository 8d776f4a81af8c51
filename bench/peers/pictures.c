/* Draws the results as charts: times, speed-up and efficiency. See pictures.h. */
#include "pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot/chart.h"
#include "plot/folder.h"
#include "plot/page.h"
#include "rounds/rows.h"

/* In pixels. Pages hold two charts side by side. */
enum { PAGE_WIDTH = 1100, GAP = 28, CHART = 300, STRIP = 190 };
enum { COLUMN = (PAGE_WIDTH - 2 * PAGE_MARGIN - GAP) / 2 };

/* Charts are too large for a stack, and one is drawn after another. */
static struct chart chart, strip;

static unsigned threads_most(const struct contest *contest)
{
    unsigned most = 1;
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest->contender[i].threads > most)
            most = contest->contender[i].threads;
    return most;
}

/* Ours come first; then each name has a number, the colour. */
static unsigned number_of(const struct contest *contest, const struct contender *wanted)
{
    unsigned number = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (unsigned i = 0; i < contest->contenders; i++) {
            const struct contender *contender = &contest->contender[i];
            if ((contender->side == OURS) != (pass == 0))
                continue;
            unsigned before = 0;
            while (strcmp(contest->contender[before].name, contender->name) != 0)
                before++;
            if (before != i)
                continue;
            if (strcmp(contender->name, wanted->name) == 0)
                return number;
            number++;
        }
    }
    return number;
}

static struct look look_of(const struct contest *contest, const struct contender *contender)
{
    struct look look = {.colour = number_of(contest, contender)};
    look.hollow = contender->threads == 1 && threads_most(contest) > 1;
    char label[CONTENDER_LABEL_SIZE];
    contest_label(contender, label);
    if (contender->threads)
        snprintf(look.name, sizeof look.name, "%.56s; %u thread%s", label, contender->threads,
                 contender->threads == 1 ? "" : "s");
    else
        snprintf(look.name, sizeof look.name, "%s", label);
    return look;
}

/* ---- time against height, width and bound
 * ----------------------------------------------------------- */

enum axis { AXIS_HEIGHT, AXIS_WIDTH, AXIS_BELOW };

static const struct {
    const char *page, *title, *name;
} axes[] = {
    [AXIS_HEIGHT] = {PAGE_HEIGHTS, "Sums of primes: time against height",
                     "height: the first number"},
    [AXIS_WIDTH] = {PAGE_WIDTHS, "Sums of primes: time against width", "width: how many numbers"},
    [AXIS_BELOW] = {PAGE_BELOW, "Sums of all primes below n", "n"},
};

/* Along the axis of a page, and across: the same throughout a chart. */
static uint64_t along(struct interval interval, enum axis axis)
{
    return axis == AXIS_HEIGHT ? interval.lo : interval.hi - interval.lo;
}

static uint64_t across(struct interval interval, enum axis axis)
{
    return axis == AXIS_BELOW ? 0 : along(interval, axis == AXIS_HEIGHT ? AXIS_WIDTH : AXIS_HEIGHT);
}

/* Those of the axis with one thread, with most, and with as many as they like. */
static bool is_shown(const struct contest *contest, const struct contender *contender,
                     enum axis axis)
{
    return contender->below == (axis == AXIS_BELOW) &&
           (contender->threads <= 1 || contender->threads == threads_most(contest));
}

static void begin_charts(enum axis axis, uint64_t value)
{
    char text[SCALE_TEXT_SIZE];
    chart.series_count = strip.series_count = 0;
    chart.x = strip.x = (struct scale){.logarithmic = true};
    chart.y = (struct scale){.logarithmic = true, .unit = UNIT_SECONDS};
    strip.y = (struct scale){.logarithmic = true};
    chart.apart = strip.apart = chart.y_most = strip.y_most = 0;
    chart.ideal_from = chart.ideal_to = 0;
    chart.x_name = strip.x_name = axes[axis].name;
    chart.y_name = "time of one sum or count";
    if (axis == AXIS_BELOW)
        strcpy(chart.title, "all primes below n");
    else
        snprintf(chart.title, sizeof chart.title, axis == AXIS_HEIGHT ? "%s numbers" : "from %s on",
                 scale_text((double)value, UNIT_NUMBER, text));
    strip.ideal_from = strip.ideal_to = 1;
}

/* Makes the chart, and the strip below, of those intervals that have that value across. Returns
 * whether there is a line to draw. */
static bool make_charts(const struct contest *contest, enum axis axis, uint64_t value)
{
    begin_charts(axis, value);
    for (int i = 0; i < (int)contest->contenders; i++) {
        const struct contender *contender = &contest->contender[i];
        if (across(contender->interval, axis) != value || !is_shown(contest, contender, axis))
            continue;
        struct look look = look_of(contest, contender);
        double x = (double)along(contender->interval, axis);
        chart_add(&chart, &look, (struct point){x, contest_seconds(contest, i)});
        int rival = contest_first_rival(contest, i);
        if (rival < 0)
            continue;
        chart_add(&strip, &look, (struct point){x, contest_ratio(contest, i, rival)});
        snprintf(strip.title, sizeof strip.title, "the same over the time of \"%.50s\"",
                 contest->contender[rival].name);
        strip.y_name = "less than 1: faster than it, on as many threads";
    }
    bool lines = false;
    for (unsigned i = 0; i < chart.series_count; i++)
        lines = lines || chart.series[i].points > 1;
    if (lines)
        chart_fit(&chart);
    if (lines && strip.series_count)
        chart_fit(&strip);
    return lines;
}

/* The different values across of all intervals that make a chart. Returns how many. */
static unsigned find_charts(const struct contest *contest, enum axis axis,
                            uint64_t values[ROWS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < contest->contenders; i++) {
        uint64_t value = across(contest->contender[i].interval, axis);
        unsigned known = 0;
        while (known < count && values[known] != value)
            known++;
        if (known == count && count < ROWS_MAX && make_charts(contest, axis, value))
            values[count++] = value;
    }
    return count;
}

/* The looks of all series there are in the page's charts. */
static unsigned find_looks(const struct contest *contest, enum axis axis,
                           struct look looks[SERIES_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < contest->contenders; i++) {
        if (!is_shown(contest, &contest->contender[i], axis))
            continue;
        struct look look = look_of(contest, &contest->contender[i]);
        unsigned known = 0;
        while (known < count && strcmp(looks[known].name, look.name) != 0)
            known++;
        if (known == count && count < SERIES_MAX)
            looks[count++] = look;
    }
    return count;
}

static const char *subtitle(const struct contest *contest, char text[160])
{
    snprintf(
        text, 160,
        "One run of %u round%s, everybody in turn. Points are medians, whiskers reach from the "
        "least to the most.",
        contest->rounds, contest->rounds == 1 ? "" : "s");
    return text;
}

static bool has_rivals(const struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (contest_first_rival(contest, (int)i) >= 0)
            return true;
    return false;
}

static void draw_times(const struct contest *contest, const struct machine *machine, enum axis axis,
                       const uint64_t *values, unsigned count, FILE *page)
{
    struct look looks[SERIES_MAX];
    unsigned look_count = find_looks(contest, axis, looks);
    int legend = legend_draw(looks, look_count, NULL, 0, 0, PAGE_WIDTH - 2 * PAGE_MARGIN);
    int row = CHART + (has_rivals(contest) ? STRIP : 0) + GAP;
    int top = PAGE_HEADING + legend + GAP / 2, end = top + (int)(count + 1) / 2 * row;
    char text[160];
    page_begin(page, PAGE_WIDTH, end + page_machine_height(machine, PAGE_WIDTH), axes[axis].title,
               subtitle(contest, text));
    legend_draw(looks, look_count, page, PAGE_MARGIN, PAGE_HEADING, PAGE_WIDTH - 2 * PAGE_MARGIN);
    for (unsigned i = 0; i < count; i++) {
        make_charts(contest, axis, values[i]);
        int left = PAGE_MARGIN + (int)(i % 2) * (COLUMN + GAP), y = top + (int)(i / 2) * row;
        chart_draw(&chart, page, left, y, COLUMN, CHART);
        if (strip.series_count)
            chart_draw(&strip, page, left, y + CHART, COLUMN, STRIP);
    }
    page_end(page, machine, PAGE_WIDTH, end);
}

static int write_times(const struct contest *contest, const struct machine *machine, enum axis axis,
                       const char *folder)
{
    const char *name = axes[axis].page;
    uint64_t values[ROWS_MAX];
    unsigned count = find_charts(contest, axis, values);
    if (!count)
        return folder_remove(folder, name), 0;
    FILE *page = folder_open(folder, name);
    if (!page)
        return EXIT_FAILURE;
    draw_times(contest, machine, axis, values, count, page);
    return folder_close(folder, name, page);
}

/* ---- speed-up and efficiency ----------------------------------------------------------------- */

/* Where there are no sieves to show, sums below n are shown. */
static bool has_sieves(const struct contest *contest)
{
    for (unsigned i = 0; i < contest->contenders; i++)
        if (!contest->contender[i].below)
            return true;
    return false;
}

static uint64_t widest(const struct contest *contest, bool below)
{
    uint64_t most = 0;
    for (unsigned i = 0; i < contest->contenders; i++) {
        const struct contender *contender = &contest->contender[i];
        uint64_t width = along(contender->interval, AXIS_WIDTH);
        if (contender->side == OURS && contender->below == below && width > most)
            most = width;
    }
    return most;
}

static struct summary divide(struct summary summary, double by)
{
    return (struct summary){summary.min / by, summary.median / by, summary.max / by};
}

/* Into `chart` the speed-up, into `strip` the efficiency. */
static void make_speed_up(const struct contest *contest, double workers)
{
    /* On many workers every doubling counts the same. */
    bool many = workers > 16;
    chart.series_count = strip.series_count = 0;
    chart.x = strip.x = (struct scale){.logarithmic = many, .whole = true};
    chart.y = (struct scale){.logarithmic = many, .whole = many};
    strip.y = (struct scale){.unit = UNIT_PERCENT};
    chart.x_name = strip.x_name = "workers";
    strcpy(chart.title, "Speed-up");
    chart.y_name = "times faster than one worker; dashed: ideal";
    strcpy(strip.title, "Efficiency");
    strip.y_name = "speed-up by workers; dashed: ideal";
    chart.apart = strip.apart = many ? 0 : 5;
    chart.ideal_from = strip.ideal_from = strip.ideal_to = 1;
    chart.ideal_to = workers;
    chart.y_most = workers * 1.25;
    strip.y_most = 1.25;
    bool below = !has_sieves(contest);
    uint64_t width = widest(contest, below);
    for (int i = 0; i < (int)contest->contenders; i++) {
        const struct contender *contender = &contest->contender[i];
        if (contender->side != OURS || contender->baseline < 0 || contender->below != below ||
            along(contender->interval, AXIS_WIDTH) != width)
            continue;
        /* A series keeps the look of its first point. */
        struct look look = {.colour = chart.series_count};
        char text[INTERVAL_TEXT_SIZE];
        snprintf(look.name, sizeof look.name, "%s %s", contender->name,
                 interval_text(contender->interval, text));
        struct summary faster = contest_ratio(contest, contender->baseline, i);
        chart_add(&chart, &look, (struct point){contender->threads, faster});
        chart_add(&strip, &look,
                  (struct point){contender->threads, divide(faster, contender->threads)});
    }
    chart_fit(&chart);
    chart_fit(&strip);
}

static void draw_speed_up(const struct contest *contest, const struct machine *machine, FILE *page)
{
    struct look looks[SERIES_MAX];
    for (unsigned i = 0; i < chart.series_count; i++)
        looks[i] = chart.series[i].look;
    int legend = legend_draw(looks, chart.series_count, NULL, 0, 0, PAGE_WIDTH - 2 * PAGE_MARGIN);
    int top = PAGE_HEADING + legend + GAP / 2, end = top + COLUMN + GAP;
    char text[160];
    page_begin(page, PAGE_WIDTH, end + page_machine_height(machine, PAGE_WIDTH),
               "Sums of primes: speed-up and efficiency", subtitle(contest, text));
    legend_draw(looks, chart.series_count, page, PAGE_MARGIN, PAGE_HEADING,
                PAGE_WIDTH - 2 * PAGE_MARGIN);
    chart_draw(&chart, page, PAGE_MARGIN, top, COLUMN, COLUMN);
    chart_draw(&strip, page, PAGE_MARGIN + COLUMN + GAP, top, COLUMN, COLUMN);
    page_end(page, machine, PAGE_WIDTH, end);
}

static int write_speed_up(const struct contest *contest, const struct machine *machine,
                          const char *folder)
{
    unsigned workers = threads_most(contest);
    if (workers < 2)
        return folder_remove(folder, PAGE_SPEED_UP), 0;
    FILE *page = folder_open(folder, PAGE_SPEED_UP);
    if (!page)
        return EXIT_FAILURE;
    make_speed_up(contest, workers);
    draw_speed_up(contest, machine, page);
    return folder_close(folder, PAGE_SPEED_UP, page);
}

int pictures_write(const struct contest *contest, const struct machine *machine, const char *folder)
{
    int status = write_speed_up(contest, machine, folder);
    if (!status)
        status = write_times(contest, machine, AXIS_HEIGHT, folder);
    if (!status)
        status = write_times(contest, machine, AXIS_WIDTH, folder);
    if (!status)
        status = write_times(contest, machine, AXIS_BELOW, folder);
    return status ? status : folder_write_index(folder);
}
