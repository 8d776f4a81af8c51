#include "queue.h"

#include "base/delay.h"

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
    if (job_state(job) != YOKE_STATE_QUEUED)
        queue->returned--;
}

/* Under the lock, of a hand or of a queue. */
static void count_taken(struct queue *queue, unsigned count)
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

/* ---- hands that have come to rest ------------------------------------------------------------ */

/* So many jobs may overtake those in the hand of a worker that runs a long one; and how often they
 * are looked for. Both are far above what other workers take while a quick job runs, and small
 * against what anybody would notice. */
enum { REST_TAKEN = 256, REST_LOOK = 64 };

/* All jobs of the hand or queue, under the lock. */
static yoke_job *take_all(struct queue *queue)
{
    yoke_job *first = list_take_all(&queue->list);
    if (first && queue->whole)
        atomic_fetch_sub(&queue->whole->filled, 1);
    queue->returned = 0;
    return first;
}

/* Both locks are held. */
static bool put_back(struct queue *hand, struct queue *queue)
{
    size_t count = 0;
    queue->returned += hand->returned;
    yoke_job *first = take_all(hand), *end = NULL;
    for (yoke_job *job = first; job; job = job->next) {
        atomic_store_explicit(&job->queue, queue, memory_order_relaxed);
        end = job;
        count++;
    }
    if (first)
        list_insert_behind(&queue->list, list_last(&queue->list, LEVEL_PLAIN + 1), first, end,
                           count);
    return first != NULL;
}

/* Puts the jobs back to where they were that lie in hands whose owners have come to rest. Under the
 * lock of the queue; an owner that has the lock of its hand is not at rest. */
static void empty_hands_at_rest(struct queue *queue)
{
    unsigned taken = atomic_load_explicit(&queue->taken, memory_order_relaxed);
    if (taken - queue->taken_looked < REST_LOOK)
        return;
    queue->taken_looked = taken;
    if (!atomic_load(&queue->filled) || queue->state != QUEUE_OPEN)
        return;
    for (struct queue *hand = atomic_load(&queue->hands); hand; hand = hand->next) {
        unsigned seen = atomic_load_explicit(&hand->taken_seen, memory_order_relaxed);
        if (list_length(&hand->list) && taken - seen > REST_TAKEN && lock_try(&hand->lock)) {
            put_back(hand, queue);
            lock_give(&hand->lock);
        }
    }
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* Under the lock. */
static yoke_job *pop(struct queue *queue, yoke_job *job, struct worker *runner)
{
    if (!job)
        return NULL;
    take_out(queue, job);
    job_claim(job, runner);
    count_taken(queue, 1);
    return job;
}

static yoke_job *pop_first(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    if (!queue->whole)
        empty_hands_at_rest(queue);
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

yoke_job *queue_pop_open(struct queue *queue, struct worker *runner)
{
    lock_take(&queue->lock);
    sort_in(queue);
    bool open = queue->state == QUEUE_OPEN;
    yoke_job *job = open ? pop(queue, queue->list.first, runner) : NULL;
    lock_give(&queue->lock);
    return job;
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

/* ---- hands ----------------------------------------------------------------------------------- */

/* A dozen jobs of a microsecond: enough that the lock is free most of the time, few enough that
 * none of them has to wait for long. */
enum { HAND_MAX = 15 };

/* Whose lock comes first: queues before hands, and by their address. */
static bool comes_before(const struct queue *a, const struct queue *b)
{
    return !a->whole == !b->whole ? a < b : !a->whole;
}

/* Both locks, always in the same order: a job is never QUEUED and in no queue. */
static void lock_both(struct queue *a, struct queue *b)
{
    bool ordered = comes_before(a, b);
    lock_take(ordered ? &a->lock : &b->lock);
    lock_take(ordered ? &b->lock : &a->lock);
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
    lock_take(&queue->lock);
    hand->next = atomic_load(&queue->hands);
    atomic_store(&queue->hands, hand);
    lock_give(&queue->lock);
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
    unsigned dealt = 0;
    for (yoke_job *job; dealt < count && (job = queue->list.first) && is_plain(job); dealt++) {
        list_remove(&queue->list, job);
        put_in(hand, job);
    }
    if (!hand->list.first)
        atomic_fetch_sub(&queue->filled, 1);
    count_taken(queue, dealt);
    count_taken(hand, 0);
}

yoke_job *queue_pop_quick(struct queue *hand, struct worker *runner)
{
    struct queue *queue = hand->whole;
    yoke_job *job = list_length(&hand->list) ? pop_first(hand, runner) : NULL;
    if (job || !queue_length(queue))
        return job;
    lock_both(queue, hand);
    empty_hands_at_rest(queue);
    job = pop(queue, queue->list.first, runner);
    deal(queue, hand);
    unlock_both(queue, hand);
    return job ? job : queue_pop(queue, runner);
}

bool queue_return_hand(struct queue *hand)
{
    struct queue *queue = hand->whole;
    if (!list_length(&hand->list))
        return false;
    lock_both(queue, hand);
    bool some = put_back(hand, queue);
    unlock_both(queue, hand);
    return some;
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
        *queued += list_length(&hand->list);
}
