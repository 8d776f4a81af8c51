/* --trace=FILE: what the jobs did, written to a file when they have ended. */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stdbool.h>
#include <stdio.h>
#include <yoke/trace.h>

/* How the option's help describes it. */
#define TRACE_HELP                                                                                 \
    "write a timeline of all jobs: FILE.html to zoom in a\n"                                       \
    "browser, FILE.svg as a picture, FILE.json for Perfetto"

struct trace_file {
    const char *path; /* NULL: none is wanted                                                     */
    FILE *stream;
    yoke_trace_format format;
};

/* Opens the file that the option names; NULL: none. Before the work, so that a mistyped path does
 * not cost the work. Returns 0, or after a report the exit status. */
int trace_open(struct trace_file *trace, const char *path);

/* Writes the trace, if one is wanted, and closes the file. Returns 0, or after a report the exit
 * status. */
int trace_write(struct trace_file *trace, yoke_server *server);

#endif
