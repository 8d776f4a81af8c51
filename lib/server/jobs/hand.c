/* The hands of a queue: see queue.h. */
#include "queue_steps.h"

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
    return job;
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
