/* The operating system's part: sleeping on a word, the clock, stacks, affinity masks and threads.
 * Everything else in the library is C11, OpenMP, hwloc and POSIX threads (tests/structure/seam.sh
 * tells where not); a port starts with this file, os.c, processor.c, file.c and memory.c. */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sleeps while *word == expected, until woken or until os_now() reaches `deadline` (negative: no
 * deadline). May wake without a reason: callers look again at what they wait for. Returns false
 * once the deadline has passed. */
bool os_sleep(atomic_uint *word, unsigned expected, int64_t deadline);

/* Wakes at most `count` threads that sleep on `word`. The memory of the word may be
 * in other use by now: a thread that sleeps there then wakes up without a reason. */
void os_wake(atomic_uint *word, unsigned count);

#define OS_EVERYONE 0x7fffffffu

/* Nanoseconds on a clock that never goes back; never 0. */
int64_t os_now(void);

/* `timeout` from now as a deadline for os_sleep(); negative stays negative. */
int64_t os_deadline(int64_t timeout);

/* Tells the processor that this is a spinning loop: saves power, and the sibling's cycles. */
static inline void os_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

/* Lets another thread that waits for this processor have it. A thread that spins for longer than a
 * few hundred nanoseconds calls this each time it has looked: the thread that it waits for may be
 * queued behind it. */
void os_yield(void);

/* Whether the calling thread has used up most of its stack, seven eighths of it: what it calls next
 * may need the rest. A look at a register; the thread's first call asks for its bounds. */
bool os_stack_is_low(void);

/* The processors in the affinity mask the process had when the library was loaded, at least 1. It
 * is what libgomp counts as available, for the life of the process. */
unsigned os_processors(void);

/* Whether the process may have `count` more threads at this moment, with stacks of `stack` bytes
 * (0: the system's own choice), found out by starting them: no list of limits (RLIMIT_NPROC,
 * pids.max of every control group above, threads-max, memory for stacks) is complete. They have
 * ended on return. Costs about 20 microseconds a thread. */
enum os_threads {
    OS_THREADS_GRANTED,
    OS_THREADS_REFUSED,
    OS_THREADS_NO_ROOM,  /* for their stacks */
    OS_THREADS_NO_MEMORY /* to find out */
};
enum os_threads os_try_threads(unsigned count, size_t stack);

/* The calling thread's number in the system. os_await_end() waits until a thread of this process
 * that is about to end does not count against the system's limits any more: that is so only some
 * time after it was joined. Waits a tenth of a second at most. */
int os_thread_id(void);
void os_await_end(int thread_id);

/* The calling thread's affinity mask, to hand on to another thread. */
typedef struct os_affinity os_affinity;

os_affinity *os_affinity_take(void); /* NULL when it cannot be had; freed with free() */
void os_affinity_apply(const os_affinity *affinity);

/* Takes it once more into the same place; false when it cannot be had. */
bool os_affinity_read(os_affinity *affinity);
bool os_affinity_equal(const os_affinity *one, const os_affinity *other);

#endif
