/* The trace as an HTML page that needs nothing else: trace_page.html with the jobs in it as JSON.
 *
 * For each lane, "jobs" is an array of seven values for each job: start, duration, time in the
 * queue (ns), state, track, depth, name. A name is 0 where it is that of the job before: most are.
 */
#include <inttypes.h>
#include <string.h>

#include "trace_html.h"

/* The page's lines, made from trace_page.html. */
static const char *const page[] = {
#include "server/trace/trace_page.inc"
};

/* In a script element text ends at the next "</script", wherever that stands. */
static void print_name(const char *name, FILE *stream)
{
    fputc('"', stream);
    for (; *name; name++) {
        if (*name == '<')
            fputs("\\u003c", stream);
        else if (*name == '"' || *name == '\\')
            fprintf(stream, "\\%c", *name);
        else
            fputc(*name, stream);
    }
    fputc('"', stream);
}

static void print_job(const struct span *span, const char *name_before, FILE *stream)
{
    fprintf(stream, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%u,%u,%u,", span->start,
            span->end - span->start, span->start - span->submitted, span->state, span->track,
            span->depth);
    if (name_before && strcmp(name_before, span->name) == 0)
        fputc('0', stream);
    else
        print_name(span->name, stream);
}

static void print_lanes(const struct timeline *timeline, FILE *stream)
{
    for (size_t i = 0; i < timeline->count; i++) {
        const struct span *span = &timeline->spans[i];
        bool begins = i == 0 || span[-1].worker != span->worker;
        if (begins) {
            fprintf(stream, "%s\n{\"name\":\"", i ? "]}," : "");
            timeline_print_lane(timeline, span, stream);
            fprintf(stream, "\",\"worker\":%d,\"jobs\":[", span->worker != TRACE_NEVER_STARTED);
        } else {
            fputs(",\n", stream);
        }
        print_job(span, begins ? NULL : span[-1].name, stream);
    }
    fputs(timeline->count ? "]}" : "", stream);
}

static void print_data(const struct timeline *timeline, FILE *stream)
{
    fprintf(stream, "{\"end\":%" PRId64 ",\"lost\":%" PRIu64 ",\"states\":[", timeline->end,
            timeline->lost);
    for (unsigned state = 0; state < YOKE_STATES; state++)
        fprintf(stream, "%s\"%s\"", state ? "," : "", yoke_state_text(state));
    fputs("],\"lanes\":[", stream);
    print_lanes(timeline, stream);
    fputs("]}\n", stream);
}

void trace_html_write(const struct timeline *timeline, FILE *stream)
{
    for (size_t i = 0; i < sizeof page / sizeof *page; i++) {
        if (strcmp(page[i], "@DATA@\n") == 0)
            print_data(timeline, stream);
        else
            fputs(page[i], stream);
    }
}
