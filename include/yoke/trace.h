/* The trace of a server: every job on a timeline of its workers.
 *
 *     yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
 *     options.trace = true;
 *     yoke_server_open(&options, &server);
 *     ...                                                    // submit, wait
 *     yoke_server_write_trace(server, file, YOKE_TRACE_HTML); // for a browser
 */
#ifndef YOKE_TRACE_H
#define YOKE_TRACE_H

#include "compiler.h"

#include <stdio.h>

#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef enum yoke_trace_format {
    YOKE_TRACE_CHROME, /* JSON for https://ui.perfetto.dev and chrome://tracing                  */
    YOKE_TRACE_SVG,    /* a picture that a browser shows; details where the pointer rests        */
    YOKE_TRACE_HTML    /* a page for a browser, to zoom and to search; it needs no network       */
} yoke_trace_format;

/* Writes every job that has ended so far, from the opening of the server on: its name (what is
 * beyond 31 bytes is cut off), how long it was queued, when it began and ended, on which worker and
 * place, and in which state. Jobs that never started stand apart. A worker whose job waits may be
 * seen to run others meanwhile: they are drawn within it. Times count from the first submission.
 *
 * May be called at any time, also while jobs run and after the server was closed, and again. It
 * takes about 80 bytes of memory and a constant time for each job; the stream stays open. Recording
 * costs 64 bytes for each job, until the server is released, and some 50 ns.
 * Errors: YOKE_INVALID (no stream, unknown format, or the server was opened without
 * options.trace), YOKE_NO_MEMORY (nothing was written), YOKE_SYSTEM when the stream refuses,
 * YOKE_FORKED. */
yoke_status yoke_server_write_trace(yoke_server *server, FILE *stream, yoke_trace_format format);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
