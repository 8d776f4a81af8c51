/* The trace as a picture: a lane for each worker, time from left to right. Coordinates are whole
 * hundredths of a pixel, since printf() would write a comma in some locales. */
#include <inttypes.h>
#include <string.h>

#include "base/markup.h"
#include "trace_svg.h"

#define PIXEL INT64_C(100)

/* The page, in pixels. */
enum { WIDTH = 1200, LEFT = 150, RIGHT = 30, TOP = 76, BOTTOM = 50, PLOT = WIDTH - LEFT - RIGHT };

/* Jobs inside of jobs are drawn below them, down to this many rows. */
enum { ROWS_MAX = 12, LANE_GAP = 6 };

/* Spans less than a pixel and a half wide are drawn as one box while they are less than a pixel
 * apart, up to four pixels: smaller ones cannot be pointed at. */
enum { SMALL = 150, APART = 100, TOGETHER = 400, WIDE = 500 };

/* Several spans of a row that are too short to be drawn one by one. */
struct heap {
    int64_t left, right; /* hundredths of a pixel                                                 */
    int64_t start, end;  /* ns                                                                    */
    int64_t busy;
    uint64_t count;
    const struct span *first;
};

struct drawing {
    const struct timeline *timeline;
    FILE *stream;
    int64_t row_height, height; /* pixels */
    int64_t top;                /* of the lane that is drawn, in pixels */
    unsigned rows;              /* in all */
    unsigned lanes;
    uint64_t states[YOKE_STATES]; /* how many spans of each */
    bool heaps;                   /* some were drawn together */
    struct heap heap[TRACE_TRACKS_MAX][ROWS_MAX];
};

/* A lane: the spans of one worker. */
struct lane {
    const struct span *spans;
    size_t count;
    unsigned first_row[TRACE_TRACKS_MAX + 1]; /* of each track; last: the number of rows */
};

/* ---- laying out ------------------------------------------------------------------------------ */

static unsigned row_in_track(const struct span *span)
{
    return span->depth < ROWS_MAX ? span->depth : ROWS_MAX - 1;
}

/* The lane that begins with the span numbered `first`; one without spans at the end. */
static struct lane lane_at(const struct timeline *timeline, size_t first)
{
    struct lane lane = {.spans = timeline->spans + first};
    unsigned rows[TRACE_TRACKS_MAX] = {0};
    for (size_t i = first; i < timeline->count; i++, lane.count++) {
        const struct span *span = &timeline->spans[i];
        if (span->worker != lane.spans->worker)
            break;
        if (rows[span->track] <= row_in_track(span))
            rows[span->track] = row_in_track(span) + 1;
    }
    for (unsigned track = 0; track < TRACE_TRACKS_MAX; track++)
        lane.first_row[track + 1] = lane.first_row[track] + rows[track];
    return lane;
}

static unsigned rows_of(const struct lane *lane)
{
    return lane->first_row[TRACE_TRACKS_MAX];
}

static void measure(struct drawing *drawing)
{
    const struct timeline *timeline = drawing->timeline;
    for (size_t i = 0; i < timeline->count; drawing->lanes++) {
        struct lane lane = lane_at(timeline, i);
        drawing->rows += rows_of(&lane);
        i += lane.count;
    }
    for (size_t i = 0; i < timeline->count; i++)
        drawing->states[timeline->spans[i].state]++;
    unsigned rows = drawing->rows;
    drawing->row_height = rows <= 24 ? 28 : rows <= 60 ? 18 : rows <= 200 ? 12 : 6;
    drawing->height = TOP + BOTTOM + rows * drawing->row_height + drawing->lanes * LANE_GAP;
}

