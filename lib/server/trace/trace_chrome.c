/* The trace as JSON, in the Trace Event Format that Perfetto and chrome://tracing read. */
#include <inttypes.h>

#include "trace_chrome.h"

/* Rows are "threads" there; this one is for jobs that never started, below all workers. */
enum { ROW_NEVER_STARTED = 1000000 };

static unsigned row_of(const struct span *span)
{
    return span->worker == TRACE_NEVER_STARTED ? ROW_NEVER_STARTED
                                               : span->worker * TRACE_TRACKS_MAX + span->track;
}

static void print_name(const char *name, FILE *stream)
{
    for (; *name; name++) {
        if (*name == '"' || *name == '\\')
            fputc('\\', stream);
        fputc(*name, stream);
    }
}

static void print_row(const struct timeline *timeline, const struct span *span, FILE *stream)
{
    fprintf(stream,
            ",\n{\"ph\": \"M\", \"pid\": 1, \"tid\": %u, \"name\": \"thread_name\", "
            "\"args\": {\"name\": \"",
            row_of(span));
    timeline_print_lane(timeline, span, stream);
    fprintf(stream,
            "%s\"}},\n{\"ph\": \"M\", \"pid\": 1, \"tid\": %u, \"name\": \"thread_sort_index\", "
            "\"args\": {\"sort_index\": %u}}",
            span->track ? ", stand-in" : "", row_of(span), row_of(span));
}

static void print_span(const struct timeline *timeline, const struct span *span, FILE *stream)
{
    bool never_started = span->worker == TRACE_NEVER_STARTED;
    fprintf(stream, ",\n{\"ph\": \"%s\", \"pid\": 1, \"tid\": %u, \"name\": \"",
            never_started ? "i\", \"s\": \"t" : "X", row_of(span));
    print_name(span->name, stream);
    fprintf(stream, "\", \"cat\": \"%s\", \"ts\": ", yoke_state_text(span->state));
    timeline_print_decimal(span->start, 3, stream);
    if (!never_started) {
        fputs(", \"dur\": ", stream);
        timeline_print_decimal(span->end - span->start, 3, stream);
    }
    fputs(", \"args\": {\"queued_us\": ", stream);
    timeline_print_decimal(span->start - span->submitted, 3, stream);
    if (!never_started) {
        fprintf(stream, ", \"worker\": %u, \"place\": \"", span->worker);
        timeline_print_place(timeline, span, stream);
        fputc('"', stream);
    }
    fprintf(stream, ", \"state\": \"%s\"}}", yoke_state_text(span->state));
}

/* Whether the span is the first of its row. */
static bool begins_row(const struct timeline *timeline, const struct span *span, uint32_t *worker,
                       unsigned *tracks)
{
    if (span == timeline->spans || span->worker != *worker)
        *tracks = 0;
    *worker = span->worker;
    if (*tracks & 1u << span->track)
        return false;
    *tracks |= 1u << span->track;
    return true;
}

void trace_chrome_write(const struct timeline *timeline, FILE *stream)
{
    fprintf(stream,
            "{\"displayTimeUnit\": \"ms\", \"otherData\": {\"jobs\": %zu, \"lost\": %" PRIu64 "},\n"
            "\"traceEvents\": [\n"
            "{\"ph\": \"M\", \"pid\": 1, \"name\": \"process_name\", \"args\": {\"name\": "
            "\"yoke\"}}",
            timeline->count, timeline->lost);
    uint32_t worker = 0;
    unsigned tracks = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct span *span = &timeline->spans[i];
        if (begins_row(timeline, span, &worker, &tracks))
            print_row(timeline, span, stream);
        print_span(timeline, span, stream);
    }
    fputs("\n]}\n", stream);
}
