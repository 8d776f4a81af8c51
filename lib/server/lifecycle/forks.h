/* What is forked on a worker: where its frames lie, and who helps with them.
 *
 * Whatever runs on a worker, a kernel, a callback, or its part of a region, has a deque of its own
 * from when it asks for one until it ends. With its first fork it becomes the root of a *tree*: a
 * region (region.h) whose helpers take frames from all deques of the tree, run them, and fork
 * themselves, in deques that are part of the tree as well. A helper that has found nothing for a
 * while leaves.
 *
 * An owner looks up from its fast path only where somebody has asked for it, by setting its limit:
 * it then shares frames and, if nobody looks for any, calls one helper more. Who asks is
 *
 *   - the beginning of each use of a deque;
 *   - a helper that looks for frames, of the deques that hold some back;
 *   - a helper that has found one, if now nobody looks any more: of the deque that it has it from,
 *     and, if there are no frames anywhere, of all; if there are some it calls another helper
 *     itself;
 *   - a helper that has found none and is about to leave, of all deques; then it looks once more;
 *   - who submits a job for which no worker is free, of the deques of all workers: helpers, and for
 *     a more urgent job also the others, lend themselves to it;
 *   - a resize: where there was one worker before, there was nobody to call.
 *
 * So no call is missed: an owner that sees a helper looking resets its limit before that, and the
 * helper asks or calls after it has ceased to look. A call stands though all workers are there: one
 * may be about to leave. tests/model/forks.pml is the proof. */
#ifndef SERVER_FORKS_H
#define SERVER_FORKS_H

#include "region.h"
#include "server/scheduler/deque.h"
#include "server/worker.h"

/* Threads that help with a tree at a time, and its root. */
enum { FORKS_MEMBERS = 256 };

struct fork_tree {
    struct region region; /* the first, so that it leads here */
    struct deque *_Atomic members[FORKS_MEMBERS];
    atomic_uint count;     /* members there ever were at a time */
    atomic_uint searching; /* helpers that look for frames */
    atomic_uint called;    /* 1: one was called and has not come yet */
    atomic_bool closed;    /* all is joined */
};

/* What the thread did before. */
struct forks_outer {
    struct deque *deque;
    int mark;
};

extern const char forks_not_joined[];

/* Waits for those who help, if any. False when not all that was forked has been joined. */
bool forks_close(struct worker *thread);

/* Written by the thread alone; others may ask what they find there. */
static inline struct deque *forks_deque(const struct worker *thread)
{
    return atomic_load_explicit(&thread->deque, memory_order_relaxed);
}

static inline void forks_set_deque(struct worker *thread, struct deque *deque)
{
    atomic_store_explicit(&thread->deque, deque, memory_order_relaxed);
}

/* Around whatever may fork, on its thread. forks_leave() answers what forks_close() does. */
static inline void forks_enter(struct worker *thread, struct forks_outer *outer)
{
    outer->deque = forks_deque(thread);
    outer->mark = thread->own_mark;
    if (outer->deque)
        forks_set_deque(thread, NULL);
}

static inline bool forks_leave(struct worker *thread, const struct forks_outer *outer)
{
    bool joined = true;
    if (forks_deque(thread))
        joined = forks_close(thread);
    if (outer->deque)
        forks_set_deque(thread, outer->deque);
    thread->own_mark = outer->mark;
    return joined;
}

/* Whether it is the deque of threads that have none: nothing is ever in it. */
bool forks_are_alone(const yoke_forks *forks);

/* Runs a frame that was taken. */
void forks_run(struct deque *deque, yoke_frame *frame);

/* What the taker of a frame has forked: one that can be taken, or NULL. */
yoke_frame *forks_take_from_taker(const yoke_frame *frame);

/* Keeps what a frame returned and said, which is called before its own join. */
void forks_keep(yoke_frame *frame, yoke_status status, const char *message);

/* Once the frame is done: what it returned, and said. */
yoke_status forks_answer(yoke_frame *frame);

/* The deques that a thread has to spare. */
void forks_free(struct deque *spare);

#endif
