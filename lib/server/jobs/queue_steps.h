/* The steps of queue.c and batch.c, most of them under the queue's lock. */
#ifndef SERVER_QUEUE_STEPS_H
#define SERVER_QUEUE_STEPS_H

#include "base/delay.h"
#include "queue.h"

/* ---- the inbox ------------------------------------------------------------------------------- */

/* How many places behind a job is the one that is fetched from memory while it is taken: a few
 * cache misses at a time, where a list has one. */
enum { AHEAD = 4 };

/* What the inbox holds while the queue is in this state; NULL when that is jobs. */
static inline yoke_job *queue_steps_mark_of(enum queue_state state)
{
    return state == QUEUE_OPEN ? NULL : (yoke_job *)&queue_marks[state];
}

static inline bool queue_steps_is_mark(const yoke_job *job)
{
    return job == queue_steps_mark_of(QUEUE_IDLE) || job == queue_steps_mark_of(QUEUE_CLOSED);
}

static inline bool queue_steps_is_plain(const yoke_job *job)
{
    return job->level == LEVEL_PLAIN && !job->place;
}

/* Sorts in a chain from the inbox, the latest first. `arriving` falls after the length of the list
 * has grown, so that no job is missing from queue_length(): hence the release. */
static inline void queue_steps_sort_in_chain(struct queue *queue, yoke_job *latest)
{
    yoke_job *first = NULL, *behind[AHEAD] = {NULL};
    size_t count = 0;
    for (yoke_job *job = latest, *before; job; job = before) {
        before = job->next;
        job->next = first;
        job->ahead = behind[count % AHEAD];
        behind[count % AHEAD] = job;
        if (first)
            first->previous = job;
        first = job;
        count++;
    }
    if (!count)
        return;
    yoke_job *before = job_list_last(&queue->list, LEVEL_PLAIN);
    job_list_insert_behind(&queue->list, before, first, latest, count);
    queue->submitted += count;
    atomic_fetch_sub_explicit(&queue->arriving, count, memory_order_release);
}

static inline void queue_steps_sort_in(struct queue *queue)
{
    /* The exchange, not this look, synchronizes with the submitters. Only the thread with the lock
     * takes jobs out, so what was no mark still is none. */
    yoke_job *latest = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    if (latest && !queue_steps_is_mark(latest))
        queue_steps_sort_in_chain(
            queue, atomic_exchange_explicit(&queue->inbox, NULL, memory_order_acquire));
}

static inline void queue_steps_change_state(struct queue *queue, enum queue_state state)
{
    queue->state = state;
    /* The mark and the jobs change places in one step: a submitter finds either. */
    yoke_job *latest = atomic_exchange(&queue->inbox, queue_steps_mark_of(state));
    if (!queue_steps_is_mark(latest))
        queue_steps_sort_in_chain(queue, latest);
}

/* ---- the list -------------------------------------------------------------------------------- */

static inline void queue_steps_put_in(struct queue *queue, yoke_job *job)
{
    job_list_append(&queue->list, job);
    atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
}

/* A batch counts in `filled` of its queue until its last job is taken. */
static inline void queue_steps_take_out(struct queue *queue, yoke_job *job)
{
    job_list_remove(&queue->list, job);
    if (queue->whole && !queue->list.first)
        atomic_fetch_sub(&queue->whole->filled, 1);
    if (job_state(job) != YOKE_STATE_QUEUED)
        queue->returned--;
}

/* Under the lock, of a batch or of a queue. Loads and stores and no atomic addition, as only the
 * holder of the lock writes; others may read. */
static inline void queue_steps_count_taken(struct queue *queue, unsigned count)
{
    if (queue->whole)
        atomic_store_explicit(&queue->taken_seen,
                              atomic_load_explicit(&queue->whole->taken, memory_order_relaxed),
                              memory_order_relaxed);
    else
        atomic_store_explicit(&queue->taken,
                              atomic_load_explicit(&queue->taken, memory_order_relaxed) + count,
                              memory_order_relaxed);
}

