/* Draws the phases as bars on an SVG page: see bars.h. */
#include "bars.h"

#include <stdlib.h>

#include "plot/folder.h"
#include "plot/page.h"
#include "plot/scale.h"

/* In pixels: the shares of the phases stand left, the times right. */
enum { PAGE_WIDTH = 1100, LEFT = 170, SHARES = 560, TIMES = LEFT + SHARES + 40, TIMES_END = 960 };
enum { BAR = 22, STEP = 32, AXIS = 48, PART_GAP = 22 };

/* About as many pixels for each tick, and the least for a part's percentage. */
enum { TICK_WIDTH = 56, PERCENT_WIDTH = 34 };

static int draw_legend(FILE *page, int top)
{
    int x = PAGE_MARGIN;
    for (unsigned phase = 0; phase < PHASES; phase++) {
        fprintf(page, "<rect class=\"p%u\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\"/>", phase,
                x, top);
        page_text(page, "", x + 20, top + 12, "%s", phase_name[phase]);
        x += 42 + page_text_width(phase_name[phase]);
    }
    return top + 14 + PART_GAP;
}

static void draw_axis(const struct scale *scale, int top, int bottom, const char *name, FILE *page)
{
    double ticks[TICKS_MAX];
    unsigned count =
        scale_ticks(scale, (unsigned)(scale->end - scale->start) / TICK_WIDTH + 1, ticks);
    for (unsigned i = 0; i < count; i++) {
        char text[SCALE_TEXT_SIZE];
        double x = scale_position(scale, ticks[i]);
        page_line(page, "grid", x, top, x, bottom + 4);
        page_text(page, "s m", x, bottom + 18, "%s", scale_text(ticks[i], scale->unit, text));
    }
    page_text(page, "s m", (scale->start + scale->end) / 2, bottom + 34, "%s", name);
}

/* A part's title has the numbers; its percentage stands in it where there is room. The medians of
 * the phases add up to about the median of all, so the bar is scaled to them. */
static double draw_part(const struct bar *bar, unsigned phase, double all, double x, int top,
                        FILE *page)
{
    char text[SCALE_TEXT_SIZE];
    double part = bar->phase[phase] / all, width = part * (double)SHARES;
    fprintf(page,
            "<rect class=\"p%u\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">"
            "<title>%s: %s, %.1f %%</title></rect>",
            phase, x, top, width, BAR, phase_name[phase],
            scale_text(bar->phase[phase], UNIT_SECONDS, text), 100 * part);
    if (width >= (double)PERCENT_WIDTH) {
        char classes[16];
        snprintf(classes, sizeof classes, "m in%u", phase);
        page_text(page, classes, x + width / 2, top + 15, "%.0f %%", 100 * part);
    }
    return x + width;
}

static void draw_time(const struct bar *bar, const struct scale *scale, int top, FILE *page)
{
    char title[256], texts[3][SCALE_TEXT_SIZE];
    double least = scale_position(scale, bar->all.min), most = scale_position(scale, bar->all.max);
    int middle = top + BAR / 2;
    page_line(page, "axis", least, middle, most, middle);
    page_line(page, "axis", least, middle - 4, least, middle + 4);
    page_line(page, "axis", most, middle - 4, most, middle + 4);
    snprintf(title, sizeof title, "median %s (%s to %s)",
             scale_text(bar->all.median, UNIT_SECONDS, texts[0]),
             scale_text(bar->all.min, UNIT_SECONDS, texts[1]),
             scale_text(bar->all.max, UNIT_SECONDS, texts[2]));
    page_marker(page, 0, false, scale_position(scale, bar->all.median), middle, title);
    page_text(page, "", TIMES_END + 16, top + 15, "%s", texts[0]);
}

static void draw_bar(const struct bar *bar, const struct scale *scale, int top, FILE *page)
{
    char name[INTERVAL_TEXT_SIZE];
    double all = 0, x = LEFT;
    for (unsigned phase = 0; phase < PHASES; phase++)
        all += bar->phase[phase];
    page_text(page, "e", LEFT - 10, top + 15, "%s", interval_text(bar->row, name));
    for (unsigned phase = 0; phase < PHASES; phase++)
        x = draw_part(bar, phase, all, x, top, page);
    draw_time(bar, scale, top, page);
}

static void draw_bars(const struct bar *bars, unsigned count, int top, FILE *page)
{
    struct scale shares = {.unit = UNIT_PERCENT, .to = 1, .start = LEFT, .end = LEFT + SHARES};
    struct scale times = {
        .logarithmic = true, .unit = UNIT_SECONDS, .start = TIMES, .end = TIMES_END};
    double least = bars[0].all.min, most = bars[0].all.max;
    for (unsigned i = 1; i < count; i++) {
        least = bars[i].all.min < least ? bars[i].all.min : least;
        most = bars[i].all.max > most ? bars[i].all.max : most;
    }
    scale_fit(&times, least, most, false);
    int bottom = top + (int)count * STEP;
    draw_axis(&shares, top, bottom, "share of the time", page);
    draw_axis(&times, top, bottom, "time of a sum", page);
    for (unsigned i = 0; i < count; i++)
        draw_bar(&bars[i], &times, top + (int)i * STEP + (STEP - BAR) / 2, page);
}

/* The pages' colours and two greys, and what is read on them. */
static void print_style(FILE *page)
{
    static const char *const colours[PHASES][2] = {
        {"#7d858d", "#fff"}, {"#c78a00", "#000"}, {"#cc79a7", "#000"},
        {"#0072b2", "#fff"}, {"#56b4e9", "#000"}, {"#00845f", "#fff"},
        {"#5b3a9e", "#fff"}, {"#d55e00", "#000"}, {"#c3c8cd", "#000"}};
    fputs("<style>", page);
    for (unsigned phase = 0; phase < PHASES; phase++)
        fprintf(page, ".p%u{fill:%s}.in%u{font-size:11px;fill:%s}", phase, colours[phase][0], phase,
                colours[phase][1]);
    fputs("</style>\n", page);
}

int bars_write(const struct bar *bars, unsigned count, unsigned rounds,
               const struct machine *machine, const char *folder)
{
    FILE *page = folder_open(folder, PAGE_PHASES);
    if (!page)
        return EXIT_FAILURE;
    int end = PAGE_HEADING + 14 + PART_GAP + (int)count * STEP + AXIS;
    char subtitle[128];
    snprintf(subtitle, sizeof subtitle,
             "One thread, medians of %u round%s; whiskers reach from the least to the most.",
             rounds, rounds == 1 ? "" : "s");
    page_begin(page, PAGE_WIDTH, end + page_machine_height(machine, PAGE_WIDTH),
               "Sums of primes: what the time goes into", subtitle);
    print_style(page);
    draw_bars(bars, count, draw_legend(page, PAGE_HEADING), page);
    page_end(page, machine, PAGE_WIDTH, end);
    int status = folder_close(folder, PAGE_PHASES, page);
    return status ? status : folder_write_index(folder);
}
