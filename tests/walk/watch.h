/* A watchdog: when nothing moves for some seconds it tells who waits for whom, and ends the
 * process. */
#ifndef WALK_WATCH_H
#define WALK_WATCH_H

void watch_start(void);

#endif
