/* The trace: what is recorded, and the forms in which it is written. */

#include <pthread.h>

#include "json.h"
#include "with_server.h"
#include "xml.h"
#include "yoke/trace.h"

static yoke_server *open_traced(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    options.trace = true;
    yoke_server *server = NULL;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

/* What is written, for free(). */
static char *written(yoke_server *server, yoke_trace_format format)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert(stream);
    cr_assert_eq(yoke_server_write_trace(server, stream, format), YOKE_OK, "%s", yoke_last_error());
    fclose(stream);
    cr_assert_eq(strlen(text), length);
    return text;
}

/* The jobs in the HTML page, which are cut out of it in place. */
static char *data_of(char *page)
{
    const char *const begin = "<script type=\"application/json\" id=\"data\">";
    char *data = strstr(page, begin);
    cr_assert(data);
    data += strlen(begin);
    char *end = strstr(data, "</script>");
    cr_assert(end);
    *end = '\0';
    return data;
}

static void check_forms(yoke_server *server)
{
    char *json = written(server, YOKE_TRACE_CHROME), *svg = written(server, YOKE_TRACE_SVG);
    char *html = written(server, YOKE_TRACE_HTML);
    cr_expect(json_is_valid(json), "%s", json);
    cr_expect(xml_is_valid(svg), "%s", svg);
    cr_expect_eq(occurrences(html, "<script"), 2);
    cr_expect_eq(occurrences(html, "</script>"), 2);
    cr_expect_str_empty(strstr(html, "</html>") + strlen("</html>\n"));
    cr_expect(json_is_valid(data_of(html)), "%s", html);
    free(json);
    free(svg);
    free(html);
}

Test(trace, xml_check_finds_faults, .timeout = 10)
{
    cr_expect(xml_is_valid("<a b=\"1\"><c/>d &lt; &amp;</a>\n"));
    cr_expect_not(xml_is_valid("<a><b></a></b>"));
    cr_expect_not(xml_is_valid("<a>"));
    cr_expect_not(xml_is_valid("<a>&</a>"));
    cr_expect_not(xml_is_valid("<a b=\"1></a>"));
    cr_expect_not(xml_is_valid("<a/><a></a><a></a>"));
}

