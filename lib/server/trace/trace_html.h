/* The trace as a page that browsers show. */
#ifndef SERVER_TRACE_HTML_H
#define SERVER_TRACE_HTML_H

#include "timeline.h"

void trace_html_write(const struct timeline *timeline, FILE *stream);

#endif
