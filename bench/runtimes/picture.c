/* Draws the results as bars on a logarithmic scale: see report.h. */
#include "plot/page.h"
#include "plot/scale.h"
#include "report.h"

/* In pixels. */
enum { LEFT = 250, PLOT = 640, RIGHT = 120, WIDTH = LEFT + PLOT + RIGHT };
enum { TOP = PAGE_HEADING + 56, BAR = 13, GAP = 10 };

/* From 10 ns to 1 s, or to where the longest bar ends. */
static struct scale scale = {.logarithmic = true,
                             .unit = UNIT_SECONDS,
                             .from = 1e-8,
                             .to = 1,
                             .start = LEFT,
                             .end = LEFT + PLOT};

static double position(double nanoseconds)
{
    double seconds = nanoseconds * 1e-9;
    return scale_position(&scale, seconds < scale.from ? scale.from
                                  : seconds > scale.to ? scale.to
                                                       : seconds);
}

static int bottom_of(const struct results *results)
{
    unsigned bottom = TOP;
    for (unsigned row = 0; row < results->benchmark->measures; row++) {
        unsigned bars = results_present(results, row);
        bottom += bars ? bars * BAR + GAP : 0;
    }
    return (int)bottom;
}

static void print_legend(const struct results *results, FILE *page)
{
    int x = PAGE_MARGIN;
    for (unsigned i = 0; i < results->runtimes; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s %s", results->runtime[i]->name,
                 results->runtime[i]->version());
        fprintf(page, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\"/>", x,
                PAGE_HEADING, results->runtime[i]->colour);
        page_text(page, "", x + 18, PAGE_HEADING + 11, "%s", name);
        x += 40 + page_text_width(name);
    }
}

static void print_scale(int bottom, FILE *page)
{
    double ticks[TICKS_MAX];
    unsigned count = scale_ticks(&scale, 9, ticks);
    for (unsigned i = 0; i < count; i++) {
        char text[SCALE_TEXT_SIZE];
        double x = scale_position(&scale, ticks[i]);
        page_line(page, "grid", x, TOP - 4, x, bottom - GAP);
        page_text(page, "s m", x, TOP - 9, "%s", scale_text(ticks[i], UNIT_SECONDS, text));
    }
}

/* The bar is the median, the whisker reaches from the least to the most. */
static void print_bar(const struct results *results, unsigned runtime, unsigned row, int top,
                      FILE *page)
{
    struct summary value = results_value(results, runtime, row);
    char text[16];
    double middle = top + (BAR - 1) / 2.0;
    double end = position(value.median), most = position(value.max);
    fprintf(page, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", LEFT, top,
            end - scale.start, BAR - 1, results->runtime[runtime]->colour);
    page_line(page, "axis", position(value.min), middle, most, middle);
    page_text(page, "s", (most > end ? most : end) + 5, top + BAR - 3, "%s",
              report_time(value.median, text));
}

static void fit_scale(const struct results *results)
{
    for (unsigned row = 0; row < results->benchmark->measures; row++)
        for (unsigned i = 0; i < results->runtimes; i++)
            while (results->present[i][row] && results_value(results, i, row).max > scale.to * 1e9)
                scale.to *= 10;
}

void picture_print(const struct results *results, const struct machine *machine, FILE *stream)
{
    int bottom = bottom_of(results), top = TOP;
    fit_scale(results);
    char subtitle[128];
    snprintf(subtitle, sizeof subtitle,
             "Less is better; workers: %u, rounds: %u. Bars are medians, lines reach from the "
             "least to the most.",
             results->workers, results->rounds);
    page_begin(stream, WIDTH, bottom + page_machine_height(machine, WIDTH),
               results->benchmark->title, subtitle);
    print_legend(results, stream);
    print_scale(bottom, stream);
    for (unsigned row = 0; row < results->benchmark->measures; row++) {
        int bars = (int)results_present(results, row);
        if (!bars)
            continue;
        page_text(stream, "e", LEFT - 8, top + bars * BAR / 2 + 4, "%s",
                  results->benchmark->measure[row].title);
        for (unsigned i = 0; i < results->runtimes; i++)
            if (results->present[i][row]) {
                print_bar(results, i, row, top, stream);
                top += BAR;
            }
        top += GAP;
    }
    page_end(stream, machine, WIDTH, bottom);
}
