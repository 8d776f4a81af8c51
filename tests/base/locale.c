/* What programs read is the same in a program whose locale writes numbers with a comma. */
#include <locale.h>

#include "base/decimal.h"
#include "json.h"
#include "with_folder.h"
#include "with_server.h"
#include "with_topology.h"
#include "yoke/primes.h"
#include "yoke/trace.h"

static bool enter_comma_locale(void)
{
    char command[128], text[16];
    make_folder();
    snprintf(command, sizeof command, "sh tests/harness/comma_locale.sh %s", folder);
    bool entered =
        system(command) == 0 && setenv("LOCPATH", folder, 1) == 0 && setlocale(LC_ALL, "comma");
    remove_folder();
    if (!entered) {
        fprintf(stderr, "SKIPPED %s: no locale with a decimal comma; it needs localedef\n",
                __FILE__);
        return false;
    }
    snprintf(text, sizeof text, "%.2f", 0.5);
    cr_assert_str_eq(text, "0,50");
    return true;
}

TestSuite(locale, .timeout = 30);

Test(locale, decimals_have_a_point_and_the_program_keeps_its_comma)
{
    char text[64], *printed;
    size_t size;
    if (!enter_comma_locale())
        return;
    decimal_text(text, sizeof text, "%s %.3f %g", "cut", 1234.5, 0.25);
    cr_expect_str_eq(text, "cut 1234.500 0.25");
    FILE *stream = open_memstream(&printed, &size);
    decimal_print(stream, "%.1f", 0.5);
    fprintf(stream, " %.1f", 0.5);
    fclose(stream);
    cr_expect_str_eq(printed, "0.5 0,5");
    free(printed);
}

/* What a call of the library writes, for free(). */
static char *written(yoke_status (*write)(yoke_server *, FILE *), yoke_server *server)
{
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_eq(write(server, stream), YOKE_OK, "%s", yoke_last_error());
    fclose(stream);
    return text;
}

static yoke_status write_trace(yoke_server *server, FILE *stream)
{
    return yoke_server_write_trace(server, stream, YOKE_TRACE_CHROME);
}

static yoke_status write_picture(yoke_server *server, FILE *stream)
{
    return yoke_server_write_trace(server, stream, YOKE_TRACE_SVG);
}

Test(locale, statistics_and_traces_are_read_by_programs)
{
    if (!enter_comma_locale())
        return;
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = 1;
    options.trace = true;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    yoke_job *job = submit(server, nothing, NULL, 0, 0);
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    yoke_job_release(job);
    char *json = written(yoke_server_print_statistics_json, server);
    char *table = written(yoke_server_print_statistics, server);
    char *trace = written(write_trace, server), *picture = written(write_picture, server);
    cr_expect(json_is_valid(json), "%s", json);
    cr_expect_not_null(strstr(table, " 100.00 | "), "%s", table);
    cr_expect(json_is_valid(trace), "%s", trace);
    cr_expect_null(strstr(picture, ",0\""), "%s", picture);
    free(json), free(table), free(trace), free(picture);
    yoke_server_release(server);
}

static char logged[512];

static void keep_line(yoke_log_level level, const char *line, void *context)
{
    (void)level, (void)context;
    snprintf(logged, sizeof logged, "%s", line);
}

Test(locale, the_log_is_read_by_programs)
{
    yoke_uint128 sum;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    if (!enter_comma_locale())
        return;
    make_folder();
    options.checkpoint = path;
    yoke_log_set(keep_line, NULL, YOKE_LOG_INFO);
    for (int i = 0; i < 2; i++) {
        options.resume = i == 1;
        cr_assert_eq(yoke_sum_primes(NULL, 0, 1000000, &options, &sum), YOKE_OK, "%s",
                     yoke_last_error());
    }
    remove_folder();
    cr_expect_not_null(strstr(logged, " 100.0 % of "), "%s", logged);
}

Test(locale, what_is_said_of_machines_and_plans_is_the_same_in_all)
{
    clear_environment();
    yoke_primes_plan plan, plan_with_comma;
    char text[2][4096];
    memset(text, 0, sizeof text);
    for (int i = 0; i < 2; i++) {
        if (i == 1 && !enter_comma_locale())
            return;
        cr_assert_eq(yoke_plan_primes(1, 0, 1000000007, NULL, i ? &plan_with_comma : &plan),
                     YOKE_OK);
        yoke_topology *topology = open_synthetic("l2:1(size=1310720) core:1 pu:1", 0);
        FILE *stream = fmemopen(text[i], sizeof text[i] - 1, "w");
        cr_assert_eq(yoke_topology_print(topology, stream), YOKE_OK, "%s", yoke_last_error());
        fclose(stream);
        yoke_topology_release(topology);
    }
    cr_expect_str_eq(plan.reason, plan_with_comma.reason);
    cr_expect_not_null(strstr(text[0], "1.25 MiB"), "%s", text[0]);
    cr_expect_str_eq(text[0], text[1]);
}
