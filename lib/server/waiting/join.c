/* Joining a frame that is not simply the newest, which nobody can have taken: see yoke/fork.h. */
#include "absence.h"
#include "base/delay.h"
#include "base/error.h"
#include "server/lifecycle/forks.h"

/* How long a thread looks whether a frame is done before it sleeps, as wait.c does. */
enum { SPIN_NANOSECONDS = 20000, LOOKS_AT_A_TIME = 8 };

static bool is_done(const yoke_frame *frame)
{
    return __atomic_load_n(&frame->state, __ATOMIC_ACQUIRE) == FRAME_DONE;
}

/* A stand-in has the thread's core meanwhile. */
static void sleep_until_done(yoke_frame *frame)
{
    unsigned expected = FRAME_SHARED;
    if (!__atomic_compare_exchange_n(&frame->state, &expected, FRAME_AWAITED, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    int64_t start = os_now();
    absence_begin();
    delay_here();
    while (!is_done(frame))
        os_sleep((atomic_uint *)&frame->state, FRAME_AWAITED, -1);
    delay_here();
    absence_end();
    self.worker->thread_worker->inner += os_now() - start;
}

/* Helps its taker until it is done, or there has been nothing to help with for a while. */
static void await(struct deque *deque, yoke_frame *frame)
{
    int64_t end = 0;
    for (unsigned i = 0; !is_done(frame); i++) {
        yoke_frame *other = forks_take_from_taker(frame);
        if (other) {
            forks_run(deque, other);
            end = 0;
            continue;
        }
        if (i % LOOKS_AT_A_TIME) {
            os_pause();
            continue;
        }
        int64_t now = os_now();
        end = end ? end : now + SPIN_NANOSECONDS;
        if (now >= end || os_processors() == 1)
            sleep_until_done(frame);
    }
}

static yoke_status join_newest(struct deque *deque)
{
    yoke_frame **newest = deque->forks.head - 1;
    yoke_frame *frame = *newest;
    if (newest >= deque->forks.split || deque_unshare(deque)) {
        __atomic_store_n(&deque->forks.head, newest, __ATOMIC_RELAXED);
        return frame->function(&deque->forks, frame->argument);
    }
    await(deque, frame);
    deque_drop_taken(deque);
    return forks_answer(frame);
}

static bool is_in(const struct deque *deque, const yoke_frame *frame)
{
    yoke_frame *const *slot = deque->forks.head;
    while (slot > deque->slot)
        if (*--slot == frame)
            return true;
    return false;
}

/* What comes before the frame that is joined: its own join is to come. */
static void join_early(struct deque *deque)
{
    yoke_frame *frame = deque->forks.head[-1];
    bool outer = error_enter();
    yoke_status status = join_newest(deque);
    forks_keep(frame, status, error_leave(outer, status));
}

static yoke_status refuse(void)
{
    return error_set(YOKE_INVALID, "a frame that is not forked here, or is joined already; join "
                                   "each once, where it was forked");
}

/* A frame whose function is gone has its status already: it was not put into the deque, or joined
 * together with an older one. Whoever joins it again is refused. */
static yoke_status join_ended(yoke_frame *frame)
{
    if (frame->state != FRAME_DONE)
        return refuse();
    frame->state = FRAME_SHARED;
    return forks_answer(frame);
}

yoke_status yoke_join_look(yoke_forks *forks, yoke_frame *frame)
{
    struct deque *deque = deque_of(forks);
    if (!frame->function)
        return join_ended(frame);
    if (forks_are_alone(forks) || !is_in(deque, frame))
        return refuse();
    while (forks->head[-1] != frame)
        join_early(deque);
    return join_newest(deque);
}
