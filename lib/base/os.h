/* The operating system's part: sleeping on a word, the clock, processors and threads. Everything
 * else in the library is C11, OpenMP, hwloc and POSIX threads (tests/structure/seam.sh tells where
 * not); a port starts with this file, os.c, os_machine.c and memory.c. */
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

/* Wakes at most `count` threads that sleep on `word`. The word may be gone by now: a wake-up that
 * hits a stranger is one without a reason. */
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
 * few hundred nanoseconds does so between its looks: what it waits for may be queued behind it. */
void os_yield(void);

/* Whether the calling thread has used up most of its stack, seven eighths of it: what it calls next
 * may need the rest. A look at a register; the thread's first call asks for its bounds. */
bool os_stack_is_low(void);

/* The processors in the affinity mask the process had when the library was loaded, at least 1. It
 * is what libgomp counts as available, for the life of the process. */
unsigned os_processors(void);

/* The processor that the calling thread is on at this moment; negative where nobody knows. */
int os_processor_here(void);

/* The bytes of a core's cache for data, `level` 1 or 2; 0: the system does not tell. */
size_t os_cache_size(unsigned level);

/* Sets `*text` to the whole content of a file, to be freed; to NULL where it cannot be read, as of
 * what the system tells in files, and hides in containers. False: there was no memory to do so. */
bool os_read_file(const char *path, char **text);

/* Whether it is a device, such as /dev/zero, which a reader may find no end of. */
bool os_is_device(const char *path);

/* Whether the process may have `count` more threads at this moment, with stacks of `stack` bytes
 * (0: the system's own choice), found out by having them: no list of limits (RLIMIT_NPROC, pids.max
 * of every control group above, threads-max, memory for stacks) is complete. They are gone on
 * return. Costs about 20 microseconds a thread. */
enum os_threads {
    OS_THREADS_GRANTED,
    OS_THREADS_REFUSED,
    OS_THREADS_NO_ROOM,  /* for their stacks */
    OS_THREADS_NO_MEMORY /* to find out */
};
enum os_threads os_try_threads(unsigned count, size_t stack);

/* The name of what a chain of symbolic links leads to, also where there is nothing yet; that of any
 * other file is its own. For free(); NULL when there is no memory. */
char *os_follow_links(const char *path);

/* The calling thread, as the system counts it against its limits; and waits until it does not do so
 * any more with a thread of this process that is about to end, which is so only some time after it
 * was joined. */
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
