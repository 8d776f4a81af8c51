/* Moves quick jobs from a queue to the batch of a worker and back: see batch.h. */
#include "batch.h"

#include "queue_steps.h"

/* A dozen jobs of a microsecond: enough that the lock is free most of the time, few enough that
 * none of them has to wait for long. */
enum { BATCH_MAX = 15 };

void batch_add(struct queue *queue, struct queue *batch)
{
    batch->whole = queue;
    lock_take(&queue->lock);
    batch->next = atomic_load(&queue->batches);
    atomic_store(&queue->batches, batch);
    lock_give(&queue->lock);
}

/* Moves jobs from the head of the queue to the batch. Takes a quarter at most and so leaves most of
 * the jobs to the other workers and their batches. */
static void deal(struct queue *queue, struct queue *batch)
{
    size_t count = job_list_length(&queue->list) / 4;
    if (count > BATCH_MAX)
        count = BATCH_MAX;
    /* A batch of a closing server stays empty: queue_close() has been there already. */
    if (!count || queue->state != QUEUE_OPEN || batch->state != QUEUE_OPEN)
        return;
    /* Counted before they leave the list: see queue_length(). */
    atomic_fetch_add(&queue->filled, 1);
    unsigned dealt = 0;
    for (yoke_job *job; dealt < count && (job = queue->list.first) && queue_steps_is_plain(job);
         dealt++) {
        job_list_remove(&queue->list, job);
        queue_steps_put_in(batch, job);
    }
    if (!batch->list.first)
        atomic_fetch_sub(&queue->filled, 1);
    queue_steps_count_taken(queue, dealt);
    queue_steps_count_taken(batch, 0);
}

yoke_job *batch_pop(struct queue *batch, struct worker *runner)
{
    struct queue *queue = batch->whole;
    yoke_job *job = job_list_length(&batch->list) ? queue_steps_pop_first(batch, runner) : NULL;
    /* The list first: what arrives is in the cache of a submitter, whom a look holds up. */
    if (job || !(job_list_length(&queue->list) || atomic_load(&queue->arriving)))
        return job;
    queue_steps_lock_both(queue, batch);
    job = queue_steps_take_first(queue, runner);
    deal(queue, batch);
    queue_steps_unlock_both(queue, batch);
    return job;
}

bool batch_return(struct queue *batch)
{
    struct queue *queue = batch->whole;
    if (!job_list_length(&batch->list))
        return false;
    queue_steps_lock_both(queue, batch);
    bool some = queue_steps_put_back(batch, queue);
    queue_steps_unlock_both(queue, batch);
    return some;
}
