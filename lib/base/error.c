/* Texts of the status codes, and the line that a failed call leaves for yoke_last_error(). */
#include "error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_error[512];

/* Whether the line is of what runs now, a kernel for instance, rather than of something before it
 * or inside of it; and the status that it came with. */
static _Thread_local struct {
    bool own;
    yoke_status status;
} origin __attribute__((tls_model("initial-exec")));

const char *yoke_status_text(yoke_status status)
{
    switch (status) {
    case YOKE_OK:
        return "success";
    case YOKE_INVALID:
        return "invalid argument";
    case YOKE_NO_MEMORY:
        return "out of memory";
    case YOKE_NO_THREADS:
        return "too many threads for this system";
    case YOKE_CLOSED:
        return "the server is closed";
    case YOKE_FORKED:
        return "the server belongs to the parent process";
    case YOKE_TIMED_OUT:
        return "timed out";
    case YOKE_DEADLOCK:
        return "the wait could never end";
    case YOKE_NOT_DONE:
        return "not done yet";
    case YOKE_SIZE_MISMATCH:
        return "wrong buffer size";
    case YOKE_JOB_FAILED:
        return "the job failed";
    case YOKE_CANCELLED:
        return "the job was cancelled";
    case YOKE_OVERFLOW:
        return "the result does not fit";
    case YOKE_WOULD_BLOCK:
        return "the queue is full";
    case YOKE_SYSTEM:
        return "the operating system refused";
    case YOKE_LOST:
        return "the job was lost";
    }
    return "unknown status";
}

const char *yoke_last_error(void)
{
    return last_error;
}

/* Prints into a second buffer first: the old line may be among the arguments. */
static void record(yoke_status status, const char *format, va_list arguments)
{
    char line[sizeof last_error];
    vsnprintf(line, sizeof line, format, arguments);
    strcpy(last_error, line);
    origin.own = true;
    origin.status = status;
}

yoke_status error_set(yoke_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(status, format, arguments);
    va_end(arguments);
    return status;
}

yoke_status yoke_error_set(yoke_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record(status, format, arguments);
    va_end(arguments);
    return status;
}

bool error_enter(void)
{
    bool outer = origin.own;
    origin.own = false;
    return outer;
}

const char *error_leave(bool outer, yoke_status status)
{
    bool own = origin.own;
    origin.own = outer && !own;
    return own && origin.status == status ? last_error : NULL;
}
