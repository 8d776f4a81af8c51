/* How calls answer: status codes, the text that explains a failure, and the log.
 *
 * Every call that can fail returns a yoke_status and gives its results through out-parameters,
 * which it leaves untouched unless it returns YOKE_OK. The library never prints and never exits:
 * its messages go to yoke_last_error() and to the log callback. */
#ifndef YOKE_STATUS_H
#define YOKE_STATUS_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef enum yoke_status {
    YOKE_OK = 0,        /* the call did what it says                                          */
    YOKE_INVALID,       /* an argument lies outside its domain; nothing was changed           */
    YOKE_NO_MEMORY,     /* out of memory, or the size is impossible; nothing was changed      */
    YOKE_NO_THREADS,    /* the system refused the threads asked for                           */
    YOKE_CLOSED,        /* the server is closed, or closed before the job could run           */
    YOKE_FORKED,        /* the server was opened by the parent of this process                */
    YOKE_TIMED_OUT,     /* the time allowed for this call passed; what it waited for goes on  */
    YOKE_DEADLOCK,      /* the wait could never end: a job waits for itself or its ancestor   */
    YOKE_NOT_DONE,      /* the job has no result yet                                          */
    YOKE_SIZE_MISMATCH, /* a buffer's size is not the size of what it is to hold              */
    YOKE_JOB_FAILED,    /* the job's kernel reported a failure: see yoke_job_message()        */
    YOKE_CANCELLED,     /* the job was cancelled before it could finish                       */
    YOKE_OVERFLOW,      /* the exact answer does not fit its type                             */
    YOKE_WOULD_BLOCK,   /* the queue is full, and the call was not to wait for room           */
    YOKE_SYSTEM,        /* the operating system or a library refused; the error text has it   */
    YOKE_LOST           /* every node that was given the job died or fell silent              */
} yoke_status;

/* One short English phrase for a status, such as "out of memory"; "unknown status" for a value
 * that is none. Static storage. Any thread; never blocks. */
const char *yoke_status_text(yoke_status status);

/* The cause and the remedy of the latest failure of a yoke call on the calling thread, in one
 * line without a newline; "" when none has failed yet. A call that succeeds leaves it as it was,
 * so look at it only after a failure. The text is the calling thread's own and stays until that
 * thread's next failure. Never blocks. */
const char *yoke_last_error(void);

/* For libraries on top of yoke: records the printf-formatted line as the calling thread's latest
 * failure and returns `status`, so that a failing call can end in `return yoke_error_set(...)`.
 * Keeps 511 bytes. The arguments may have yoke_last_error() among them. Never blocks. */
yoke_status yoke_error_set(yoke_status status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

typedef enum yoke_log_level { YOKE_LOG_WARNING = 1, YOKE_LOG_INFO, YOKE_LOG_DEBUG } yoke_log_level;

/* Receives what the library notices but no return value can carry: a callback that failed, a
 * thread that could not be bound to its core. May be called from any thread, several at a time;
 * must not call back into yoke. `line` has no newline and is valid during the call only. */
typedef void (*yoke_log_callback)(yoke_log_level level, const char *line, void *context);

/* Sends every message of at most `level` to `callback` from now on; NULL turns the log off, as
 * it is at the start. `context` is handed to each call and must live until the log is set again
 * and every call of it that has begun has returned. Any thread. */
void yoke_log_set(yoke_log_callback callback, void *context, yoke_log_level level);

/* For libraries on top of yoke: hands the printf-formatted line to the callback if the level is
 * among those it was set for. Keeps 511 bytes. Cost: a lock when nobody listens. */
void yoke_log(yoke_log_level level, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
