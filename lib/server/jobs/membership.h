/* Which jobs belong to a group: a doubly linked list of those that are not settled. */
#ifndef SERVER_MEMBERSHIP_H
#define SERVER_MEMBERSHIP_H

#include "base/lock.h"
#include "job.h"
#include "yoke/group.h"

struct yoke_group {
    struct lock lock;
    atomic_size_t references; /* the user's, and one of each job that is not settled */
    unsigned generation;
    yoke_server *server;
    yoke_job *first, *last; /* under the lock, like these */
    uint64_t cancels;
    atomic_uint arriving; /* jobs announced that have not joined; a futex */
    atomic_uint waiters;  /* threads that wait for them */
};

/* A job with extras, held by the caller, is about to be pushed, and then has been. It joins the
 * group in the second step, since a thread that finds it there may take it out of its queue.
 * Threads that wait for the group wait for all second steps that are outstanding. The second step
 * answers whether the group was cancelled meanwhile: then the caller cancels the job. */
void membership_announce(yoke_group *group, yoke_job *job);
bool membership_join(yoke_job *job);

/* It has not been pushed after all. */
void membership_withdraw(yoke_job *job);

/* The job has settled: it leaves its group, if it is in one. */
void membership_leave(yoke_job *job);

/* Takes the job out of the group's list if it is still in. */
void membership_remove(yoke_group *group, yoke_job *job);

/* Under the group's lock: at the end of the list, and out of it. */
void membership_append(yoke_group *group, yoke_job *job);
void membership_take_out(yoke_group *group, yoke_job *job);

/* One reference less; the last one frees the group. */
void membership_release(yoke_group *group);

#endif
