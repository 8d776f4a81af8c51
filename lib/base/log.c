/* The log: hands lines to the callback that the program has registered, if it has. */
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static yoke_log_callback registered;
static void *registered_context;
static yoke_log_level registered_level;

void yoke_log_set(yoke_log_callback callback, void *context, yoke_log_level level)
{
    pthread_mutex_lock(&lock);
    registered = callback;
    registered_context = context;
    registered_level = level;
    pthread_mutex_unlock(&lock);
}

static void write_line(yoke_log_level level, const char *format, va_list arguments)
{
    /* The callback runs outside the lock: it may be slow, and may set the log itself. */
    pthread_mutex_lock(&lock);
    yoke_log_callback callback = level <= registered_level ? registered : NULL;
    void *context = registered_context;
    pthread_mutex_unlock(&lock);
    if (!callback)
        return;

    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    callback(level, line, context);
}

void log_write(yoke_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(level, format, arguments);
    va_end(arguments);
}

void yoke_log(yoke_log_level level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_line(level, format, arguments);
    va_end(arguments);
}
