/* The hands of a queue: see queue.h. */
#include "queue_steps.h"

/* ---- hands that have come to rest ------------------------------------------------------------ */

/* So many jobs may overtake those in the hand of a worker that runs a long one: far more than other
 * workers take while a quick job runs, and little against what anybody would notice. */
enum { REST_TAKEN = 256 };

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
void queue_empty_hands_at_rest(struct queue *queue, unsigned taken)
{
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

/* ---- taking by the handful ------------------------------------------------------------------- */

/* A dozen jobs of a microsecond: enough that the lock is free most of the time, few enough that
 * none of them has to wait for long. */
enum { HAND_MAX = 15 };

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
