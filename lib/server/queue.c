#include "queue.h"

#include "base/debug.h"

/* The two lengths are written under the lock alone. */
static void change_lengths(struct queue *queue, const yoke_job *job, size_t change)
{
    size_t length = queue_length(queue) + change;
    debug_assert((length == 0) == (queue->first == NULL));
    atomic_store_explicit(&queue->length, length, memory_order_relaxed);
    if (!job->place)
        atomic_store_explicit(&queue->loose, queue_loose(queue) + change, memory_order_relaxed);
}

static uint64_t bit(unsigned level)
{
    return UINT64_C(1) << level;
}

/* Behind the last of the lowest level that is not below the job's. */
static void insert_job(struct queue *queue, yoke_job *job)
{
    unsigned level = job->level;
    uint64_t above = queue->levels >> level;
    job->previous = above ? queue->last[level + (unsigned)__builtin_ctzll(above)] : NULL;
    yoke_job **link = job->previous ? &job->previous->next : &queue->first;
    job->next = *link;
    if (job->next)
        job->next->previous = job;
    *link = job;
    queue->last[level] = job;
    queue->levels |= bit(level);
    change_lengths(queue, job, 1);
}

static void remove_job(struct queue *queue, yoke_job *job)
{
    yoke_job *previous = job->previous, *next = job->next;
    *(previous ? &previous->next : &queue->first) = next;
    if (next)
        next->previous = previous;
    if (queue->last[job->level] == job) {
        if (previous && previous->level == job->level)
            queue->last[job->level] = previous;
        else
            queue->levels &= ~bit(job->level);
    }
    change_lengths(queue, job, (size_t)-1);
}

static void append(struct queue *queue, yoke_job *job)
{
    atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
    insert_job(queue, job);
}

enum queue_state queue_push(struct queue *queue, yoke_job *job)
{
    lock_take(&queue->lock);
    enum queue_state state = queue->state;
    if (state == QUEUE_OPEN) {
        append(queue, job);
        queue->submitted++;
    }
    lock_give(&queue->lock);
    return state;
}

enum queue_state queue_return(struct queue *queue, yoke_job *job)
{
    atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
    job->level = JOB_LEVELS - 1;
    job->previous = NULL;
    lock_take(&queue->lock);
    enum queue_state state = queue->state;
    if (state == QUEUE_OPEN) {
        job->next = queue->first;
        if (job->next)
            job->next->previous = job;
        queue->first = job;
        if (!(queue->levels & bit(job->level)))
            queue->last[job->level] = job;
        queue->levels |= bit(job->level);
        change_lengths(queue, job, 1);
    }
    lock_give(&queue->lock);
    return state;
}

/* Under the lock; the job may have ended, and come back for its callback. */
static yoke_job *pop(struct queue *queue, yoke_job *job, struct worker *runner)
{
    if (!job)
        return NULL;
    remove_job(queue, job);
    if (job_state(job) == YOKE_STATE_QUEUED)
        job_claim(job, runner);
    return job;
}

yoke_job *queue_pop(struct queue *queue, struct worker *runner)
{
    if (!queue_length(queue))
        return NULL;
    lock_take(&queue->lock);
    yoke_job *job = pop(queue, queue->first, runner);
    lock_give(&queue->lock);
    return job;
}

yoke_job *queue_pop_loose(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    yoke_job *job = queue_loose(queue) ? queue->first : NULL;
    while (job && job->place)
        job = job->next;
    job = pop(queue, job, runner);
    lock_give(&queue->lock);
    return job;
}

/* Locks the queue that the job is or was in last. */
static struct queue *lock_queue_of(yoke_job *job)
{
    for (;;) {
        struct queue *queue = atomic_load_explicit(&job->queue, memory_order_relaxed);
        lock_take(&queue->lock);
        if (queue == atomic_load_explicit(&job->queue, memory_order_relaxed))
            return queue;
        lock_give(&queue->lock);
    }
}

/* Takes the job out of its queue if it is in one: to run when there is no verdict. */
static bool take(yoke_job *job, struct worker *runner, const struct verdict *verdict)
{
    if (job_state(job) != YOKE_STATE_QUEUED)
        return false;
    struct queue *queue = lock_queue_of(job);
    bool queued = job_state(job) == YOKE_STATE_QUEUED && (verdict || !queue->held);
    if (queued) {
        remove_job(queue, job);
        if (verdict)
            job_end_unrun(job, runner, verdict);
        else
            job_claim(job, runner);
    }
    lock_give(&queue->lock);
    return queued;
}

bool queue_take(yoke_job *job, struct worker *runner)
{
    return take(job, runner, NULL);
}

bool queue_end(yoke_job *job, struct worker *runner, const struct verdict *verdict)
{
    return take(job, runner, verdict);
}

static yoke_job *take_all(struct queue *queue)
{
    yoke_job *first = queue->first;
    queue->first = NULL;
    queue->levels = 0;
    atomic_store_explicit(&queue->length, 0, memory_order_relaxed);
    atomic_store_explicit(&queue->loose, 0, memory_order_relaxed);
    return first;
}

yoke_job *queue_close(struct queue *queue, struct worker *runner, const struct verdict *verdict)
{
    lock_take(&queue->lock);
    queue->state = QUEUE_CLOSED;
    yoke_job *first = take_all(queue);
    for (yoke_job *job = first; job; job = job->next)
        if (job_state(job) == YOKE_STATE_QUEUED)
            job_end_unrun(job, runner, verdict);
    lock_give(&queue->lock);
    return first;
}

void queue_set_state(struct queue *queue, enum queue_state state)
{
    lock_take(&queue->lock);
    if (queue->state != QUEUE_CLOSED)
        queue->state = state;
    lock_give(&queue->lock);
}

/* Both locks, always in the same order: a job is never QUEUED and in no queue. */
static void lock_both(struct queue *a, struct queue *b)
{
    lock_take(a < b ? &a->lock : &b->lock);
    lock_take(a < b ? &b->lock : &a->lock);
}

enum queue_state queue_transfer(yoke_job *job, struct queue *from, struct queue *to)
{
    lock_both(from, to);
    enum queue_state state = to->state;
    bool there = job_state(job) == YOKE_STATE_QUEUED &&
                 atomic_load_explicit(&job->queue, memory_order_relaxed) == from;
    if (there && state == QUEUE_OPEN) {
        remove_job(from, job);
        append(to, job);
    }
    lock_give(&from->lock);
    lock_give(&to->lock);
    return state;
}

void queue_move(struct queue *from, struct queue *to)
{
    lock_both(from, to);
    for (yoke_job *job = take_all(from), *next; job; job = next) {
        next = job->next;
        append(to, job);
    }
    lock_give(&from->lock);
    lock_give(&to->lock);
}

void queue_count(struct queue *queue, uint64_t *submitted, uint64_t *queued)
{
    lock_take(&queue->lock);
    *submitted = queue->submitted;
    *queued = queue_length(queue);
    lock_give(&queue->lock);
}
