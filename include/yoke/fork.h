/* Fork and join: dividing a computation inside a job, at the price of a function call or two.
 *
 *     struct call { int n; long result; };
 *     static long fib(yoke_forks *forks, int n);
 *
 *     static yoke_status fib_call(yoke_forks *forks, void *argument)
 *     {
 *         struct call *call = argument;
 *         call->result = fib(forks, call->n);
 *         return YOKE_OK;
 *     }
 *
 *     static long fib(yoke_forks *forks, int n)
 *     {
 *         if (n < 2)
 *             return n;
 *         struct call one = {n - 1, 0};
 *         yoke_frame frame;
 *         yoke_fork(forks, &frame, fib_call, &one);      // somebody else may do this
 *         long two = fib(forks, n - 2);
 *         yoke_join_call(forks, &frame, fib_call, &one);
 *         return one.result + two;
 *     }
 *
 *     static yoke_status kernel(yoke_context *context, const void *argument, void *result)
 *     {
 *         *(long *)result = fib(yoke_forks_here(), *(const int *)argument);
 *         return YOKE_OK;
 *     }
 *
 * A fork is no job: it has no state, no handle, no limits and no statistics of its own. It is a
 * frame on the caller's stack, whose address lies in a deque of the calling worker until the frame
 * is joined. Idle workers of the server, those of the same NUMA node first, take the oldest frames,
 * which mostly are the largest; they sleep while there are none, and a fork wakes one only when it
 * finds that nobody is looking for work. The calling worker does what was not taken itself, when it
 * joins. If a frame was taken, and is not done, a thread that joins it helps with what its taker
 * has forked, and with nothing else; when there is nothing of that kind it sleeps, and a stand-in
 * runs jobs meanwhile.
 *
 * Everything forked belongs to the job of the kernel: yoke_context_cancelled() holds within it on
 * any thread, yoke_forks_cancelled() does where there is no context at hand, and its limits are the
 * job's. It may do all that the kernel may: submit jobs, wait for jobs, run loops, fork.
 *
 * Every frame must be joined before the function that holds it returns, also on the way out after a
 * failure: others may be writing to it. A kernel that returns without having done so fails with
 * YOKE_INVALID.
 *
 * Cost, on a Zen 5: about 2 ns for a fork and a join of what nobody takes, and less than a
 * microsecond for what somebody takes. The first fork of a kernel takes 50 ns more, or as long as
 * waking a worker when all sleep.
 *
 * Sources: Blumofe and Leiserson, "Scheduling multithreaded computations by work stealing" (JACM
 * 1999); van Dijk and van de Pol, "Lace: non-blocking split deque for work-stealing" (Euro-Par
 * 2014), for the split; Wagner and Calder, "Leapfrogging" (PPoPP 1993), for what a join may help
 * with. */
#ifndef YOKE_FORK_H
#define YOKE_FORK_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct yoke_frame yoke_frame;

/* Where a thread forks: the deque of a worker. Belongs to the library, lasts as long as the kernel,
 * piece or forked function that it was given to runs, and is of use to that thread alone. Its
 * fields are for the functions below. */
typedef struct yoke_forks {
    yoke_frame *
        *limit;        /* where a fork has to look further; others set it to NULL: they want work */
    yoke_frame **head; /* behind the newest frame                                               */
    yoke_frame **split; /* frames from here on are not to be taken                               */
    uint64_t forked;    /* calls, ever                                                           */
} yoke_forks;

/* What is forked. `forks` is the deque of the thread that runs it, which may be another one than
 * where it was forked; `argument` is what was given to yoke_fork(). What it returns is what
 * yoke_join() will. Called once. */
typedef yoke_status (*yoke_fork_function)(yoke_forks *forks, void *argument);

/* A call that was forked, from yoke_fork() to yoke_join(). Need not be initialised. Its fields are
 * for the functions below. */
struct yoke_frame {
    yoke_fork_function function; /* NULL: it has returned `status`                               */
    void *argument;
    void *reserved[4];
    unsigned state;
    yoke_status status;
};

/* Where the calling thread forks: in a kernel, a piece of a loop on a worker of the server, or a
 * forked function, which has it as its argument. Anywhere else, and when there is no memory for a
 * deque, it answers a deque that runs at once whatever is forked: so it never is NULL, and nothing
 * fails. Valid until the kernel or piece returns. Does not block. Cost: 5 ns. */
yoke_forks *yoke_forks_here(void);

/* Whether what runs is to leave early: the job that it is part of was cancelled or is out of time,
 * or its server closes. Any thread, with its own deque. Cost: 2 ns. */
bool yoke_forks_cancelled(const yoke_forks *forks);

/* For the inline functions: what they do when there is more to it. */
void yoke_fork_look(yoke_forks *forks);
yoke_status yoke_join_look(yoke_forks *forks, yoke_frame *frame);

/* Forks a call of `function`: it is called once, by the time that yoke_join() returns, on any
 * worker of the server, with `argument`, which is handed on and not copied. `frame` is the
 * caller's, and must stay where it is until it is joined; it must not be in use. Where 4096 frames
 * of one thread are forked and not joined, the call is made at once. Never fails, and does not
 * block. */
static inline void yoke_fork(yoke_forks *forks, yoke_frame *frame, yoke_fork_function function,
                             void *argument)
{
    yoke_frame **head = forks->head;
    frame->function = function;
    frame->argument = argument;
    forks->forked++;
    __atomic_store_n(head, frame, __ATOMIC_RELAXED);
    __atomic_store_n(&forks->head, head + 1, __ATOMIC_RELAXED);
    if (__builtin_expect(head >= __atomic_load_n(&forks->limit, __ATOMIC_RELAXED), 0))
        yoke_fork_look(forks);
}

/* Whether it is the newest frame, and nobody can have taken it. */
static inline bool yoke_frame_is_mine(const yoke_forks *forks, const yoke_frame *frame)
{
    yoke_frame **newest = forks->head - 1;
    return __builtin_expect(newest >= forks->split && *newest == frame, 1);
}

/* Waits until the forked call has returned, and answers what it returned. Calls it if nobody has
 * taken it. `frame` is free afterwards. Of several frames the newest is best joined first: others
 * may be joined, but that first calls all newer ones.
 *
 * Errors: what the function returned, and yoke_last_error() is its own if that was the status of
 * its latest yoke call that failed. YOKE_CANCELLED, without a call, if somebody had taken it and
 * the job was to leave early by then: so a function that was forked may not have been called after
 * a cancel. YOKE_INVALID (a frame that was not forked here, or that was joined before). */
static inline yoke_status yoke_join(yoke_forks *forks, yoke_frame *frame)
{
    if (!yoke_frame_is_mine(forks, frame))
        return yoke_join_look(forks, frame);
    __atomic_store_n(&forks->head, forks->head - 1, __ATOMIC_RELAXED);
    return frame->function(forks, frame->argument);
}

/* The same, where `function` and `argument` are those that the frame was forked with: a call that
 * the compiler knows, and may make inline, takes half of the time. */
static inline yoke_status yoke_join_call(yoke_forks *forks, yoke_frame *frame,
                                         yoke_fork_function function, void *argument)
{
    if (!yoke_frame_is_mine(forks, frame))
        return yoke_join_look(forks, frame);
    __atomic_store_n(&forks->head, forks->head - 1, __ATOMIC_RELAXED);
    return function(forks, argument);
}

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
