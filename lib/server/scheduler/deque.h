/* The deque of a thread that forks: see yoke/fork.h. Its owner pushes and pops frames at the newest
 * end, without fences, while others take the oldest.
 *
 * The frames below the *split* are shared, those above it the owner's alone. How many were taken,
 * and the split, are one word, which the owner and thieves change by compare-and-swap; the owner
 * touches it only to share more frames and to take shared ones back. Frames are shared when
 * somebody has set the limit to NULL, which the owner sees at its next fork.
 *
 * A deque serves one *use* after another: what runs on a thread at a time. The word has the number
 * of the use, so a thief that has found a deque, and was held up, takes nothing from the next one.
 */
#ifndef SERVER_DEQUE_H
#define SERVER_DEQUE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#include "yoke/fork.h"

/* Frames of a thread at a time: as many as a stack of 8 MiB has room for, at 2 KiB each. */
enum { DEQUE_FRAMES = 4096 };

enum frame_state { FRAME_SHARED, FRAME_AWAITED, FRAME_DONE };

struct fork_tree;

struct deque {
    yoke_forks forks;       /* the first, so that it leads here */
    struct fork_tree *tree; /* that its frames belong to; NULL: nobody else takes any */
    struct fork_tree *own;  /* the one that it is the root of now and then, or NULL */
    struct deque *next;     /* of those that the thread has to spare */
    unsigned node;          /* of the thread */
    alignas(64) atomic_uint_fast64_t shared;
    alignas(64) yoke_frame *none;       /* what stands before the first slot */
    yoke_frame *slot[DEQUE_FRAMES + 1]; /* the last one for what is called at once */
};

static inline struct deque *deque_of(yoke_forks *forks)
{
    return (struct deque *)forks;
}

/* A deque without frames; NULL without memory. */
struct deque *deque_new(void);

/* For the next use. It has no frames. */
void deque_renew(struct deque *deque);

/* ---- for the owner ---- */

/* How many frames there are, and how many of them nobody else can take. */
unsigned deque_frames(const struct deque *deque);
unsigned deque_private(const struct deque *deque);

/* Shares half of the private frames, one at least; there are some. */
void deque_share(struct deque *deque);

/* Makes the newest frame, which is shared, private again, and half of the older ones with it. False
 * when it was taken. */
bool deque_unshare(struct deque *deque);

/* Drops the newest frame, which was taken. */
void deque_drop_taken(struct deque *deque);

/* Drops all but so many frames, for which nobody waits. What was taken of them goes on. */
void deque_abandon(struct deque *deque, unsigned frames);

/* Nobody has asked for anything from now on. */
static inline void deque_go_on(struct deque *deque)
{
    __atomic_store_n(&deque->forks.limit, deque->slot + DEQUE_FRAMES, __ATOMIC_SEQ_CST);
}

/* ---- for others ---- */

/* Asks the owner to share frames, or whatever else there is to do. */
static inline void deque_ask(struct deque *deque)
{
    __atomic_store_n(&deque->forks.limit, (yoke_frame **)0, __ATOMIC_SEQ_CST);
}

static inline bool deque_is_asked(const struct deque *deque)
{
    return !__atomic_load_n(&deque->forks.limit, __ATOMIC_RELAXED);
}

/* The use that the deque is in; only while the caller knows that it is in one. */
unsigned deque_use(const struct deque *deque);

/* Whether there are frames that nobody has taken, as far as can be told from outside. */
bool deque_has_some(const struct deque *deque);

/* Whether there are frames that the owner has not shared, as far as can be told from outside. */
bool deque_holds_back(const struct deque *deque);

/* Takes the oldest frame of that use; NULL when none is shared. */
yoke_frame *deque_take(struct deque *deque, unsigned use);

#endif
