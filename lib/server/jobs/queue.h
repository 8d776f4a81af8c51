/* The queue of a scheduler: higher priority first, and first in, first out among equals; any thread
 * pushes, pops, or takes a certain job out of the middle.
 *
 * It is a doubly linked list through the jobs under one lock, not a lock-free ring, because a job
 * that waits for another takes it out of the middle. Only marking it there would leave the memory
 * of a dead job in the queue; a long job that submits and waits in a loop would pile these up
 * without bound while the only worker is busy running that very job. The last job of every level of
 * priority is known, so that a push takes the same few steps whatever is queued.
 *
 * Plain jobs, those of priority 0 without a place, come in by an *inbox*: a stack without a lock,
 * from which the thread that holds the lock sorts them in. So submitters do not fight with workers
 * for the lock and the head of the list, which took half of the time of a flood.
 *
 * A worker whose jobs are quick takes some of the plain jobs together, in a *batch*: a small queue
 * of its own, so that workers do not fight for the lock either (two of them emptied a queue at a
 * fifth of the speed of one). The jobs are queued as before: it is returned as soon as a job was
 * not quick, and others return it when its owner has come to rest in one job. */
#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include "base/lock.h"
#include "job_list.h"

enum queue_state {
    QUEUE_OPEN,
    QUEUE_IDLE,  /* its scheduler has no workers: push to another */
    QUEUE_CLOSED /* the server takes no jobs any more */
};

enum { LEVEL_PLAIN = -YOKE_PRIORITY_MIN };

/* What the inbox holds instead of jobs while the queue is idle or closed: see queue_steps.h. */
extern max_align_t queue_marks[QUEUE_CLOSED + 1];

struct queue {
    alignas(64) yoke_job *_Atomic inbox; /* the latest first; or a mark when the queue isn't open */
    atomic_size_t arriving;              /* jobs in the inbox, or about to be */

    alignas(64) struct lock lock;
    enum queue_state state;
    bool dependent;       /* its jobs may be ended, not claimed: see after.h */
    atomic_size_t filled; /* batches that have jobs */
    struct job_list list;
    size_t returned;       /* jobs in the list that have ended */
    uint64_t submitted;    /* jobs ever pushed and sorted in */
    atomic_uint taken;     /* jobs ever taken off the list to be run, those of batches included */
    unsigned taken_looked; /* `taken` at the latest look for batches at rest */
    struct queue *_Atomic batches;

    struct queue *whole;    /* of a batch: the queue that it belongs to, */
    struct queue *next;     /* and the next one there */
    atomic_uint taken_seen; /* and `taken` of that when the owner last took from the batch */
};

/* Whether jobs above that level are queued; those in batches, which are plain, do not count. */
static inline bool queue_has_above(const struct queue *queue, unsigned level)
{
    return job_list_levels(&queue->list) >> level > 1 ||
           (level < LEVEL_PLAIN && atomic_load_explicit(&queue->arriving, memory_order_relaxed));
}

/* Puts the job in its place if the queue is open; answers the state that it found. */
enum queue_state queue_push(struct queue *queue, yoke_job *job);

/* Likewise for a job that has ended, at the head, for its callback; also if the queue is closed. */
enum queue_state queue_return(struct queue *queue, yoke_job *job);

/* Claims the first job for `runner`, to run it or its callback; NULL when there is none. */
yoke_job *queue_pop(struct queue *queue, struct worker *runner);

/* Likewise the first jobs of a queue without batches, at most so many, but none once it is closed:
 * for a caller that can run jobs, but not the callbacks of those that have ended. Answers how many.
 */
size_t queue_pop_open(struct queue *queue, struct worker *runner, yoke_job **jobs, size_t most);

/* As queue_pop() the first job without a place. Costs a step for every job with one before it. */
yoke_job *queue_pop_loose(struct queue *queue, struct worker *runner);

/* Likewise the first of the first `most` jobs without a place and not in a batch that `chooses`
 * picks, which is called with the queue locked. */
yoke_job *queue_pop_chosen(struct queue *queue, struct worker *runner,
                           bool (*chooses)(yoke_job *job, const void *context), const void *context,
                           unsigned most);

/* Claims this job for `runner`, whatever queue it is in; false when it is in none (any more). */
bool queue_take(yoke_job *job, struct worker *runner);

/* Claims it if it is in that queue and that is open, though it may hold its jobs. */
bool queue_claim(yoke_job *job, struct queue *queue, struct worker *runner);

/* A queued job ends without running; false when it is not queued. The caller finishes it: see
 * settle.h. */
bool queue_end(yoke_job *job, const struct outcome *outcome);

/* Closes the queue and ends all its jobs, which are RETURNED there then, with or without a
 * callback: so a thread that waits for one of them in the callback of another finds it. The caller
 * pops them. */
void queue_close(struct queue *queue, const struct outcome *outcome);

/* Opens or idles a queue that is not closed. */
void queue_set_state(struct queue *queue, enum queue_state state);

/* Puts all jobs of `from`, which stays empty, in their places in `to`. */
void queue_move(struct queue *from, struct queue *to);

/* Appends a dependent job of `from`, if it is still there, to `to`, if that is open, where it is
 * dependent no more; answers the state of `to`. */
enum queue_state queue_transfer(yoke_job *job, struct queue *from, struct queue *to);

/* Holds up all that puts jobs into the queue, takes them out or ends them there, until it thaws. Of
 * several queues the one with the lower address comes first; and all queues before any batches. */
void queue_freeze(struct queue *queue);
void queue_freeze_batches(struct queue *queue);
void queue_thaw_batches(struct queue *queue);
void queue_thaw(struct queue *queue);

/* Of a frozen queue: the jobs ever pushed, and those that are in it and have not ended. */
void queue_count(const struct queue *queue, uint64_t *submitted, uint64_t *queued);

/* The jobs ever pushed. */
uint64_t queue_submitted(struct queue *queue);

/* How many jobs are in the queue, a batch counting as one, without looking twice: the scheduler's
 * protocol orders this read with fences of its own. Jobs on their way from the inbox to the list
 * and on to a batch count twice, never not at all: they are first added there and then removed
 * here.
 */
static inline size_t queue_length(const struct queue *queue)
{
    size_t arriving = atomic_load(&queue->arriving);
    size_t listed = job_list_length(&queue->list);
    return arriving + listed + atomic_load(&queue->filled);
}

/* How many of them have no place, likewise. */
static inline size_t queue_loose(const struct queue *queue)
{
    size_t arriving = atomic_load(&queue->arriving);
    size_t listed = job_list_loose(&queue->list);
    return arriving + listed + atomic_load(&queue->filled);
}

#endif