static int64_t x_of(const struct drawing *drawing, int64_t time)
{
    double part = (double)time / (double)drawing->timeline->end;
    return LEFT * PIXEL + (int64_t)(part * (double)(PLOT * PIXEL) + 0.5);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static void print_pixels(const struct drawing *drawing, const char *name, int64_t hundredths)
{
    fprintf(drawing->stream, " %s=\"", name);
    timeline_print_decimal(hundredths, 2, drawing->stream);
    fputc('"', drawing->stream);
}

/* As a person would: "850 ns", "12.345 µs", "3.200 ms", "1.500 s". */
static void print_duration(int64_t nanoseconds, FILE *stream)
{
    if (nanoseconds < 1000)
        fprintf(stream, "%" PRId64 " ns", nanoseconds);
    else if (nanoseconds < 1000000)
        timeline_print_decimal(nanoseconds, 3, stream), fputs(" \xc2\xb5s", stream);
    else if (nanoseconds < 1000000000)
        timeline_print_decimal(nanoseconds / 1000, 3, stream), fputs(" ms", stream);
    else
        timeline_print_decimal(nanoseconds / 1000000, 3, stream), fputs(" s", stream);
}

static void print_milliseconds(int64_t nanoseconds, FILE *stream)
{
    timeline_print_decimal(nanoseconds / 1000, 3, stream);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static int64_t row_top(const struct drawing *drawing, const struct lane *lane,
                       const struct span *span)
{
    return drawing->top + (lane->first_row[span->track] + row_in_track(span)) * drawing->row_height;
}

static void begin_box(const struct drawing *drawing, int64_t left, int64_t right, int64_t top,
                      unsigned state)
{
    fprintf(drawing->stream, "<rect class=\"s%u\"", state);
    print_pixels(drawing, "x", left);
    fprintf(drawing->stream, " y=\"%" PRId64 "\"", top);
    /* Wide ones leave a gap between neighbours, narrow ones stay visible. */
    int64_t width = right - left >= WIDE ? right - left - PIXEL : right - left;
    print_pixels(drawing, "width", width < PIXEL ? PIXEL : width);
    fprintf(drawing->stream, " height=\"%" PRId64 "\"", drawing->row_height - 1);
}

static void draw_name(const struct drawing *drawing, const struct span *span, int64_t left,
                      int64_t right, int64_t top)
{
    /* Letters are seven pixels wide or less. */
    if (drawing->row_height < 18 || right - left < ((int64_t)strlen(span->name) * 7 + 8) * PIXEL)
        return;
    fputs("<text class=\"n\"", drawing->stream);
    print_pixels(drawing, "x", left + 5 * PIXEL);
    fprintf(drawing->stream, " y=\"%" PRId64 "\">", top + drawing->row_height / 2 + 4);
    markup_print(span->name, drawing->stream);
    fputs("</text>", drawing->stream);
}

static void draw_span(const struct drawing *drawing, const struct lane *lane,
                      const struct span *span)
{
    FILE *stream = drawing->stream;
    int64_t left = x_of(drawing, span->start), right = x_of(drawing, span->end);
    if (span->worker == TRACE_NEVER_STARTED)
        right = left + 3 * PIXEL; /* a moment, but one to point at */
    int64_t top = row_top(drawing, lane, span);
    begin_box(drawing, left, right, top, span->state);
    fputs("><title>", stream);
    markup_print(span->name, stream);
    fprintf(stream, ": %s\n", yoke_state_text(span->state));
    timeline_print_lane(drawing->timeline, span, stream);
    fputs(span->worker == TRACE_NEVER_STARTED ? "\nended at " : "\nbegan at ", stream);
    print_milliseconds(span->start, stream);
    fputs(" ms after ", stream);
    print_duration(span->start - span->submitted, stream);
    fputs(" in the queue", stream);
    if (span->worker != TRACE_NEVER_STARTED) {
        fputs("\nran ", stream);
        print_duration(span->end - span->start, stream);
    }
    fputs("</title></rect>", stream);
    draw_name(drawing, span, left, right, top);
    fputc('\n', stream);
}

static void draw_heap(struct drawing *drawing, const struct lane *lane, struct heap *heap)
{
    if (heap->count == 1)
        draw_span(drawing, lane, heap->first);
    if (heap->count > 1) {
        FILE *stream = drawing->stream;
        drawing->heaps = true;
        begin_box(drawing, heap->left, heap->right, row_top(drawing, lane, heap->first),
                  heap->first->state);
        /* The emptier, the paler. */
        int64_t time = heap->end - heap->start, percent = time ? heap->busy * 100 / time : 100;
        fputs(" fill-opacity=\"", stream);
        timeline_print_decimal(30 + percent * 60 / 100, 2, stream);
        fprintf(stream, "\"><title>%" PRIu64 " jobs: %s\n", heap->count,
                yoke_state_text(heap->first->state));
        timeline_print_lane(drawing->timeline, heap->first, stream);
        fputs("\nfrom ", stream);
        print_milliseconds(heap->start, stream);
        fputs(" to ", stream);
        print_milliseconds(heap->end, stream);
        fprintf(stream, " ms, busy %" PRId64 " %%</title></rect>\n", percent);
    }
    heap->count = 0;
}

static void add_to_heap(struct drawing *drawing, const struct lane *lane, const struct span *span)
{
    struct heap *heap = &drawing->heap[span->track][row_in_track(span)];
    int64_t left = x_of(drawing, span->start), right = x_of(drawing, span->end);
    if (right - left >= SMALL) {
        draw_heap(drawing, lane, heap);
        draw_span(drawing, lane, span);
        return;
    }
    if (heap->count && (left - heap->right > APART || right - heap->left > TOGETHER))
        draw_heap(drawing, lane, heap);
    if (!heap->count)
        *heap = (struct heap){.left = left, .start = span->start, .first = span};
    heap->count++;
    heap->busy += span->end - span->start;
    heap->right = right;
    heap->end = span->end;
}

/* The spans of one state. */
static void draw_state(struct drawing *drawing, const struct lane *lane, unsigned state)
{
    for (size_t i = 0; i < lane->count; i++)
        if (lane->spans[i].state == state)
            add_to_heap(drawing, lane, &lane->spans[i]);
    for (unsigned track = 0; track < TRACE_TRACKS_MAX; track++)
        for (unsigned row = 0; row < ROWS_MAX; row++)
            draw_heap(drawing, lane, &drawing->heap[track][row]);
}

static void draw_lanes(struct drawing *drawing)
{
    drawing->top = TOP;
    int64_t label_bottom = 0;
    for (size_t i = 0; i < drawing->timeline->count;) {
        struct lane lane = lane_at(drawing->timeline, i);
        int64_t height = rows_of(&lane) * drawing->row_height;
        int64_t baseline = drawing->top + drawing->row_height / 2 + 4;
        fprintf(drawing->stream,
                "<rect class=\"l\" x=\"%d\" y=\"%" PRId64 "\" width=\"%d\" height=\"%" PRId64
                "\"/>\n",
                LEFT, drawing->top, PLOT, height - 1);
        if (baseline - 12 >= label_bottom) {
            fprintf(drawing->stream, "<text x=\"%d\" y=\"%" PRId64 "\" text-anchor=\"end\">",
                    LEFT - 8, baseline);
            timeline_print_lane(drawing->timeline, lane.spans, drawing->stream);
            fputs("</text>\n", drawing->stream);
            label_bottom = baseline;
        }
        /* State after state: what did not go well lies on top, however short it is. */
        for (unsigned state = YOKE_STATE_DONE; state < YOKE_STATES; state++)
            if (drawing->states[state])
                draw_state(drawing, &lane, state);
        drawing->top += height + LANE_GAP;
        i += lane.count;
    }
}

/* ---- around them ----------------------------------------------------------------------------- */

/* A step of 1, 2 or 5 times a power of ten that divides `span` into 5 to 12 parts. */
static int64_t axis_step(int64_t span, int *decimals)
{
    int64_t power = 1;
    *decimals = 6; /* of a millisecond */
    while (power * 10 <= span / 6) {
        power *= 10;
        *decimals -= *decimals > 0;
    }
    return span / (power * 5) >= 6 ? power * 5 : span / (power * 2) >= 6 ? power * 2 : power;
}

static void draw_axis(const struct drawing *drawing)
{
    FILE *stream = drawing->stream;
    int decimals;
    int64_t step = axis_step(drawing->timeline->end, &decimals);
    int64_t bottom = drawing->height - BOTTOM, unit = 1000000;
    for (int i = 0; i < decimals; i++)
        unit /= 10;
    for (int64_t time = 0; time <= drawing->timeline->end; time += step) {
        fputs("<path d=\"M", stream);
        timeline_print_decimal(x_of(drawing, time), 2, stream);
        fprintf(stream, ",%d V%" PRId64 "\"/><text text-anchor=\"middle\"", TOP - 4, bottom + 4);
        print_pixels(drawing, "x", x_of(drawing, time));
        fprintf(stream, " y=\"%" PRId64 "\">", bottom + 18);
        timeline_print_decimal(time / unit, decimals, stream);
        fputs("</text>\n", stream);
    }
    fprintf(stream,
            "<text x=\"%d\" y=\"%" PRId64 "\" text-anchor=\"middle\">ms since the first "
            "submission</text>\n",
            LEFT + PLOT / 2, bottom + 38);
}

/* The time during which workers ran jobs, in percent of what they could have run. */
static int64_t busy_percent(const struct timeline *timeline, unsigned workers)
{
    double busy = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct span *span = &timeline->spans[i];
        if (span->worker != TRACE_NEVER_STARTED && span->track == 0 && span->depth == 0)
            busy += (double)(span->end - span->start);
    }
    return workers ? (int64_t)(100 * busy / ((double)timeline->end * workers) + 0.5) : 0;
}

static void draw_title(const struct drawing *drawing)
{
    const struct timeline *timeline = drawing->timeline;
    FILE *stream = drawing->stream;
    unsigned workers = drawing->lanes;
    if (timeline->count && timeline->spans[timeline->count - 1].worker == TRACE_NEVER_STARTED)
        workers--;
    int64_t longest = 0;
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->spans[i].start - timeline->spans[i].submitted > longest)
            longest = timeline->spans[i].start - timeline->spans[i].submitted;
    fprintf(stream, "<text class=\"t\" x=\"%d\" y=\"28\">%zu job%s on %u worker%s in ", LEFT,
            timeline->count, timeline->count == 1 ? "" : "s", workers, workers == 1 ? "" : "s");
    print_duration(timeline->end, stream);
    fprintf(stream,
            "</text>\n<text x=\"%d\" y=\"46\">workers busy %" PRId64 " %%, longest in the queue ",
            LEFT, busy_percent(timeline, workers));
    print_duration(longest, stream);
    if (timeline->lost)
        fprintf(stream, "; %" PRIu64 " jobs not recorded for lack of memory", timeline->lost);
    fputs("</text>\n", stream);
}

