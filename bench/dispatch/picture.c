#include <math.h>

#include "report.h"

/* In pixels. The scale runs from 10 ns to 1 s, a decade for each of the columns. */
enum {
    LEFT = 250,
    DECADE = 80,
    DECADES = 8,
    RIGHT = 90,
    TOP = 84,
    BAR = 9,
    GAP = 9,
    WIDTH = LEFT + DECADES * DECADE + RIGHT
};

static const double scale_start = 10;

static double position(double nanoseconds)
{
    double decades = log10(nanoseconds / scale_start);
    return LEFT + DECADE * (decades < 0 ? 0 : decades > DECADES ? DECADES : decades);
}

static unsigned bars_of(const struct measures *measures, unsigned row)
{
    unsigned bars = 0;
    for (unsigned i = 0; i < measures->runtimes; i++)
        bars += measures->present[i][row];
    return bars;
}

static unsigned height_of(const struct measures *measures)
{
    unsigned height = TOP;
    for (unsigned row = 0; row < MEASURES; row++)
        height += bars_of(measures, row) * BAR + GAP;
    return height;
}

static void print_head(const struct measures *measures, const struct machine *machine, FILE *stream)
{
    fprintf(stream,
            "<text x=\"12\" y=\"22\" font-size=\"15\">What a job costs (less is better)</text>\n"
            "<text x=\"12\" y=\"40\" fill=\"#555\">%s, %u workers, medians of %u "
            "rounds</text>\n",
            machine->fact[0].text, measures->workers, measures->rounds);
    for (unsigned i = 0; i < measures->runtimes; i++)
        fprintf(stream,
                "<rect x=\"%u\" y=\"52\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                "<text x=\"%u\" y=\"61\">%s %s</text>\n",
                12 + 150 * i, measures->runtime[i]->colour, 27 + 150 * i,
                measures->runtime[i]->name, measures->runtime[i]->version());
}

static void print_scale(unsigned height, FILE *stream)
{
    static const char *const label[DECADES + 1] = {"10 ns", "100 ns", "1 us",   "10 us", "100 us",
                                                   "1 ms",  "10 ms",  "100 ms", "1 s"};
    for (int i = 0; i <= DECADES; i++)
        fprintf(stream,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%u\" stroke=\"#ddd\"/>"
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%s</text>\n",
                LEFT + i * DECADE, TOP - 2, LEFT + i * DECADE, height - GAP, LEFT + i * DECADE,
                TOP - 7, label[i]);
}

static void print_bar(const struct measures *measures, unsigned runtime, unsigned row, unsigned top,
                      FILE *stream)
{
    double median = measures_value(measures, runtime, row).median;
    char text[16];
    fprintf(stream,
            "<rect x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            "<text x=\"%.1f\" y=\"%u\" font-size=\"9\">%s</text>\n",
            LEFT, top, position(median) - LEFT, BAR - 1, measures->runtime[runtime]->colour,
            position(median) + 4, top + BAR - 1, report_time(median, text));
}

void picture_print(const struct measures *measures, const struct machine *machine, FILE *stream)
{
    unsigned height = height_of(measures);
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" font-family=\"sans-serif\" font-size=\"11\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            WIDTH, height, WIDTH, height);
    print_head(measures, machine, stream);
    print_scale(height, stream);
    unsigned top = TOP;
    for (unsigned row = 0; row < MEASURES; row++) {
        unsigned bars = bars_of(measures, row);
        fprintf(stream, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">%s</text>\n", LEFT - 8,
                top + bars * BAR / 2 + 4, measure_text[row].title);
        for (unsigned i = 0; i < measures->runtimes; i++)
            if (measures->present[i][row]) {
                print_bar(measures, i, row, top, stream);
                top += BAR;
            }
        top += GAP;
    }
    fprintf(stream, "</svg>\n");
}
