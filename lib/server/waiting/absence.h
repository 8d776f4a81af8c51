/* Around a sleep of a thread that waits for other threads: stand-ins run jobs meanwhile. */
#ifndef SERVER_ABSENCE_H
#define SERVER_ABSENCE_H

/* Of all workers that the calling thread is, if any: each gives up its permit, number and core
 * slot, and gets a permit and a number again. */
void absence_begin(void);
void absence_end(void);

#endif