static void draw_legend(const struct drawing *drawing)
{
    int x = WIDTH - RIGHT;
    if (drawing->heaps)
        fprintf(drawing->stream,
                "<text x=\"%d\" y=\"46\" text-anchor=\"end\">paler: several short jobs, with "
                "pauses</text>\n",
                x);
    for (unsigned state = YOKE_STATES - 1; state >= YOKE_STATE_DONE; state--) {
        if (!drawing->states[state])
            continue;
        char text[64];
        int length = snprintf(text, sizeof text, "%s %" PRIu64, yoke_state_text(state),
                              drawing->states[state]);
        x -= length * 13 / 2 + 26;
        fprintf(drawing->stream,
                "<rect class=\"s%u\" x=\"%d\" y=\"18\" width=\"12\" height=\"12\"/>"
                "<text x=\"%d\" y=\"28\">%s</text>\n",
                state, x, x + 17, text);
    }
}

void trace_svg_write(const struct timeline *timeline, FILE *stream)
{
    struct drawing drawing = {.timeline = timeline, .stream = stream};
    measure(&drawing);
    fprintf(
        stream,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%" PRId64
        "\" viewBox=\"0 0 %d %" PRId64 "\">\n"
        "<title>Jobs of a yoke server</title>\n<style>"
        "text{font:12px sans-serif;fill:#333}.t{font-size:16px;font-weight:bold}"
        ".n{fill:#fff;pointer-events:none}path{stroke:#ccc}.l{fill:#f1f3f4}"
        ".s2{fill:#3a78b5}.s3{fill:#c9374c}.s4{fill:#8a9097}.s5{fill:#d98e04}"
        "rect:hover{stroke:#000}.l:hover,.p:hover{stroke:none}.p{fill:#fff}"
        "@media(prefers-color-scheme:dark){text{fill:#e4e7ea}.n{fill:#0c1116}path{stroke:#3a4149}"
        ".l{fill:#22272d}.p{fill:#16191d}.s2{fill:#5b9bd8}.s3{fill:#f0697c}.s5{fill:#f0ad30}"
        "rect:hover{stroke:#fff}}</style>\n"
        "<rect class=\"p\" width=\"100%%\" height=\"100%%\"/>\n",
        WIDTH, drawing.height, WIDTH, drawing.height);
    draw_title(&drawing);
    draw_axis(&drawing);
    draw_lanes(&drawing);
    draw_legend(&drawing);
    fputs("</svg>\n", stream);
}
