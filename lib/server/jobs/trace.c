/* Records jobs in chunks that only ever grow, so that a reader needs no lock: see trace.h. */
#include "trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"

/* 64 KiB with the header: allocated rarely, and little for a worker that hardly runs. */
enum { CHUNK_EVENTS = 1023 };

struct trace_chunk {
    alignas(64) atomic_uint count; /* events that may be read */
    struct trace_chunk *_Atomic next;
    alignas(64) struct trace_event events[CHUNK_EVENTS];
};

static_assert(sizeof(struct trace_event) == 64, "an event fills a cache line");

static struct trace_chunk *add_chunk(struct trace_list *list)
{
    struct trace_chunk *chunk = aligned_alloc(alignof(struct trace_chunk), sizeof *chunk);
    if (!chunk)
        return NULL;
    atomic_init(&chunk->count, 0);
    atomic_init(&chunk->next, NULL);
    /* Release: a reader that follows the pointer sees the count of 0. */
    atomic_store_explicit(list->last ? &list->last->next : &list->first, chunk,
                          memory_order_release);
    return list->last = chunk;
}

static void record(struct trace_list *list, const struct trace_event *event)
{
    struct trace_chunk *chunk = list->last;
    if (!chunk || atomic_load_explicit(&chunk->count, memory_order_relaxed) == CHUNK_EVENTS)
        chunk = add_chunk(list);
    if (!chunk) {
        atomic_fetch_add_explicit(&list->lost, 1, memory_order_relaxed);
        return;
    }
    unsigned count = atomic_load_explicit(&chunk->count, memory_order_relaxed);
    chunk->events[count] = *event;
    /* Release: a reader that sees the count sees the event. */
    atomic_store_explicit(&chunk->count, count + 1, memory_order_release);
}

static void fill(struct trace_event *event, const yoke_job *job, unsigned worker)
{
    event->submitted = job->submitted;
    event->worker = worker;
    event->state = (uint8_t)job_state(job);
    size_t length = strnlen(job_name(job), TRACE_NAME_SIZE - 1);
    memcpy(event->name, job_name(job), length);
    event->name[length] = '\0';
}

void trace_run(struct trace_list *list, const yoke_job *job, unsigned worker, int64_t start,
               int64_t end)
{
    struct trace_event event;
    fill(&event, job, worker);
    event.start = start;
    event.end = end;
    record(list, &event);
}

void trace_never_started(struct trace *trace, const yoke_job *job)
{
    struct trace_event event;
    fill(&event, job, TRACE_NEVER_STARTED);
    event.start = event.end = os_now();
    lock_take(&trace->lock);
    record(&trace->never_started, &event);
    lock_give(&trace->lock);
}

uint64_t trace_lost(struct trace_list *list)
{
    return atomic_load_explicit(&list->lost, memory_order_relaxed);
}

size_t trace_read(struct trace_list *list, struct trace_event *events, size_t room)
{
    size_t read = 0;
    struct trace_chunk *chunk = atomic_load_explicit(&list->first, memory_order_acquire);
    for (; chunk; chunk = atomic_load_explicit(&chunk->next, memory_order_acquire)) {
        size_t count = atomic_load_explicit(&chunk->count, memory_order_acquire);
        if (events && count > room - read)
            count = room - read;
        if (events)
            memcpy(events + read, chunk->events, count * sizeof *events);
        read += count;
    }
    return read;
}

void trace_free(struct trace_list *list)
{
    struct trace_chunk *next, *chunk = atomic_load(&list->first);
    for (; chunk; chunk = next) {
        next = atomic_load(&chunk->next);
        free(chunk);
    }
}