/* All jobs of the batch or queue, under the lock. */
static inline yoke_job *queue_steps_take_all(struct queue *queue)
{
    yoke_job *first = job_list_take_all(&queue->list);
    if (first && queue->whole)
        atomic_fetch_sub(&queue->whole->filled, 1);
    queue->returned = 0;
    return first;
}

/* ---- batches that have come to rest ---------------------------------------------------------- */

/* When other workers have taken so many jobs since the owner of a batch last came to it, the owner
 * is at rest in a long job. Far more than they take while a quick job runs; and few enough that
 * nobody notices that the jobs in the batch were overtaken. */
enum { REST_TAKEN = 256 };

/* Both locks are held. */
static inline bool queue_steps_put_back(struct queue *batch, struct queue *queue)
{
    size_t count = 0;
    queue->returned += batch->returned;
    yoke_job *first = queue_steps_take_all(batch), *end = NULL;
    for (yoke_job *job = first; job; job = job->next) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        end = job;
        count++;
    }
    if (first)
        job_list_insert_behind(&queue->list, job_list_last(&queue->list, LEVEL_PLAIN + 1), first,
                               end, count);
    return first != NULL;
}

/* Puts jobs back to where they were, out of the batches whose owners have come to rest. Under the
 * lock of the queue. It only tries the locks of batches: an owner that has its own is not at rest.
 */
static inline void queue_steps_put_back_from_rest(struct queue *queue, unsigned taken)
{
    queue->taken_looked = taken;
    if (!atomic_load(&queue->filled) || queue->state != QUEUE_OPEN)
        return;
    for (struct queue *batch = atomic_load(&queue->batches); batch; batch = batch->next) {
        unsigned seen = atomic_load_explicit(&batch->taken_seen, memory_order_relaxed);
        if (job_list_length(&batch->list) && taken - seen > REST_TAKEN && lock_try(&batch->lock)) {
            queue_steps_put_back(batch, queue);
            lock_give(&batch->lock);
        }
    }
}

/* So many jobs are taken between two looks for batches that have come to rest. */
enum { REST_LOOK = 64 };

static inline void queue_steps_empty_batches_at_rest(struct queue *queue)
{
    unsigned taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);
    if (taken - queue->taken_looked >= REST_LOOK)
        queue_steps_put_back_from_rest(queue, taken);
}

/* Under the lock. */
static inline yoke_job *queue_steps_pop(struct queue *queue, yoke_job *job, struct worker *runner)
{
    if (!job)
        return NULL;
    queue_steps_take_out(queue, job);
    job_claim(job, runner);
    queue_steps_count_taken(queue, 1);
    return job;
}

/* Takes the first job, under the lock. Those in the inbox are plain: they come after any that are
 * listed at this level or above, and stay in their submitters' caches until the list is dry. */
static inline yoke_job *queue_steps_take_first(struct queue *queue, struct worker *runner)
{
    if (!queue->whole)
        queue_steps_empty_batches_at_rest(queue);
    if (!(job_list_levels(&queue->list) >> LEVEL_PLAIN))
        queue_steps_sort_in(queue);
    return queue_steps_pop(queue, queue->list.first, runner);
}

static inline yoke_job *queue_steps_pop_first(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    yoke_job *job = queue_steps_take_first(queue, runner);
    lock_give(&queue->lock);
    return job;
}

/* Whose lock comes first: queues before batches, and by their address. */
static inline bool queue_steps_comes_before(const struct queue *a, const struct queue *b)
{
    return !a->whole == !b->whole ? a < b : !a->whole;
}

/* Both locks at once, so that a job which moves is never QUEUED and in no queue; always in the same
 * order, so that no two threads wait for each other. The inboxes are as they were. */
static inline void queue_steps_lock_both(struct queue *a, struct queue *b)
{
    bool ordered = queue_steps_comes_before(a, b);
    lock_take(ordered ? &a->lock : &b->lock);
    lock_take(ordered ? &b->lock : &a->lock);
}

static inline void queue_steps_unlock_both(struct queue *a, struct queue *b)
{
    lock_give(&a->lock);
    lock_give(&b->lock);
}

#endif
