/* A list of jobs, higher priority first, and first in, first out among equals. Under the lock of
 * the queue that it belongs to; only the lengths and levels may be read by anyone. */
#ifndef SERVER_JOB_LIST_H
#define SERVER_JOB_LIST_H

#include "job.h"

struct job_list {
    yoke_job *first;
    atomic_uint_fast64_t levels; /* bit set: there are jobs of that level */
    atomic_size_t length;        /* jobs in the list */
    atomic_size_t loose;         /* of these, jobs without a place */
    yoke_job *last[JOB_LEVELS];  /* of each level that has jobs */
};

static inline size_t job_list_length(const struct job_list *list)
{
    return atomic_load_explicit(&list->length, memory_order_acquire);
}

static inline size_t job_list_loose(const struct job_list *list)
{
    return atomic_load_explicit(&list->loose, memory_order_acquire);
}

static inline uint64_t job_list_levels(const struct job_list *list)
{
    return atomic_load_explicit(&list->levels, memory_order_relaxed);
}

static inline void job_list_set_levels(struct job_list *list, uint64_t levels)
{
    atomic_store_explicit(&list->levels, levels, memory_order_relaxed);
}

static inline void job_list_lengthen(struct job_list *list, size_t jobs, size_t loose)
{
    atomic_store_explicit(&list->length, job_list_length(list) + jobs, memory_order_release);
    atomic_store_explicit(&list->loose, job_list_loose(list) + loose, memory_order_release);
}

/* The last job at the level or above, or NULL. */
static inline yoke_job *job_list_last(const struct job_list *list, unsigned level)
{
    uint64_t above = job_list_levels(list) >> level;
    return above ? list->last[level + (unsigned)__builtin_ctzll(above)] : NULL;
}

/* Puts the chain from `first` to `end`, `count` jobs of one level with or without a place, behind
 * `before`, or at the head. Their links back are set but for the first. */
static inline void job_list_insert_behind(struct job_list *list, yoke_job *before, yoke_job *first,
                                          yoke_job *end, size_t count)
{
    yoke_job **link = before ? &before->next : &list->first;
    unsigned level = first->level;
    uint64_t bit = UINT64_C(1) << level;
    first->previous = before;
    end->next = *link;
    if (end->next)
        end->next->previous = end;
    *link = first;
    if (!(job_list_levels(list) & bit) || list->last[level] == before)
        list->last[level] = end;
    job_list_set_levels(list, job_list_levels(list) | bit);
    job_list_lengthen(list, count, first->place ? 0 : count);
}

/* Behind all jobs that are not below it. */
static inline void job_list_append(struct job_list *list, yoke_job *job)
{
    job_list_insert_behind(list, job_list_last(list, job->level), job, job, 1);
}

/* The first job's link back is not kept, as the next worker's cache would have to fetch it. */
static inline void job_list_remove(struct job_list *list, yoke_job *job)
{
    yoke_job *next = job->next;
    yoke_job *previous = list->first == job ? NULL : job->previous;
    if (previous) {
        previous->next = next;
        if (next)
            next->previous = previous;
    } else {
        list->first = next;
        __builtin_prefetch(next, 1);
        __builtin_prefetch(job->ahead, 1);
    }
    if (list->last[job->level] == job) {
        if (previous && previous->level == job->level)
            list->last[job->level] = previous;
        else
            job_list_set_levels(list, job_list_levels(list) & ~(UINT64_C(1) << job->level));
    }
    job_list_lengthen(list, (size_t)-1, job->place ? 0 : (size_t)-1);
}

/* All jobs, linked by `next`; the list is empty then. */
static inline yoke_job *job_list_take_all(struct job_list *list)
{
    yoke_job *first = list->first;
    list->first = NULL;
    job_list_set_levels(list, 0);
    job_list_lengthen(list, -job_list_length(list), -job_list_loose(list));
    return first;
}

#endif
