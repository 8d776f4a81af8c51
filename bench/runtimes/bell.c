/* See bell.h. */
#include "bell.h"

#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime.h"

enum { BELL_MUTE, BELL_AWAITED, BELL_RUNG };

void bell_ring(struct bell *bell)
{
    if (__atomic_exchange_n(&bell->state, BELL_RUNG, __ATOMIC_ACQ_REL) == BELL_AWAITED)
        syscall(SYS_futex, &bell->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void bell_await(struct bell *bell)
{
    for (int64_t end = now() + 5000; now() < end; sched_yield())
        for (int i = 0; i < 8; i++) {
            if (__atomic_load_n(&bell->state, __ATOMIC_ACQUIRE) == BELL_RUNG)
                return;
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
    unsigned mute = BELL_MUTE;
    __atomic_compare_exchange_n(&bell->state, &mute, BELL_AWAITED, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    while (__atomic_load_n(&bell->state, __ATOMIC_ACQUIRE) != BELL_RUNG)
        syscall(SYS_futex, &bell->state, FUTEX_WAIT_PRIVATE, BELL_AWAITED, NULL, NULL, 0);
}
