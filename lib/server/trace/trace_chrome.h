/* The trace as Chrome's trace viewer and Perfetto read it. */
#ifndef SERVER_TRACE_CHROME_H
#define SERVER_TRACE_CHROME_H

#include "timeline.h"

void trace_chrome_write(const struct timeline *timeline, FILE *stream);

#endif
