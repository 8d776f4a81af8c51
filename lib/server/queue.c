#include "queue_steps.h"

/* See mark_of(). */
max_align_t queue_marks[QUEUE_CLOSED + 1];

/* ---- pushing --------------------------------------------------------------------------------- */

/* A submitter that finds so many jobs in the inbox sorts them in, out of its own cache; a worker
 * would hold the lock for as many cache misses. (A flood from one thread: 103 ns a job so, 110 with
 * 256, 124 if only workers sort.) */
enum { INBOX_MAX = 32 };

static enum queue_state push_to_inbox(struct queue *queue, yoke_job *job)
{
    size_t arriving = atomic_fetch_add(&queue->arriving, 1);
    delay_here();
    yoke_job *latest = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    do {
        if (is_mark(latest)) {
            atomic_fetch_sub(&queue->arriving, 1);
            return latest == mark_of(QUEUE_IDLE) ? QUEUE_IDLE : QUEUE_CLOSED;
        }
        job->next = latest;
    } while (!atomic_compare_exchange_weak(&queue->inbox, &latest, job));
    if (arriving % INBOX_MAX == INBOX_MAX - 1 && lock_try(&queue->lock)) {
        sort_in(queue);
        lock_give(&queue->lock);
    }
    return QUEUE_OPEN;
}

enum queue_state queue_push(struct queue *queue, yoke_job *job)
{
    if (is_plain(job)) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        return push_to_inbox(queue, job);
    }
    lock_take(&queue->lock);
    enum queue_state state = queue->state;
    if (state == QUEUE_OPEN) {
        sort_in(queue);
        put_in(queue, job);
        queue->submitted++;
    }
    lock_give(&queue->lock);
    return state;
}

enum queue_state queue_return(struct queue *queue, yoke_job *job)
{
    job->level = JOB_LEVELS - 1;
    unsigned before = 0;
    lock_take(&queue->lock);
    bool idle = queue->state == QUEUE_IDLE;
    if (!idle) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        list_insert_behind(&queue->list, NULL, job, job, 1);
        queue->returned++;
        before = job_return(job);
    }
    lock_give(&queue->lock);
    if (idle)
        return QUEUE_IDLE;
    job_tell_waiters(job, before);
    return QUEUE_OPEN;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static yoke_job *pop_from_hands(struct queue *queue, struct worker *runner)
{
    yoke_job *job = NULL;
    for (struct queue *hand = atomic_load(&queue->hands); hand && !job; hand = hand->next)
        if (list_length(&hand->list))
            job = pop_first(hand, runner);
    return job;
}

yoke_job *queue_pop(struct queue *queue, struct worker *runner)
{
    if (list_length(&queue->list) || atomic_load(&queue->arriving)) {
        yoke_job *job = pop_first(queue, runner);
        if (job)
            return job;
    }
    return atomic_load(&queue->filled) ? pop_from_hands(queue, runner) : NULL;
}

size_t queue_pop_open(struct queue *queue, struct worker *runner, yoke_job **jobs, size_t most)
{
    size_t count = 0;
    lock_take(&queue->lock);
    sort_in(queue);
    while (queue->state == QUEUE_OPEN && queue->list.first && count < most)
        jobs[count++] = pop(queue, queue->list.first, runner);
    lock_give(&queue->lock);
    return count;
}

yoke_job *queue_pop_loose(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    sort_in(queue);
    yoke_job *job = list_loose(&queue->list) ? queue->list.first : NULL;
    while (job && job->place)
        job = job->next;
    job = pop(queue, job, runner);
    lock_give(&queue->lock);
    return job ? job : pop_from_hands(queue, runner);
}

yoke_job *queue_pop_chosen(struct queue *queue, struct worker *runner,
                           bool (*chooses)(yoke_job *job, const void *context), const void *context,
                           unsigned most)
{
    lock_take(&queue->lock);
    sort_in(queue);
    yoke_job *job = queue->list.first;
    unsigned seen = 0;
    while (job && seen < most &&
           (job->place || job_state(job) != YOKE_STATE_QUEUED || !chooses(job, context))) {
        job = job->next;
        seen++;
    }
    job = pop(queue, seen < most ? job : NULL, runner);
    lock_give(&queue->lock);
    return job;
}

