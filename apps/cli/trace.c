#include "trace.h"

#include <errno.h>
#include <string.h>

#include "report.h"

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

int trace_open(struct trace_file *trace, const char *path)
{
    *trace = (struct trace_file){.path = path};
    if (!path)
        return 0;
    if (ends_with(path, ".html"))
        trace->format = YOKE_TRACE_HTML;
    else if (ends_with(path, ".svg"))
        trace->format = YOKE_TRACE_SVG;
    else if (ends_with(path, ".json"))
        trace->format = YOKE_TRACE_CHROME;
    else
        return report_usage("--trace=%.200s: the name must end in .html or .svg (for a browser) or "
                            ".json (for Perfetto)",
                            path);
    trace->stream = fopen(path, "w");
    if (!trace->stream)
        return report_failure("cannot open the trace file \"%.200s\": %s", path, strerror(errno));
    return 0;
}

int trace_write(struct trace_file *trace, yoke_server *server)
{
    if (!trace->stream)
        return 0;
    yoke_status status = yoke_server_write_trace(server, trace->stream, trace->format);
    int result =
        status == YOKE_OK ? 0 : report_failure("%s: %.200s", yoke_last_error(), trace->path);
    if (fclose(trace->stream) != 0 && result == 0)
        result = report_failure("cannot write the trace: %s: %.200s", strerror(errno), trace->path);
    trace->stream = NULL;
    return result;
}
