/* One word for all threads of the process that wait for several jobs, or for jobs whose turn has
 * not come: a job would need room for a list of them otherwise. Each looks at its own jobs again
 * when the word has changed. A thread that changes a watched job tells them, and pays for no more
 * than a look where nobody watches.
 *
 *     watch_enter();
 *     for (;;) {
 *         unsigned seen = watch_look();
 *         ...                          look at the jobs, which have JOB_WATCHED by now
 *         watch_sleep(seen, deadline);
 *     }
 *     watch_leave(); */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

enum watch_event {
    WATCH_JOB,       /* a job that is watched has changed */
    WATCH_DEPENDENT, /* a dependent job has ended before its turn, so others may come sooner, or
                        what it comes after has become known */
    WATCH_STUCK      /* jobs are queued, and their server has no thread left that could run them */
};

void watch_enter(void);
void watch_leave(void);

unsigned watch_look(void);

/* False once the deadline has passed; negative for never. */
bool watch_sleep(unsigned seen, int64_t deadline);

/* After the change. */
void watch_tell(enum watch_event event);

/* How often an event of that kind was told. WATCH_JOB is not counted. */
unsigned watch_count(enum watch_event event);

/* After a fork, in the child: nobody watches. */
void watch_reset(void);

#endif
