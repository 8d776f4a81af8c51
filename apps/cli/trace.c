/* Opens the file of --trace before the work begins, so that a wrong name is noticed at once, and
 * writes the trace to it afterwards: see trace.h. */
#include "trace.h"

#include <errno.h>
#include <string.h>

#include "report.h"

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static int open_file(struct trace_file *trace)
{
    return output_file_open(&trace->file, trace->path)
               ? 0
               : report_failure("cannot open the trace file \"%.200s\": %s", trace->path,
                                strerror(errno));
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
    int status = open_file(trace);
    if (status == 0 && trace->file.temporary) /* no run that is killed is to leave it behind */
        output_file_close(&trace->file, false);
    return status;
}

int trace_write(struct trace_file *trace, yoke_server *server)
{
    if (!trace->path)
        return 0;
    int result = trace->file.stream ? 0 : open_file(trace);
    if (result != 0)
        return result;
    yoke_status status = yoke_server_write_trace(server, trace->file.stream, trace->format);
    if (status != YOKE_OK)
        result = report_failure("%s: %.200s", yoke_last_error(), trace->path);
    if (!output_file_close(&trace->file, result == 0) && result == 0)
        result = report_failure("cannot write the trace: %s: %.200s", strerror(errno), trace->path);
    return result;
}
