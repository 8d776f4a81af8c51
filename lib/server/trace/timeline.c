/* From what was recorded to a timeline: collected, sorted, and laid out. */
#include "timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/scheduler/scheduler.h"
#include "server/server.h"
#include "topology/plan.h"

/* ---- collecting ------------------------------------------------------------------------------ */

struct collection {
    struct trace_event *events;
    size_t count, room;
    uint64_t lost;
};

static void count_list(struct trace_list *list, struct collection *all)
{
    all->room += trace_read(list, NULL, 0);
}

static void count_events(struct worker *worker, void *all)
{
    count_list(&worker->trace, all);
}

/* More may have been recorded since they were counted: then the last are left out. */
static void copy_list(struct trace_list *list, struct collection *all)
{
    all->count += trace_read(list, all->events + all->count, all->room - all->count);
    all->lost += trace_lost(list);
}

static void copy_events(struct worker *worker, void *all)
{
    copy_list(&worker->trace, all);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The length of the UTF-8 sequence at `text`, or 0 where there is none. Overlong forms pass: no
 * reader takes them for anything else. */
static size_t sequence_length(const unsigned char *text)
{
    size_t length = *text < 0x80                     ? 1
                    : *text >= 0xc2 && *text <= 0xdf ? 2
                    : *text >= 0xe0 && *text <= 0xef ? 3
                    : *text >= 0xf0 && *text <= 0xf4 ? 4
                                                     : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* Replaces what is no UTF-8 or a control character, neither of which the formats allow. */
static void copy_name(char *to, const char *name)
{
    for (const unsigned char *from = (const unsigned char *)name; *from;) {
        size_t length = sequence_length(from);
        if (length == 0 || *from < ' ' || *from == 0x7f) {
            *to++ = '?';
            from++;
            continue;
        }
        memcpy(to, from, length);
        to += length;
        from += length;
    }
    *to = '\0';
}

/* ---- laying out ------------------------------------------------------------------------------ */

static int compare(const void *first, const void *second)
{
    const struct span *a = first, *b = second;
    if (a->worker != b->worker)
        return a->worker < b->worker ? -1 : 1;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end > b->end ? -1 : a->end < b->end;
}

/* The spans of a track that are open, outermost first. */
enum { DEPTH_MAX = 256 };

struct track {
    int64_t ends[DEPTH_MAX];
    unsigned depth;
};

static bool place_in_track(struct track *track, struct span *span, bool forced)
{
    while (track->depth && track->ends[track->depth - 1] <= span->start)
        track->depth--;
    if (track->depth && track->ends[track->depth - 1] < span->end && !forced)
        return false;
    span->depth = (uint16_t)track->depth;
    if (track->depth < DEPTH_MAX)
        track->ends[track->depth++] = span->end;
    return true;
}

/* A worker that blocks in a job lends its number to a stand-in, so that jobs of one number may
 * overlap without one containing the other; those go to further tracks. */
static void lay_out(struct timeline *timeline, struct track *tracks)
{
    for (size_t i = 0; i < timeline->count; i++) {
        struct span *span = &timeline->spans[i];
        if (i == 0 || span->worker != span[-1].worker)
            for (unsigned t = 0; t < TRACE_TRACKS_MAX; t++)
                tracks[t].depth = 0;
        if (span->worker == TRACE_NEVER_STARTED)
            continue;
        uint8_t t = 0;
        while (!place_in_track(&tracks[t], span, t == TRACE_TRACKS_MAX - 1))
            t++;
        span->track = t;
    }
}

static void to_spans(const struct collection *all, struct timeline *timeline)
{
    int64_t origin = INT64_MAX;
    for (size_t i = 0; i < all->count; i++)
        if (all->events[i].submitted < origin)
            origin = all->events[i].submitted;
    timeline->end = 1;
    for (size_t i = 0; i < all->count; i++) {
        const struct trace_event *event = &all->events[i];
        struct span *span = &timeline->spans[i];
        /* A worker reads the clock once between two jobs, which may be before the second one was
         * submitted. */
        int64_t start = event->start > event->submitted ? event->start : event->submitted;
        span->submitted = event->submitted - origin;
        span->start = start - origin;
        span->end = (event->end > start ? event->end : start) - origin;
        span->worker = event->worker;
        span->state = event->state;
        copy_name(span->name, event->name);
        if (span->end > timeline->end)
            timeline->end = span->end;
    }
    timeline->count = all->count;
}

bool timeline_open(yoke_server *server, struct timeline *timeline)
{
    struct collection all = {0};
    count_list(&server->trace.never_started, &all);
    for (unsigned node = 0; node < server->nodes; node++)
        scheduler_each_worker(&server->schedulers[node], count_events, &all);
    *timeline = (struct timeline){.server = server};
    all.events = malloc((all.room + 1) * sizeof *all.events);
    timeline->spans = calloc(all.room + 1, sizeof *timeline->spans);
    struct track *tracks = malloc(TRACE_TRACKS_MAX * sizeof *tracks);
    bool enough = all.events && timeline->spans && tracks;
    if (enough) {
        copy_list(&server->trace.never_started, &all);
        for (unsigned node = 0; node < server->nodes; node++)
            scheduler_each_worker(&server->schedulers[node], copy_events, &all);
        timeline->lost = all.lost;
        to_spans(&all, timeline);
        qsort(timeline->spans, timeline->count, sizeof *timeline->spans, compare);
        lay_out(timeline, tracks);
    }
    free(all.events);
    free(tracks);
    return enough;
}

/* ---- what all formats print ------------------------------------------------------------------ */

void timeline_print_place(const struct timeline *timeline, const struct span *span, FILE *stream)
{
    fputs(plan_place_of(timeline->server->topology, span->worker), stream);
}

void timeline_print_lane(const struct timeline *timeline, const struct span *span, FILE *stream)
{
    if (span->worker == TRACE_NEVER_STARTED) {
        fputs("never started", stream);
        return;
    }
    fprintf(stream, "worker %u (", span->worker);
    timeline_print_place(timeline, span, stream);
    fputc(')', stream);
}

void timeline_print_decimal(int64_t value, int decimals, FILE *stream)
{
    int64_t unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    fprintf(stream, "%" PRId64, value / unit);
    if (decimals)
        fprintf(stream, ".%0*" PRId64, decimals, value % unit);
}
