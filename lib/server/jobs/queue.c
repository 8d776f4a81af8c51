/* Pushes, pops and removes jobs, and closes, moves and freezes whole queues: see queue.h. What
 * batches need as well is in queue_steps.h. */
#include "queue_steps.h"

/* Only their addresses matter: see queue_steps_mark_of(). */
max_align_t queue_marks[QUEUE_CLOSED + 1];

/* ---- pushing --------------------------------------------------------------------------------- */

/* A submitter that finds so many jobs in the inbox sorts them in, as they are in its own cache; a
 * worker would hold the lock for as many cache misses. With fewer, submitters meet workers at the
 * lock more often. (A flood from one thread takes 0.95 of the processor time with 64 and with 128
 * that it takes with 32.) */
enum { INBOX_MAX = 64 };

static enum queue_state push_to_inbox(struct queue *queue, yoke_job *job)
{
    /* Counted before it is there: queue_length() may count a job too early, but must not miss it.
     */
    size_t arriving = atomic_fetch_add(&queue->arriving, 1);
    delay_here();
    yoke_job *latest = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    do {
        if (queue_steps_is_mark(latest)) {
            atomic_fetch_sub(&queue->arriving, 1);
            return latest == queue_steps_mark_of(QUEUE_IDLE) ? QUEUE_IDLE : QUEUE_CLOSED;
        }
        job->next = latest;
    } while (!atomic_compare_exchange_weak(&queue->inbox, &latest, job));
    if (arriving % INBOX_MAX == INBOX_MAX - 1 && lock_try(&queue->lock)) {
        queue_steps_sort_in(queue);
        lock_give(&queue->lock);
    }
    return QUEUE_OPEN;
}

enum queue_state queue_push(struct queue *queue, yoke_job *job)
{
    if (queue_steps_is_plain(job)) {
        /* First, as others may take the job as soon as it is in the inbox. */
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        return push_to_inbox(queue, job);
    }
    lock_take(&queue->lock);
    enum queue_state state = queue->state;
    if (state == QUEUE_OPEN) {
        queue_steps_sort_in(queue);
        queue_steps_put_in(queue, job);
        queue->submitted++;
    }
    lock_give(&queue->lock);
    return state;
}

