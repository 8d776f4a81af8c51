/* Writing the trace of a server in one of the formats. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server/jobs/server_check.h"
#include "server/server.h"
#include "trace_chrome.h"
#include "trace_html.h"
#include "trace_svg.h"
#include "yoke/trace.h"

yoke_status yoke_server_write_trace(yoke_server *server, FILE *stream, yoke_trace_format format)
{
    yoke_status status = server_check(server);
    if (status != YOKE_OK)
        return status;
    if (!stream)
        return error_set(YOKE_INVALID, "stream is NULL; pass an open file");
    static void (*const writers[])(const struct timeline *, FILE *) = {
        [YOKE_TRACE_CHROME] = trace_chrome_write,
        [YOKE_TRACE_SVG] = trace_svg_write,
        [YOKE_TRACE_HTML] = trace_html_write,
    };
    if ((size_t)format >= sizeof writers / sizeof *writers)
        return error_set(YOKE_INVALID, "format %d is none of YOKE_TRACE_...", (int)format);
    if (!server->trace.on)
        return error_set(YOKE_INVALID, "the server records no trace; set options.trace when "
                                       "opening it");
    struct timeline timeline;
    bool enough = timeline_open(server, &timeline);
    if (enough)
        writers[format](&timeline, stream);
    free(timeline.spans);
    if (!enough)
        return error_set(YOKE_NO_MEMORY, "no memory to sort the trace");
    if (fflush(stream) != 0 || ferror(stream))
        return error_set(YOKE_SYSTEM, "cannot write the trace: %s", strerror(errno));
    return YOKE_OK;
}
