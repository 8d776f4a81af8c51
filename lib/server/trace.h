/* The trace: what became of every job, recorded where it ended.
 *
 * Each worker writes to a list of chunks of its own; a reader sees as many events of a chunk as
 * its count says. So recording takes no lock and shares no line with another worker, and reading
 * is possible at any time. Jobs that end without having run may end in any thread: they have a list
 * under a lock. A server without a trace pays for one look at a flag that never changes. */
#ifndef SERVER_TRACE_H
#define SERVER_TRACE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#include "base/lock.h"
#include "job.h"

enum { TRACE_NAME_SIZE = 32 };

#define TRACE_UNRUN 0xffffffffu

/* A cache line. Times are those of os_now(). */
struct trace_event {
    int64_t submitted, start, end;
    uint32_t worker; /* its number when the job began, or TRACE_UNRUN */
    uint8_t state;
    char name[TRACE_NAME_SIZE]; /* a copy: the job's own goes with the job */
};

struct trace_chunk;

struct trace_list {
    struct trace_chunk *_Atomic first;
    struct trace_chunk *last;
    atomic_uint_fast64_t lost; /* events for which there was no memory */
};

struct trace {
    bool on; /* set before the server has threads */
    struct lock lock;
    struct trace_list unrun; /* written under the lock */
};

/* Records an ended job that `list`'s worker ran by the number `worker`. */
void trace_run(struct trace_list *list, const yoke_job *job, unsigned worker, int64_t start,
               int64_t end);

/* Records an ended job that never ran; any thread. */
void trace_unrun(struct trace *trace, const yoke_job *job);

/* Copies at most `room` events; any thread, at any time. With `events` NULL it only counts. */
size_t trace_read(struct trace_list *list, struct trace_event *events, size_t room);

uint64_t trace_lost(struct trace_list *list);

void trace_free(struct trace_list *list);

/* ---- writing -------------------------------------------------------------------------------- */

enum { TRACE_TRACKS_MAX = 8 };

/* A job on the timeline; times are ns from the first submission. */
struct trace_span {
    int64_t submitted, start, end;
    uint32_t worker; /* TRACE_UNRUN: it never started */
    uint8_t state;
    uint8_t track;  /* spans of a worker that share a track follow or contain each other */
    uint16_t depth; /* how many spans of its track it lies in */
    char name[TRACE_NAME_SIZE]; /* valid UTF-8 without control characters */
};

/* Everything there is to write. Spans lie by worker, then by start, those that contain others
 * first. */
struct trace_timeline {
    yoke_server *server;
    struct trace_span *spans;
    size_t count;
    uint64_t lost;
    int64_t end; /* of the last span; at least 1 */
};

const char *trace_state_name(unsigned state);

/* "core:3": where it ran. */
void trace_print_place(const struct trace_timeline *timeline, const struct trace_span *span,
                       FILE *stream);

/* "worker 3 (core:3)", or where jobs stand that never started. */
void trace_print_lane(const struct trace_timeline *timeline, const struct trace_span *span,
                      FILE *stream);

/* Writes value / 10^decimals, with a point whatever the locale. */
void trace_print_decimal(int64_t value, int decimals, FILE *stream);

void trace_write_chrome(const struct trace_timeline *timeline, FILE *stream);
void trace_write_html(const struct trace_timeline *timeline, FILE *stream);
void trace_write_svg(const struct trace_timeline *timeline, FILE *stream);

#endif
