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

#define TRACE_NEVER_STARTED 0xffffffffu

/* A cache line. Times are those of os_now(). */
struct trace_event {
    int64_t submitted, start, end;
    uint32_t worker; /* its number when the job began, or TRACE_NEVER_STARTED */
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
    struct trace_list never_started; /* written under the lock */
};

/* Records an ended job that `list`'s worker ran by the number `worker`. */
void trace_run(struct trace_list *list, const yoke_job *job, unsigned worker, int64_t start,
               int64_t end);

/* Records an ended job that never ran; any thread. */
void trace_never_started(struct trace *trace, const yoke_job *job);

/* Copies at most `room` events; any thread, at any time. With `events` NULL it only counts. */
size_t trace_read(struct trace_list *list, struct trace_event *events, size_t room);

uint64_t trace_lost(struct trace_list *list);

void trace_free(struct trace_list *list);

#endif