enum queue_state queue_return(struct queue *queue, yoke_job *job)
{
    job->level = JOB_LEVELS - 1; /* the head of the list is the place of the highest level */
    unsigned before = 0;
    lock_take(&queue->lock);
    bool idle = queue->state == QUEUE_IDLE;
    if (!idle) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        job_list_insert_behind(&queue->list, NULL, job, job, 1);
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

static yoke_job *pop_from_batches(struct queue *queue, struct worker *runner)
{
    yoke_job *job = NULL;
    for (struct queue *batch = atomic_load(&queue->batches); batch && !job; batch = batch->next)
        if (job_list_length(&batch->list))
            job = queue_steps_pop_first(batch, runner);
    return job;
}

yoke_job *queue_pop(struct queue *queue, struct worker *runner)
{
    if (job_list_length(&queue->list) || atomic_load(&queue->arriving)) {
        yoke_job *job = queue_steps_pop_first(queue, runner);
        if (job)
            return job;
    }
    return atomic_load(&queue->filled) ? pop_from_batches(queue, runner) : NULL;
}

size_t queue_pop_open(struct queue *queue, struct worker *runner, yoke_job **jobs, size_t most)
{
    size_t count = 0;
    lock_take(&queue->lock);
    queue_steps_sort_in(queue);
    while (queue->state == QUEUE_OPEN && queue->list.first && count < most)
        jobs[count++] = queue_steps_pop(queue, queue->list.first, runner);
    lock_give(&queue->lock);
    return count;
}

yoke_job *queue_pop_loose(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    queue_steps_sort_in(queue);
    yoke_job *job = job_list_loose(&queue->list) ? queue->list.first : NULL;
    while (job && job->place)
        job = job->next;
    job = queue_steps_pop(queue, job, runner);
    lock_give(&queue->lock);
    return job ? job : pop_from_batches(queue, runner);
}

yoke_job *queue_pop_chosen(struct queue *queue, struct worker *runner,
                           bool (*chooses)(yoke_job *job, const void *context), const void *context,
                           unsigned most)
{
    lock_take(&queue->lock);
    queue_steps_sort_in(queue);
    yoke_job *job = queue->list.first;
    unsigned seen = 0;
    while (job && seen < most &&
           (job->place || job_state(job) != YOKE_STATE_QUEUED || !chooses(job, context))) {
        job = job->next;
        seen++;
    }
    job = queue_steps_pop(queue, seen < most ? job : NULL, runner);
    lock_give(&queue->lock);
    return job;
}

/* Locks the queue that the job is or was in last, and sorts it in. A job changes its queue only
 * under the locks of both: so if `queue` is the same after locking, it stays. */
static struct queue *lock_queue_of(yoke_job *job)
{
    for (;;) {
        struct queue *queue = atomic_load_explicit(&job->queue, memory_order_relaxed);
        lock_take(&queue->lock);
        delay_here();
        if (queue == atomic_load_explicit(&job->queue, memory_order_relaxed)) {
            queue_steps_sort_in(queue);
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
    /* A dependent job may not be run before its turn, but its callback may be due. */
    bool there = is_queued(job) ? !queue->dependent : (job_word(job) & JOB_RETURNED) != 0;
    if (there) {
        queue_steps_take_out(queue, job);
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
        queue_steps_take_out(queue, job);
        job_claim(job, runner);
    }
    lock_give(&there->lock);
    return claimed;
}

bool queue_end(yoke_job *job, const struct outcome *outcome)
{
    if (!is_queued(job))
        return false;
    struct queue *queue = lock_queue_of(job);
    bool queued = is_queued(job);
    if (queued) {
        queue_steps_take_out(queue, job);
        job_end_never_started(job, outcome);
    }
    lock_give(&queue->lock);
    return queued;
}

/* ---- whole queues ---------------------------------------------------------------------------- */

/* Closes a queue without its batches, or a batch. */
static void close_one(struct queue *queue, const struct outcome *outcome)
{
    lock_take(&queue->lock);
    queue_steps_change_state(queue, QUEUE_CLOSED);
    for (yoke_job *job = queue->list.first; job; job = job->next)
        if (is_queued(job)) {
            job_end_never_started(job, outcome);
            queue->returned++;
            job_tell_waiters(job, job_return(job));
        }
    lock_give(&queue->lock);
}

void queue_close(struct queue *queue, const struct outcome *outcome)
{
    /* Batches first: a closed batch takes no more jobs from the queue. Jobs that its owner returns
     * meanwhile come to the queue, which is closed after that. */
    for (struct queue *batch = atomic_load(&queue->batches); batch; batch = batch->next)
        close_one(batch, outcome);
    close_one(queue, outcome);
}

void queue_set_state(struct queue *queue, enum queue_state state)
{
    lock_take(&queue->lock);
    if (queue->state != QUEUE_CLOSED)
        queue_steps_change_state(queue, state);
    lock_give(&queue->lock);
}

static void lock_both_sorted(struct queue *from, struct queue *to)
{
    queue_steps_lock_both(from, to);
    queue_steps_sort_in(from);
    queue_steps_sort_in(to);
}

enum queue_state queue_transfer(yoke_job *job, struct queue *from, struct queue *to)
{
    lock_both_sorted(from, to);
    enum queue_state state = to->state;
    bool moved = state == QUEUE_OPEN && is_queued(job) &&
                 atomic_load_explicit(&job->queue, memory_order_relaxed) == from;
    unsigned before = 0;
    if (moved) {
        queue_steps_take_out(from, job);
        queue_steps_put_in(to, job);
        before = job_arrive(job);
    }
    queue_steps_unlock_both(from, to);
    if (moved)
        job_tell_waiters(job, before);
    return state;
}

static void move_all(struct queue *from, struct queue *to)
{
    lock_both_sorted(from, to);
    to->returned += from->returned;
    for (yoke_job *job = queue_steps_take_all(from), *next; job; job = next) {
        next = job->next;
        queue_steps_put_in(to, job);
    }
    queue_steps_unlock_both(from, to);
}

void queue_move(struct queue *from, struct queue *to)
{
    for (struct queue *batch = atomic_load(&from->batches); batch; batch = batch->next)
        move_all(batch, to);
    move_all(from, to);
}

void queue_freeze(struct queue *queue)
{
    lock_take(&queue->lock);
    queue_steps_sort_in(queue);
}

void queue_freeze_batches(struct queue *queue)
{
    for (struct queue *batch = atomic_load(&queue->batches); batch; batch = batch->next)
        lock_take(&batch->lock);
}

void queue_thaw_batches(struct queue *queue)
{
    for (struct queue *batch = atomic_load(&queue->batches); batch; batch = batch->next)
        lock_give(&batch->lock);
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
    *queued = job_list_length(&queue->list) - queue->returned;
    for (struct queue *batch = atomic_load(&queue->batches); batch; batch = batch->next)
        *queued += job_list_length(&batch->list) - batch->returned;
}
