#include "queue.h"

#include "base/debug.h"

/* ---- the list -------------------------------------------------------------------------------- */

static size_t load(const atomic_size_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

/* Lengths are written under the lock alone, and before jobs leave the inbox: see queue_length(). */
static void add(atomic_size_t *count, size_t change)
{
    atomic_store_explicit(count, load(count) + change, memory_order_relaxed);
}

static uint64_t bit(unsigned level)
{
    return UINT64_C(1) << level;
}

/* Puts the chain from `first` to `end`, `count` jobs of one level, behind the last job of the
 * lowest level that is not below theirs. Their `previous` links are set but for the first. */
static void insert_chain(struct queue *queue, yoke_job *first, yoke_job *end, size_t count)
{
    unsigned level = first->level;
    uint64_t above = queue->levels >> level;
    first->previous = above ? queue->last[level + (unsigned)__builtin_ctzll(above)] : NULL;
    yoke_job **link = first->previous ? &first->previous->next : &queue->first;
    end->next = *link;
    if (end->next)
        end->next->previous = end;
    *link = first;
    queue->last[level] = end;
    queue->levels |= bit(level);
    add(&queue->length, count);
    if (!first->place)
        add(&queue->loose, count);
}

static void insert_job(struct queue *queue, yoke_job *job)
{
    insert_chain(queue, job, job, 1);
}

/* The first job's link back is not kept, as the next worker's cache would have to fetch it. */
static void remove_job(struct queue *queue, yoke_job *job)
{
    yoke_job *next = job->next;
    yoke_job *previous = queue->first == job ? NULL : job->previous;
    if (previous) {
        previous->next = next;
        if (next)
            next->previous = previous;
    } else {
        queue->first = next; /* whose link back means nothing: see above */
        __builtin_prefetch(next, 1);
    }
    if (queue->last[job->level] == job) {
        if (previous && previous->level == job->level)
            queue->last[job->level] = previous;
        else
            queue->levels &= ~bit(job->level);
    }
    add(&queue->length, (size_t)-1);
    if (!job->place)
        add(&queue->loose, (size_t)-1);
    debug_assert((load(&queue->length) == 0) == (queue->first == NULL));
}

/* ---- the inbox ------------------------------------------------------------------------------- */

enum { LEVEL_PLAIN = -YOKE_PRIORITY_MIN };

/* A submitter that finds so many jobs in the inbox sorts them in, out of its own cache; a worker
 * would hold the lock for as many cache misses. (A flood from one thread: 103 ns a job so, 110 with
 * 256, 124 if only workers sort.) */
enum { INBOX_MAX = 32 };

/* What the inbox holds while the queue is in this state; NULL when that is jobs. */
static yoke_job *mark_of(enum queue_state state)
{
    static max_align_t marks[QUEUE_CLOSED + 1];
    return state == QUEUE_OPEN ? NULL : (yoke_job *)&marks[state];
}

static bool is_mark(const yoke_job *job)
{
    return job == mark_of(QUEUE_IDLE) || job == mark_of(QUEUE_CLOSED);
}

static bool is_plain(const yoke_job *job)
{
    return job->level == LEVEL_PLAIN && !job->place;
}

/* Sorts in a chain from the inbox, the latest first. */
static void sort_in_chain(struct queue *queue, yoke_job *latest)
{
    yoke_job *first = NULL;
    size_t count = 0;
    for (yoke_job *job = latest, *before; job; job = before) {
        before = job->next;
        job->next = first;
        if (first)
            first->previous = job;
        first = job;
        count++;
    }
    if (!count)
        return;
    insert_chain(queue, first, latest, count);
    queue->submitted += count;
    atomic_fetch_sub_explicit(&queue->arriving, count, memory_order_release);
}

static void sort_in(struct queue *queue)
{
    yoke_job *latest = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    if (latest && !is_mark(latest))
        sort_in_chain(queue, atomic_exchange_explicit(&queue->inbox, NULL, memory_order_acquire));
}

static void change_state(struct queue *queue, enum queue_state state)
{
    queue->state = state;
    yoke_job *latest = atomic_exchange(&queue->inbox, mark_of(state));
    if (!is_mark(latest))
        sort_in_chain(queue, latest);
}

static enum queue_state push_to_inbox(struct queue *queue, yoke_job *job)
{
    size_t arriving = atomic_fetch_add(&queue->arriving, 1);
    yoke_job *latest = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    do {
        if (is_mark(latest)) {
            atomic_fetch_sub(&queue->arriving, 1);
            return latest == mark_of(QUEUE_IDLE) ? QUEUE_IDLE : QUEUE_CLOSED;
        }
        job->next = latest;
    } while (!atomic_compare_exchange_weak(&queue->inbox, &latest, job));
    if (arriving >= INBOX_MAX && lock_try(&queue->lock)) {
        sort_in(queue);
        lock_give(&queue->lock);
    }
    return QUEUE_OPEN;
}

/* ---- pushing --------------------------------------------------------------------------------- */

static void append(struct queue *queue, yoke_job *job)
{
    atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
    insert_job(queue, job);
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
        add(&queue->length, 1);
        if (!job->place)
            add(&queue->loose, 1);
    }
    lock_give(&queue->lock);
    return state;
}

/* ---- taking ---------------------------------------------------------------------------------- */

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
    if (!load(&queue->length) && !load(&queue->arriving))
        return NULL;
    lock_take(&queue->lock);
    if (!(queue->levels >> LEVEL_PLAIN))
        sort_in(queue);
    yoke_job *job = pop(queue, queue->first, runner);
    lock_give(&queue->lock);
    return job;
}

yoke_job *queue_pop_loose(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    sort_in(queue);
    yoke_job *job = load(&queue->loose) ? queue->first : NULL;
    while (job && job->place)
        job = job->next;
    job = pop(queue, job, runner);
    lock_give(&queue->lock);
    return job;
}

/* Locks the queue that the job is or was in last, and sorts it in. */
static struct queue *lock_queue_of(yoke_job *job)
{
    for (;;) {
        struct queue *queue = atomic_load_explicit(&job->queue, memory_order_relaxed);
        lock_take(&queue->lock);
        if (queue == atomic_load_explicit(&job->queue, memory_order_relaxed)) {
            sort_in(queue);
            return queue;
        }
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

/* ---- whole queues ---------------------------------------------------------------------------- */

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
    change_state(queue, QUEUE_CLOSED);
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
        change_state(queue, state);
    lock_give(&queue->lock);
}

/* Both locks, always in the same order: a job is never QUEUED and in no queue. */
static void lock_both(struct queue *a, struct queue *b)
{
    lock_take(a < b ? &a->lock : &b->lock);
    lock_take(a < b ? &b->lock : &a->lock);
    sort_in(a);
    sort_in(b);
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
    sort_in(queue);
    *submitted = queue->submitted;
    *queued = load(&queue->length);
    lock_give(&queue->lock);
}
