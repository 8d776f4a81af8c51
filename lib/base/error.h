/* What yoke_last_error() answers: one line with the cause and the remedy. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "yoke/status.h"

/* Records the printf-formatted line as the calling thread's latest failure and returns `status`,
 * so that a failing call can end in `return error_set(YOKE_INVALID, ...)`. Keeps 511 bytes. */
yoke_status error_set(yoke_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/* From here on the calling thread's failures are those of something new, a kernel for instance,
 * which may run inside another one. Answers what error_leave() takes at its end, on the same
 * thread. */
bool error_enter(void);

/* The line of the thread's latest failure, if that came from what ends here, nothing inside of it,
 * and with this status; else NULL. It stays until the next failure. */
const char *error_leave(bool outer, yoke_status status);

#endif
