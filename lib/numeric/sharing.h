/* Sharing the leaves of a loop among threads: each draws runs of them until none is left or the
 * loop is to end early. */
#ifndef NUMERIC_SHARING_H
#define NUMERIC_SHARING_H

#include <stdalign.h>
#include <stdatomic.h>

#include "leaves.h"
#include "numbers.h"
#include "pace.h"
#include "scope.h"
#include "server/lifecycle/context.h" /* MESSAGE_SIZE */
#include "server/lifecycle/region.h"
#include "slices.h"
#include "worth.h"
#include "yoke/loop.h"

/* A loop that is being done. */
struct yoke_sharing {
    struct region region; /* where workers join; the first, so that it leads here */
    yoke_loop loop;       /* as this library knows it */
    const char *name;     /* in messages */
    uintptr_t key;        /* by which its pace is remembered */
    struct leaves leaves;
    yoke_server *server;
    const yoke_job *job;        /* that the loop is part of, or NULL */
    unsigned workers;           /* the most threads at a time */
    int64_t deadline;           /* as os_now(); 0: none */
    const struct scope *around; /* the calling thread's */
    /* What a thread does that takes part: calls sharing_draw(). */
    void (*take_part)(struct yoke_sharing *sharing, unsigned worker);
    void *work; /* of who made the loop */
    struct worth worth;
    uint64_t recalled;   /* pace of a leaf, the last times */
    int64_t alone_below; /* what takes less, the first thread does alone */
    uint64_t alone;      /* leaves that it has done before it called for help */
    int64_t busy;        /* and how long these took */
    bool called;         /* for help */
    struct slices slices;
    alignas(64) atomic_int status; /* the first that is not YOKE_OK */
    char message[MESSAGE_SIZE];    /* what it says, or "" */
    struct numbers numbers;        /* of threads that take part */
};

/* Does the leaves first <= leaf < end; `piece` has all but its range and accumulator. */
typedef yoke_status (*sharing_run)(yoke_piece *piece, uint64_t first, uint64_t end, void *mine);

/* Looks at the loop and fills `sharing` from it: all but take_part, work and leaves. */
yoke_status sharing_open(struct yoke_sharing *sharing, yoke_server *server, const yoke_loop *loop);

/* Has take_part() called by the calling thread, and by others that help, and waits for all of them.
 * Answers how the loop has ended. */
yoke_status sharing_do(struct yoke_sharing *sharing);

/* For take_part(): opens the worker's state, draws runs of at most `most` leaves and has them done
 * until none is left, closes it. */
void sharing_draw(struct yoke_sharing *sharing, unsigned worker, uint64_t most, sharing_run run,
                  void *mine);

/* The loop ends with that status, if it is the first. */
void sharing_fail(struct yoke_sharing *sharing, yoke_status status, const char *message);

/* For a body that knows it: nothing is left to do. The loop ends well when the pieces that have
 * begun have returned, and these are not told to leave. */
void sharing_finish(const yoke_piece *piece);

/* For a body, before it returns: the calling thread is to leave the loop, unless it has called it,
 * for whatever else a worker finds to do. It may come back. */
void sharing_leave(void);

/* Between leaves: false when the loop is to end early, which it then does. */
bool sharing_goes_on(struct yoke_sharing *sharing);

/* Between the leaves of a reduction or scan, this many of a run after the first: the same, but it
 * looks only now and then, as most leaves take less than the look. A run of leaves that take long
 * is short. */
static inline bool sharing_goes_on_after(struct yoke_sharing *sharing, uint64_t leaves)
{
    enum { LEAVES_A_LOOK = 8 };
    return leaves % LEAVES_A_LOOK || !leaves || sharing_goes_on(sharing);
}

#endif
