/* --trace=FILE: what the jobs did, written to a file when they have ended. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stdbool.h>
#include <yoke/trace.h>

#include "output_file.h"

/* How the option's help describes it. */
#define TRACE_HELP                                                                                 \
    "write a timeline of all jobs: FILE.html to zoom in a\n"                                       \
    "browser, FILE.svg as a picture, FILE.json for Perfetto"

struct trace_file {
    const char *path; /* NULL: none is wanted                                                     */
    yoke_trace_format format;
    struct output_file file; /* open from the beginning on where it is a device or a pipe         */
};

/* Looks whether the file that the option names can be written; NULL: none. Before the work, so that
 * a mistyped path does not cost the work. Returns 0, or after a report the exit status. */
int trace_open(struct trace_file *trace, const char *path);

/* Writes the trace, if one is wanted; a file that is there stays until the new one is whole.
 * Returns 0, or after a report the exit status. */
int trace_write(struct trace_file *trace, yoke_server *server);

#endif