/* The page loads nothing: what it needs is in it, and browsers are told to load nothing else. */
Test(trace, page_needs_no_network, .timeout = 60)
{
    yoke_server *server = open_traced(1);
    yoke_job_release(submit(server, nothing, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *html = written(server, YOKE_TRACE_HTML);
    cr_expect(strstr(html, "default-src 'none'"));
    static const char *const loads[] = {"http:", "https:", " src=", "href=", "url(", "import"};
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++)
        cr_expect_not(strstr(html, loads[i]), "%s", loads[i]);
    free(html);
    yoke_server_release(server);
}

Test(trace, needs_the_option, .timeout = 60)
{
    yoke_server *server = open_server(1);
    cr_expect_eq(yoke_server_write_trace(server, stdout, YOKE_TRACE_SVG), YOKE_INVALID);
    cr_expect(strstr(yoke_last_error(), "options.trace"));
    yoke_server_release(server);

    server = open_traced(1);
    cr_expect_eq(yoke_server_write_trace(server, NULL, YOKE_TRACE_SVG), YOKE_INVALID);
    cr_expect_eq(yoke_server_write_trace(server, stdout, (yoke_trace_format)7), YOKE_INVALID);
    cr_expect_eq(yoke_server_write_trace(NULL, stdout, YOKE_TRACE_SVG), YOKE_INVALID);
    check_forms(server); /* without a job */
    yoke_server_release(server);
}

Test(trace, refused_by_a_full_disk, .timeout = 60)
{
    yoke_server *server = open_traced(1);
    yoke_job_release(submit(server, nothing, NULL, 0, 0));
    FILE *full = fopen("/dev/full", "w");
    cr_assert(full);
    for (int format = YOKE_TRACE_CHROME; format <= YOKE_TRACE_HTML; format++) {
        cr_expect_eq(yoke_server_write_trace(server, full, (yoke_trace_format)format), YOKE_SYSTEM);
        cr_expect(strstr(yoke_last_error(), "No space left"), "%s", yoke_last_error());
    }
    fclose(full);
    yoke_server_release(server);
}

static yoke_status fails(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    return yoke_context_fail(context, YOKE_JOB_FAILED, "on purpose");
}

/* Jobs of every kind of end, under names that no format may take literally. */
Test(trace, tells_states_and_names, .timeout = 60)
{
    yoke_server *server = open_traced(1);
    struct gate gate = {0, 0};
    yoke_job *jobs[5];
    jobs[0] = submit_gate(server, &gate);
    await_arrivals(&gate, 1);
    static const char *const names[] = {"", "say \"<&>\\\"", "bad \xff\xc3\n", "gr\xc3\xbc\xc3\x9f",
                                        "a name that goes on and on beyond what is kept of it"};
    for (int i = 1; i < 5; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = i == 2 ? fails : nothing;
        task.name = names[i];
        cr_assert_eq(yoke_submit(server, &task, &jobs[i]), YOKE_OK);
    }
    cr_assert_eq(yoke_job_cancel(jobs[4]), YOKE_OK);
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);

    char *json = written(server, YOKE_TRACE_CHROME);
    cr_expect(json_is_valid(json), "%s", json);
    cr_expect_eq(occurrences(json, "\"ph\": \"X\""), 4);
    cr_expect_eq(occurrences(json, "\"ph\": \"i\""), 1);
    cr_expect_eq(occurrences(json, "\"state\": \"done\""), 3);
    cr_expect_eq(occurrences(json, "\"state\": \"failed\""), 1);
    cr_expect_eq(occurrences(json, "\"state\": \"cancelled\""), 1);
    cr_expect(strstr(json, "\"say \\\"<&>\\\\\\\"\""), "%s", json);
    cr_expect(strstr(json, "\"bad ???\""), "%s", json);
    cr_expect(strstr(json, "\"gr\xc3\xbc\xc3\x9f\""), "%s", json);
    cr_expect(strstr(json, "\"a name that goes on and on beyo\""), "%s", json);
    cr_expect(strstr(json, "\"worker 0 ("), "%s", json);
    free(json);

    char *svg = written(server, YOKE_TRACE_SVG);
    cr_expect(xml_is_valid(svg), "%s", svg);
    cr_expect(strstr(svg, "never started"), "%s", svg);
    cr_expect(strstr(svg, "failed 1"), "%s", svg);
    cr_expect(strstr(svg, "5 jobs on 1 worker in"), "%s", svg);
    cr_expect_eq(occurrences(svg, "<rect class=\"l\""), 2);
    free(svg);
    char *html = written(server, YOKE_TRACE_HTML), *data = data_of(html);
    cr_expect(json_is_valid(data), "%s", data);
    cr_expect(strstr(data, "\"say \\\"\\u003c&>\\\\\\\"\""), "%s", data);
    cr_expect(strstr(data, "\"bad ???\""), "%s", data);
    cr_expect(strstr(data, "{\"name\":\"never started\",\"worker\":0,"), "%s", data);
    free(html);
    for (int i = 0; i < 5; i++)
        yoke_job_release(jobs[i]);
    yoke_server_release(server);
}

