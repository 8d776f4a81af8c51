/* Shares frames and takes them, by one word a deque: see deque.h. */
#include "deque.h"

#include <stdlib.h>

#include "base/delay.h"

/* The word: the use, how many frames were taken, and how many are shared or taken. */
#define TAKEN_ONE (UINT64_C(1) << 16)
#define USE_ONE   (UINT64_C(1) << 32)

static unsigned split_of(uint64_t word)
{
    return (unsigned)(word & 0xffff);
}

static unsigned taken_of(uint64_t word)
{
    return (unsigned)(word / TAKEN_ONE & 0xffff);
}

static unsigned use_of(uint64_t word)
{
    return (unsigned)(word / USE_ONE);
}

_Static_assert(DEQUE_FRAMES < 1 << 16, "the word counts them");

static yoke_frame **head_of(const struct deque *deque)
{
    return __atomic_load_n(&deque->forks.head, __ATOMIC_RELAXED);
}

struct deque *deque_new(void)
{
    struct deque *deque = aligned_alloc(alignof(struct deque), sizeof *deque);
    if (!deque)
        return NULL;
    deque->forks.head = deque->slot;
    deque->none = NULL;
    deque->own = NULL;
    deque->next = NULL;
    atomic_init(&deque->shared, 0);
    return deque;
}

void deque_renew(struct deque *deque)
{
    uint64_t word = atomic_load_explicit(&deque->shared, memory_order_relaxed);
    deque->tree = NULL;
    deque->forks.forked = 0;
    deque->forks.split = deque->slot;
    deque_ask(deque);
    atomic_store(&deque->shared, (word / USE_ONE + 1) * USE_ONE);
}

/* ---- the owner ------------------------------------------------------------------------------- */

unsigned deque_frames(const struct deque *deque)
{
    return (unsigned)(head_of(deque) - deque->slot);
}

unsigned deque_private(const struct deque *deque)
{
    return (unsigned)(head_of(deque) - deque->forks.split);
}

void deque_share(struct deque *deque)
{
    unsigned count = (deque_private(deque) + 1) / 2;
    yoke_frame **split = deque->forks.split;
    for (unsigned i = 0; i < count; i++) {
        split[i]->state = FRAME_SHARED;
        split[i]->reserved[0] = NULL; /* its taker, see forks.c */
    }
    deque->forks.split = split + count;
    delay_here();
    atomic_fetch_add(&deque->shared, count);
}

bool deque_unshare(struct deque *deque)
{
    unsigned newest = deque_frames(deque) - 1;
    uint64_t word = atomic_load(&deque->shared);
    while (taken_of(word) <= newest) {
        unsigned split = taken_of(word) + (newest - taken_of(word)) / 2;
        delay_here();
        if (atomic_compare_exchange_weak(&deque->shared, &word, word - split_of(word) + split)) {
            deque->forks.split = deque->slot + split;
            return true;
        }
    }
    return false;
}

/* All frames were taken, and so nobody can change the word. */
void deque_drop_taken(struct deque *deque)
{
    unsigned newest = deque_frames(deque) - 1;
    uint64_t word = atomic_load_explicit(&deque->shared, memory_order_relaxed);
    deque->forks.split = deque->slot + newest;
    __atomic_store_n(&deque->forks.head, deque->slot + newest, __ATOMIC_RELAXED);
    atomic_store(&deque->shared, use_of(word) * USE_ONE + newest * TAKEN_ONE + newest);
}

void deque_abandon(struct deque *deque, unsigned frames)
{
    uint64_t word = atomic_load(&deque->shared);
    while (!atomic_compare_exchange_weak(&deque->shared, &word,
                                         use_of(word) * USE_ONE + frames * (TAKEN_ONE + 1)))
        ;
    deque->forks.split = deque->slot + frames;
    __atomic_store_n(&deque->forks.head, deque->slot + frames, __ATOMIC_RELAXED);
}

/* ---- others ---------------------------------------------------------------------------------- */

unsigned deque_use(const struct deque *deque)
{
    return use_of(atomic_load(&deque->shared));
}

bool deque_has_some(const struct deque *deque)
{
    unsigned taken = taken_of(atomic_load_explicit(&deque->shared, memory_order_relaxed));
    return head_of(deque) > deque->slot + taken;
}

bool deque_holds_back(const struct deque *deque)
{
    unsigned split = split_of(atomic_load_explicit(&deque->shared, memory_order_relaxed));
    return head_of(deque) > deque->slot + split;
}

/* The slot is read once the frame is the thief's: until it has run nobody else writes there. */
yoke_frame *deque_take(struct deque *deque, unsigned use)
{
    uint64_t word = atomic_load(&deque->shared);
    while (use_of(word) == use && taken_of(word) < split_of(word)) {
        delay_here();
        if (atomic_compare_exchange_weak(&deque->shared, &word, word + TAKEN_ONE))
            return __atomic_load_n(&deque->slot[taken_of(word)], __ATOMIC_RELAXED);
    }
    return NULL;
}
