/* What yoke_last_error() answers: one line with the cause and the remedy. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "yoke/status.h"

/* Records the printf-formatted line as the calling thread's latest failure and returns `status`,
 * so that a failing call can end in `return error_set(YOKE_INVALID, ...)`. Keeps 511 bytes. */
yoke_status error_set(yoke_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