/* A name cannot end the script element that it stands in, nor begin one. */
Test(trace, names_stay_text_in_the_page, .timeout = 60)
{
    static const char *const names[] = {"</script><script>alert(1)</s", "<!--<script>",
                                        "<img src=x onerror=alert(1)>", "\"]}]}\\"};
    yoke_server *server = open_traced(1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = nothing;
        task.name = names[i];
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    check_forms(server);
    char *html = written(server, YOKE_TRACE_HTML), *data = data_of(html);
    cr_expect_not(strchr(data, '<'), "%s", data);
    cr_expect(strstr(data, "\"\\u003c/script>\\u003cscript>alert(1)\\u003c/s\""), "%s", data);
    cr_expect(strstr(data, "\"\\\"]}]}\\\\\""), "%s", data);
    free(html);
    yoke_server_release(server);
}

/* The start, duration and time in the queue of the job at `text` in the page; what follows. */
static const char *read_job(const char *text, long long times[3])
{
    unsigned state, track, depth;
    int length = 0;
    cr_assert_eq(sscanf(text, "%lld,%lld,%lld,%u,%u,%u,%n", &times[0], &times[1], &times[2], &state,
                        &track, &depth, &length),
                 6, "%.80s", text);
    text += length;
    return *text == '"' ? strchr(text + 1, '"') + 1 : text + 1;
}

/* Both forms have the same jobs in the same order. */
static void compare_times(const char *data, const char *json)
{
    size_t jobs = 0;
    while ((data = strstr(data, "\"jobs\":["))) {
        data += strlen("\"jobs\":[");
        do {
            long long times[3], seen[3];
            static const char *const members[] = {"\"ts\": ", "\"dur\": ", "\"queued_us\": "};
            data = read_job(data + strspn(data, ",\n"), times);
            json = strstr(json, "\"ph\": \"X\"");
            cr_assert(json);
            for (int i = 0; i < 3; i++) {
                json = strstr(json, members[i]);
                seen[i] = (long long)(atof(json + strlen(members[i])) * 1000 + 0.5);
                cr_assert_eq(times[i], seen[i], "%s%lld is not %lld", members[i], seen[i],
                             times[i]);
            }
            jobs++;
        } while (*data == ',');
    }
    cr_expect_eq(jobs, 3);
    cr_expect_not(strstr(json, "\"ph\": \"X\""));
}

Test(trace, page_has_the_same_numbers, .timeout = 60)
{
    yoke_server *server = open_traced(2);
    for (int n = 1; n <= 3; n++)
        yoke_job_release(submit(server, nothing, NULL, 0, 0));
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *html = written(server, YOKE_TRACE_HTML), *json = written(server, YOKE_TRACE_CHROME);
    compare_times(data_of(html), json);
    free(html);
    free(json);
    yoke_server_release(server);
}

/* A job alone is never drawn together with others. */
Test(trace, draws_names, .timeout = 60)
{
    yoke_server *server = open_traced(1);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.name = "say \"<&>\\\"";
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *svg = written(server, YOKE_TRACE_SVG);
    cr_expect(xml_is_valid(svg), "%s", svg);
    cr_expect(strstr(svg, "<title>say \"&lt;&amp;>\\\": done\n"), "%s", svg);
    free(svg);
    yoke_server_release(server);
}

/* Spans that a viewer puts into one row must follow or contain each other. */
static void check_rows(const char *json)
{
    enum { ROWS = 256, DEPTH = 256 };
    static struct {
        double ends[DEPTH];
        int depth;
    } rows[ROWS];
    memset(rows, 0, sizeof rows);
    for (const char *at = json; (at = strstr(at, "\"ph\": \"X\"")); at++) {
        unsigned row = (unsigned)atoi(strstr(at, "\"tid\": ") + 7) % ROWS;
        double start = atof(strstr(at, "\"ts\": ") + 6);
        double end = start + atof(strstr(at, "\"dur\": ") + 7);
        const double rounding = 0.0005;
        while (rows[row].depth && rows[row].ends[rows[row].depth - 1] <= start + rounding)
            rows[row].depth--;
        cr_assert(!rows[row].depth || rows[row].ends[rows[row].depth - 1] >= end - rounding,
                  "%.120s", at);
        cr_assert_lt(rows[row].depth, DEPTH);
        rows[row].ends[rows[row].depth++] = end;
    }
}

/* Jobs that run inside of others, and stand-ins for those that block. */
Test(trace, nests_jobs, .timeout = 60)
{
    yoke_server *server = open_traced(2);
    int n = 15;
    yoke_job *job = submit(server, fibonacci, &n, sizeof n, sizeof n);
    int sum;
    cr_assert_eq(yoke_job_result(job, &sum, sizeof sum), YOKE_OK);
    cr_assert_eq(sum, 610);
    yoke_job_release(job);
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    char *json = written(server, YOKE_TRACE_CHROME);
    cr_expect(json_is_valid(json));
    cr_expect_eq(occurrences(json, "\"ph\": \"X\""), 1973); /* calls of fib(15) */
    check_rows(json);
    free(json);
    check_forms(server);
    yoke_server_release(server);
}

/* More than a chunk for each worker; read while it grows. */
Test(trace, is_whole_at_any_time, .timeout = 60)
{
    enum { JOBS = 10000 };
    yoke_server *server = open_traced(3);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    for (int i = 0; i < JOBS; i++) {
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
        if (i % 2500 == 0)
            check_forms(server);
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_FOREVER), YOKE_OK);
    char *json = written(server, YOKE_TRACE_CHROME);
    cr_expect_eq(occurrences(json, "\"ph\": \"X\""), JOBS);
    cr_expect(strstr(json, "\"jobs\": 10000, \"lost\": 0"));
    free(json);
    check_forms(server);
    yoke_server_release(server);
}

static void *close_it(void *server)
{
    cr_expect_eq(yoke_server_close(server), YOKE_OK);
    return NULL;
}

/* Jobs that a close cancels never started. */
Test(trace, outlives_the_close, .timeout = 60)
{
    yoke_server *server = open_traced(1);
    struct gate gate = {0, 0};
    yoke_job_release(submit_gate(server, &gate));
    await_arrivals(&gate, 1);
    for (int i = 0; i < 3; i++)
        yoke_job_release(submit(server, nothing, NULL, 0, 0));
    pthread_t closer;
    cr_assert_eq(pthread_create(&closer, NULL, close_it, server), 0);
    while (statistics_of(server).cancelled < 3)
        nap(100000);
    atomic_store(&gate.open, 1);
    pthread_join(closer, NULL);
    char *json = written(server, YOKE_TRACE_CHROME);
    cr_expect_eq(occurrences(json, "\"ph\": \"i\""), 3);
    cr_expect_eq(occurrences(json, "\"ph\": \"X\""), 1);
    free(json);
    yoke_server_release(server);
}
