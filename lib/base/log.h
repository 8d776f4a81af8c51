/* What the log receives: one line with the cause and the remedy. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "yoke/status.h"

/* Sends the printf-formatted line to the registered log callback, if its level asks for it. */
void log_write(yoke_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
