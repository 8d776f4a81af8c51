/* A recorded trace laid out on a timeline, for all formats to write. */
#ifndef SERVER_TIMELINE_H
#define SERVER_TIMELINE_H

#include "server/jobs/trace.h"

enum { TRACE_TRACKS_MAX = 8 };

/* A job on the timeline; times are ns from the first submission. */
struct span {
    int64_t submitted, start, end;
    uint32_t worker; /* TRACE_NEVER_STARTED: it never started */
    uint8_t state;
    uint8_t track;  /* spans of a worker that share a track follow or contain each other */
    uint16_t depth; /* how many spans of its track it lies in */
    char name[TRACE_NAME_SIZE]; /* valid UTF-8 without control characters */
};

/* Everything there is to write. Spans lie by worker, then by start, those that contain others
 * first. */
struct timeline {
    yoke_server *server;
    struct span *spans;
    size_t count;
    uint64_t lost;
    int64_t end; /* of the last span; at least 1 */
};

/* Collects what the server has recorded so far. False when there is no memory; the caller frees the
 * spans either way. */
bool timeline_open(yoke_server *server, struct timeline *timeline);

/* "core:3": where it ran. */
void timeline_print_place(const struct timeline *timeline, const struct span *span, FILE *stream);

/* "worker 3 (core:3)", or where jobs stand that never started. */
void timeline_print_lane(const struct timeline *timeline, const struct span *span, FILE *stream);

/* Writes value / 10^decimals, with a point whatever the locale. */
void timeline_print_decimal(int64_t value, int decimals, FILE *stream);

#endif
