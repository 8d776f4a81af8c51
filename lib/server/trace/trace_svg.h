/* The trace as a picture. */
#ifndef SERVER_TRACE_SVG_H
#define SERVER_TRACE_SVG_H

#include "timeline.h"

void trace_svg_write(const struct timeline *timeline, FILE *stream);

#endif