/* Locks the queue that the job is or was in last, and sorts it in. */
static struct queue *lock_queue_of(yoke_job *job)
{
    for (;;) {
        struct queue *queue = atomic_load_explicit(&job->queue, memory_order_relaxed);
        lock_take(&queue->lock);
        delay_here();
        if (queue == atomic_load_explicit(&job->queue, memory_order_relaxed)) {
            sort_in(queue);
            return queue;
        }
        lock_give(&queue->lock);
    }
}

static bool is_queued(const yoke_job *job)
{
    return job_state(job) == YOKE_STATE_QUEUED;
}

bool queue_take(yoke_job *job, struct worker *runner)
{
    if (!is_queued(job) && !(job_word(job) & JOB_RETURNED))
        return false;
    struct queue *queue = lock_queue_of(job);
    bool there = is_queued(job) ? !queue->held : (job_word(job) & JOB_RETURNED) != 0;
    if (there) {
        take_out(queue, job);
        job_claim(job, runner);
    }
    lock_give(&queue->lock);
    return there;
}

bool queue_claim(yoke_job *job, struct queue *queue, struct worker *runner)
{
    struct queue *there = lock_queue_of(job);
    bool claimed = there == queue && queue->state == QUEUE_OPEN && is_queued(job);
    if (claimed) {
        take_out(queue, job);
        job_claim(job, runner);
    }
    lock_give(&there->lock);
    return claimed;
}

bool queue_end(yoke_job *job, const struct verdict *verdict)
{
    if (!is_queued(job))
        return false;
    struct queue *queue = lock_queue_of(job);
    bool queued = is_queued(job);
    if (queued) {
        take_out(queue, job);
        job_end_unrun(job, verdict);
    }
    lock_give(&queue->lock);
    return queued;
}

/* ---- whole queues ---------------------------------------------------------------------------- */

/* Closes a queue without its hands, or a hand. */
static void close_one(struct queue *queue, const struct verdict *verdict)
{
    lock_take(&queue->lock);
    change_state(queue, QUEUE_CLOSED);
    for (yoke_job *job = queue->list.first; job; job = job->next)
        if (is_queued(job)) {
            job_end_unrun(job, verdict);
            queue->returned++;
            job_tell_waiters(job, job_return(job));
        }
    lock_give(&queue->lock);
}

void queue_close(struct queue *queue, const struct verdict *verdict)
{
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        close_one(hand, verdict);
    close_one(queue, verdict);
}

void queue_set_state(struct queue *queue, enum queue_state state)
{
    lock_take(&queue->lock);
    if (queue->state != QUEUE_CLOSED)
        change_state(queue, state);
    lock_give(&queue->lock);
}

enum queue_state queue_transfer(yoke_job *job, struct queue *from, struct queue *to)
{
    lock_both(from, to);
    enum queue_state state = to->state;
    bool moved = state == QUEUE_OPEN && is_queued(job) &&
                 atomic_load_explicit(&job->queue, memory_order_relaxed) == from;
    unsigned before = 0;
    if (moved) {
        take_out(from, job);
        put_in(to, job);
        before = job_arrive(job);
    }
    unlock_both(from, to);
    if (moved)
        job_tell_waiters(job, before);
    return state;
}

static void move_all(struct queue *from, struct queue *to)
{
    lock_both(from, to);
    to->returned += from->returned;
    for (yoke_job *job = take_all(from), *next; job; job = next) {
        next = job->next;
        put_in(to, job);
    }
    unlock_both(from, to);
}

void queue_move(struct queue *from, struct queue *to)
{
    for (struct queue *hand = atomic_load(&from->hands); hand; hand = hand->next)
        move_all(hand, to);
    move_all(from, to);
}

void queue_freeze(struct queue *queue)
{
    lock_take(&queue->lock);
    sort_in(queue);
}

void queue_freeze_hands(struct queue *queue)
{
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        lock_take(&hand->lock);
}

void queue_thaw_hands(struct queue *queue)
{
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        lock_give(&hand->lock);
}

void queue_thaw(struct queue *queue)
{
    lock_give(&queue->lock);
}

uint64_t queue_submitted(struct queue *queue)
{
    queue_freeze(queue);
    uint64_t submitted = queue->submitted;
    queue_thaw(queue);
    return submitted;
}

void queue_count(const struct queue *queue, uint64_t *submitted, uint64_t *queued)
{
    *submitted = queue->submitted;
    *queued = list_length(&queue->list) - queue->returned;
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        *queued += list_length(&hand->list) - hand->returned;
}
