#include "queue.h"

enum { LEVEL_PLAIN = -YOKE_PRIORITY_MIN };

/* ---- the inbox ------------------------------------------------------------------------------- */

/* A submitter that finds so many jobs in the inbox sorts them in, out of its own cache; a worker
 * would hold the lock for as many cache misses. (A flood from one thread: 103 ns a job so, 110 with
 * 256, 124 if only workers sort.) */
enum { INBOX_MAX = 32 };

/* How many places behind a job is the one that is fetched from memory while it is taken: a few
 * cache misses at a time, where a list has one. */
enum { AHEAD = 4 };

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
    yoke_job *before = list_last(&queue->list, LEVEL_PLAIN);
    list_insert_behind(&queue->list, before, first, latest, count);
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
    if (arriving % INBOX_MAX == INBOX_MAX - 1 && lock_try(&queue->lock)) {
        sort_in(queue);
        lock_give(&queue->lock);
    }
    return QUEUE_OPEN;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void put_in(struct queue *queue, yoke_job *job)
{
    list_append(&queue->list, job);
    atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
}

/* A hand counts in its queue until it has given its last job. */
static void take_out(struct queue *queue, yoke_job *job)
{
    list_remove(&queue->list, job);
    if (queue->whole && !queue->list.first)
        atomic_fetch_sub(&queue->whole->filled, 1);
}

/* ---- pushing --------------------------------------------------------------------------------- */

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
    lock_take(&queue->lock);
    enum queue_state state = queue->state;
    if (state == QUEUE_OPEN) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        list_insert_behind(&queue->list, NULL, job, job, 1);
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
    take_out(queue, job);
    if (job_state(job) == YOKE_STATE_QUEUED)
        job_claim(job, runner);
    return job;
}

static yoke_job *pop_first(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    if (!(queue->list.levels >> LEVEL_PLAIN)) /* else what is in the inbox comes later */
        sort_in(queue);
    yoke_job *job = pop(queue, queue->list.first, runner);
    lock_give(&queue->lock);
    return job;
}

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
        take_out(queue, job);
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

/* ---- hands ----------------------------------------------------------------------------------- */

/* A dozen jobs of a microsecond: enough that the lock is free most of the time, few enough that
 * none of them has to wait for long. */
enum { HAND_MAX = 15 };

/* Both locks, always in the same order: a job is never QUEUED and in no queue. */
static void lock_both(struct queue *a, struct queue *b)
{
    lock_take(a < b ? &a->lock : &b->lock);
    lock_take(a < b ? &b->lock : &a->lock);
    sort_in(a);
    sort_in(b);
}

static void unlock_both(struct queue *a, struct queue *b)
{
    lock_give(&a->lock);
    lock_give(&b->lock);
}

void queue_add_hand(struct queue *queue, struct queue *hand)
{
    hand->whole = queue;
    hand->next = atomic_load(&queue->hands);
    atomic_store(&queue->hands, hand);
}

/* Leaves most of the jobs to the other workers and their hands. */
static void deal(struct queue *queue, struct queue *hand)
{
    size_t count = list_length(&queue->list) / 4;
    if (count > HAND_MAX)
        count = HAND_MAX;
    if (!count || queue->state != QUEUE_OPEN || hand->state != QUEUE_OPEN)
        return;
    /* Counted before they leave the list: see queue_length(). */
    atomic_fetch_add(&queue->filled, 1);
    for (yoke_job *job; count-- && (job = queue->list.first) && is_plain(job);) {
        list_remove(&queue->list, job);
        put_in(hand, job);
    }
    if (!hand->list.first)
        atomic_fetch_sub(&queue->filled, 1);
}

yoke_job *queue_pop_quick(struct queue *hand, struct worker *runner)
{
    struct queue *queue = hand->whole;
    yoke_job *job = list_length(&hand->list) ? pop_first(hand, runner) : NULL;
    if (job || !queue_length(queue))
        return job;
    lock_both(queue, hand);
    job = pop(queue, queue->list.first, runner);
    deal(queue, hand);
    unlock_both(queue, hand);
    return job ? job : queue_pop(queue, runner);
}

/* All jobs of the hand or queue, under the lock. */
static yoke_job *take_all(struct queue *queue)
{
    yoke_job *first = list_take_all(&queue->list);
    if (first && queue->whole)
        atomic_fetch_sub(&queue->whole->filled, 1);
    return first;
}

bool queue_return_hand(struct queue *hand)
{
    struct queue *queue = hand->whole;
    if (!list_length(&hand->list))
        return false;
    lock_both(queue, hand);
    size_t count = 0;
    yoke_job *first = take_all(hand), *end = NULL;
    for (yoke_job *job = first; job; job = job->next) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        end = job;
        count++;
    }
    if (first)
        list_insert_behind(&queue->list, list_last(&queue->list, LEVEL_PLAIN + 1), first, end,
                           count);
    unlock_both(queue, hand);
    return first != NULL;
}

/* ---- whole queues ---------------------------------------------------------------------------- */

/* Closes a queue without its hands, or a hand; answers what was in it, followed by `more`. */
static yoke_job *close_one(struct queue *queue, struct worker *runner,
                           const struct verdict *verdict, yoke_job *more)
{
    lock_take(&queue->lock);
    change_state(queue, QUEUE_CLOSED);
    yoke_job *first = take_all(queue), **end = &first;
    for (; *end; end = &(*end)->next)
        if (job_state(*end) == YOKE_STATE_QUEUED)
            job_end_unrun(*end, runner, verdict);
    *end = more;
    lock_give(&queue->lock);
    return first;
}

yoke_job *queue_close(struct queue *queue, struct worker *runner, const struct verdict *verdict)
{
    yoke_job *ended = NULL; /* the hands first: none can be returned to a closed queue then */
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        ended = close_one(hand, runner, verdict, ended);
    return close_one(queue, runner, verdict, ended);
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
    bool there = job_state(job) == YOKE_STATE_QUEUED &&
                 atomic_load_explicit(&job->queue, memory_order_relaxed) == from;
    if (there && state == QUEUE_OPEN) {
        take_out(from, job);
        put_in(to, job);
    }
    unlock_both(from, to);
    return state;
}

static void move_all(struct queue *from, struct queue *to)
{
    lock_both(from, to);
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

void queue_count(struct queue *queue, uint64_t *submitted, uint64_t *queued)
{
    lock_take(&queue->lock);
    sort_in(queue);
    *submitted = queue->submitted;
    *queued = list_length(&queue->list);
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next)
        *queued += list_length(&hand->list);
    lock_give(&queue->lock);
}
