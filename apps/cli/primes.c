/* yoke sum, yoke count: primes of an interval, added up or counted. */
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/yoke.h>

#include "command.h"
#include "interruption.h"
#include "json.h"
#include "report.h"
#include "status.h"
#include "trace.h"
#include "values.h"

struct request {
    bool count;                     /* count primes rather than add them                          */
    expression_integer start, stop; /* [start, stop), 0 to 10^26                                  */
    bool first;                     /* or the first primes, so many                               */
    uint64_t primes;
    unsigned threads; /* 0: as the topology decides                                 */
    yoke_primes_options options;
    struct trace_file trace;
};

struct answer {
    yoke_uint256 value;
    unsigned workers;
    char reason[256]; /* why that many, after "because"                                           */
    double seconds;
    int trace_status; /* the exit status if the trace could not be written                        */
    int signal;       /* that ended the work; 0: none                                             */
};

/* ---- computing ------------------------------------------------------------------------------- */

/* To open a server and to start its threads takes 2 to 4 ms, and two workers save half of the time
 * the work takes alone: at 13 ms they save nothing yet on some runs, at 20 ms a fifth. */
#define WORTH_A_SERVER 0.02

static yoke_uint128 bound_of(expression_integer number)
{
    return (yoke_uint128){(uint64_t)number, (uint64_t)(number >> 64)};
}

static yoke_uint256 widen(yoke_uint128 value)
{
    return (yoke_uint256){{value.lo, value.hi, 0, 0}};
}

static yoke_status plan(const struct request *request, unsigned workers, yoke_primes_plan *plan)
{
    return yoke_plan_primes_wide(workers, bound_of(request->start), bound_of(request->stop),
                                 &request->options, plan);
}

static bool worth_a_server(const struct request *request)
{
    yoke_primes_plan alone;
    return plan(request, 1, &alone) == YOKE_OK && alone.seconds > WORTH_A_SERVER;
}

static yoke_status compute(const struct request *request, yoke_server *server, yoke_uint256 *value)
{
    const yoke_uint128 lo = bound_of(request->start);
    const yoke_uint128 hi = bound_of(request->stop);
    if (!request->first && !request->count)
        return yoke_sum_primes_wide(server, lo, hi, &request->options, value);
    yoke_uint128 found;
    yoke_status status =
        request->first
            ? yoke_sum_first_primes(server, request->primes, &request->options, &found, NULL)
            : yoke_count_primes_wide(server, lo, hi, &request->options, &found);
    if (status == YOKE_OK)
        *value = widen(found);
    return status;
}

static void choose_alone(const struct request *request, struct answer *answer)
{
    answer->workers = 1;
    strcpy(answer->reason,
           request->threads == 1 ? "--threads is 1" : "the work is too small to share");
}

static yoke_status compute_alone(const struct request *request, struct answer *answer)
{
    choose_alone(request, answer);
    return compute(request, NULL, &answer->value);
}

/* A run with a checkpoint is a job, so that a signal can cancel it. */
struct kept {
    const struct request *request;
    yoke_uint256 value;
    yoke_status status;
    char problem[512];
};

static yoke_status compute_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct kept *kept = *(struct kept *const *)argument;
    kept->status = compute(kept->request, yoke_context_server(context), &kept->value);
    if (kept->status != YOKE_OK)
        snprintf(kept->problem, sizeof kept->problem, "%s", yoke_last_error());
    return kept->status;
}

static yoke_status compute_as_job(const struct request *request, yoke_server *server,
                                  struct interruption *interruption, yoke_uint256 *value)
{
    struct kept kept = {.request = request, .status = YOKE_CANCELLED};
    struct kept *argument = &kept;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = compute_in_job;
    task.name = request->count ? "count" : "sum";
    task.argument = &argument;
    task.argument_size = sizeof argument;
    yoke_job *job;
    yoke_status status = yoke_submit(server, &task, &job);
    if (status != YOKE_OK)
        return status;
    interruption_await(interruption, job);
    yoke_job_release(job);
    *value = kept.value;
    return kept.status == YOKE_OK ? YOKE_OK : yoke_error_set(kept.status, "%s", kept.problem);
}

/* hwloc loads all its plugins first, which know of graphics and PCI cards but nothing of cores:
 * some 3 ms, three quarters of what opening a server takes. Whoever has set the variable knows
 * better. */
static void skip_plugins(void)
{
    setenv("HWLOC_PLUGINS_PATH", "/dev/null", 0);
}

static yoke_status compute_shared(struct request *request, struct answer *answer)
{
    skip_plugins();
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = request->threads;
    options.trace = request->trace.path;
    struct interruption interruption;
    bool kept = request->options.checkpoint;
    if (kept)
        interruption_begin(&interruption);
    yoke_server *server;
    yoke_status status = yoke_server_open(&options, &server);
    if (status != YOKE_OK)
        return status;
    answer->workers = yoke_server_workers(server);
    status = kept ? compute_as_job(request, server, &interruption, &answer->value)
                  : compute(request, server, &answer->value);
    answer->signal = kept && status == YOKE_CANCELLED ? interruption.signal : 0;
    if (status == YOKE_OK)
        answer->trace_status = trace_write(&request->trace, server);
    yoke_server_release(server);
    return status;
}

/* Asks the topology again, which takes some ms, so only where the reason is wanted. */
static yoke_status explain_workers(const struct request *request, struct answer *answer)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.workers = request->threads;
    yoke_topology *topology;
    yoke_status status = yoke_topology_open(&options, &topology);
    if (status != YOKE_OK)
        return status;
    answer->workers = yoke_topology_workers(topology);
    snprintf(answer->reason, sizeof answer->reason, "%s", yoke_topology_reason(topology));
    yoke_topology_release(topology);
    return YOKE_OK;
}

static yoke_status run(struct request *request, bool explain, struct answer *answer)
{
    /* Only a server has jobs to trace, or to cancel. */
    bool shared = request->trace.path || request->options.checkpoint ||
                  (request->threads != 1 && worth_a_server(request));
    double began = omp_get_wtime();
    yoke_status status = shared ? compute_shared(request, answer) : compute_alone(request, answer);
    answer->seconds = omp_get_wtime() - began;
    return status == YOKE_OK && shared && explain ? explain_workers(request, answer) : status;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void json_integer(struct json *json, const char *name, expression_integer value)
{
    char text[YOKE_UINT128_TEXT_SIZE];
    json_text(json, name, yoke_uint128_text(bound_of(value), text));
}

static void json_question(struct json *json, const struct request *request)
{
    json_text(json, "command", request->count ? "count" : "sum");
    if (request->first) {
        json_integer(json, "first", request->primes);
    } else {
        json_integer(json, "start", request->start);
        json_integer(json, "stop", request->stop);
    }
    json_text(json, "algorithm", value_algorithm_name(request->options.algorithm));
}

static void json_plan(struct json *json, const yoke_primes_plan *plan)
{
    json_begin(json, "plan", '{');
    json_text(json, "algorithm", value_algorithm_name(plan->algorithm));
    json_text(json, "reason", plan->reason);
    json_value(json, "seconds", "%.9f", plan->seconds);
    json_end(json, '}');
}

static void print_json(const struct request *request, const struct answer *answer)
{
    struct json json = {false};
    yoke_primes_plan found;
    char text[YOKE_UINT256_TEXT_SIZE];
    json_begin(&json, NULL, '{');
    json_question(&json, request);
    json_text(&json, "result", yoke_uint256_text(answer->value, text));
    if (plan(request, answer->workers, &found) == YOKE_OK)
        json_plan(&json, &found);
    json_text(&json, "kernel", yoke_primes_kernel());
    json_value(&json, "workers", "%u", answer->workers);
    json_text(&json, "workers_reason", answer->reason);
    json_value(&json, "seconds", "%.6f", answer->seconds);
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
}

static void print_plain(const struct answer *answer)
{
    char text[YOKE_UINT256_TEXT_SIZE];
    puts(yoke_uint256_text(answer->value, text));
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool read_request(struct request *request, const struct arguments *arguments)
{
    const char *name = request->count ? "count" : "sum";
    const char *first = arguments->value[OPTION_FIRST];
    if (first && arguments->operands) {
        report_usage("--first takes the place of START and STOP, as in: yoke sum --first 1e6");
        return false;
    }
    if (!first && (arguments->operands < 1 || arguments->operands > 2)) {
        report_usage("%s; %s takes [START] STOP, as in: yoke %s 1e10",
                     arguments->operands ? "more than two numbers" : "STOP is missing", name, name);
        return false;
    }
    bool both = arguments->operands == 2;
    const char *threads = arguments->value[OPTION_THREADS];
    const char *algorithm = arguments->value[OPTION_ALGORITHM];
    if ((both && !value_bound("START", arguments->operand[0], &request->start)) ||
        (!first && !value_bound("STOP", arguments->operand[both], &request->stop)) ||
        (first && !value_first("--first", first, &request->primes)) ||
        (threads && !value_workers("--threads", threads, &request->threads)) ||
        (algorithm && !value_algorithm(algorithm, &request->options.algorithm)))
        return false;
    request->options.checkpoint = arguments->value[OPTION_CHECKPOINT];
    request->options.resume = arguments->value[OPTION_RESUME];
    request->options.double_check = arguments->value[OPTION_DOUBLE_CHECK];
    if (request->options.resume && !request->options.checkpoint) {
        report_usage("--resume needs --checkpoint=FILE, the file to go on from");
        return false;
    }
    if (first && request->options.checkpoint) {
        report_usage("--first keeps no checkpoint; leave out --checkpoint");
        return false;
    }
    request->first = first;
    if (first) /* the n-th prime is about n ln n: for the time it takes */
        request->stop =
            (expression_integer)((double)request->primes * log((double)request->primes + 2));
    if (request->start <= request->stop)
        return true;
    report_usage("START \"%.60s\" is above STOP \"%.60s\"; the interval is START <= p < STOP, so "
                 "give the smaller one first",
                 arguments->operand[0], arguments->operand[1]);
    return false;
}

/* Such as where a run goes on, or a checkpoint that cannot be written midway. */
static void print_log(yoke_log_level level, const char *line, void *context)
{
    (void)level, (void)context;
    report_failure("%s", line);
}

/* How many workers it would be, and why. */
static yoke_status plan_workers(const struct request *request, struct answer *answer)
{
    if (request->threads != 1 && worth_a_server(request))
        return explain_workers(request, answer);
    choose_alone(request, answer);
    return YOKE_OK;
}

static int explain(const struct request *request, bool as_json)
{
    struct answer answer;
    yoke_primes_plan found;
    yoke_status status = plan_workers(request, &answer);
    if (status == YOKE_OK)
        status = plan(request, answer.workers, &found);
    if (status != YOKE_OK)
        return report_status(status);
    if (as_json) {
        struct json json = {false};
        json_begin(&json, NULL, '{');
        json_question(&json, request);
        json_plan(&json, &found);
        json_value(&json, "workers", "%u", answer.workers);
        json_text(&json, "workers_reason", answer.reason);
        json_text(&json, "version", yoke_version());
        json_end(&json, '}');
        putchar('\n');
    } else {
        printf("Algorithm: %s\nReason:    %s\nWorkers:   %u\nSeconds:   %.3g\n",
               value_algorithm_name(found.algorithm), found.reason, answer.workers, found.seconds);
    }
    return EXIT_SUCCESS;
}

/* As shells say it. The library has said what the checkpoint holds. */
static int report_interruption(const struct arguments *arguments, int signal)
{
    if (!arguments->value[OPTION_QUIET])
        report_failure("ended by a signal (%s); %s", strsignal(signal),
                       arguments->value[OPTION_RESUME]
                           ? "the same command goes on from the checkpoint"
                           : "the same command with --resume goes on from the checkpoint");
    return 128 + signal;
}

static int command(const struct arguments *arguments, bool count)
{
    struct request request = {.count = count, .options = YOKE_PRIMES_OPTIONS_INIT};
    if (!read_request(&request, arguments))
        return EXIT_USAGE;

    if (arguments->value[OPTION_EXPLAIN])
        return explain(&request, arguments->value[OPTION_JSON]);
    if (request.options.checkpoint && !arguments->value[OPTION_QUIET])
        yoke_log_set(print_log, NULL, YOKE_LOG_INFO);
    int opened = trace_open(&request.trace, arguments->value[OPTION_TRACE]);
    if (opened != EXIT_SUCCESS)
        return opened;
    struct status line;
    if (status_open(&line, arguments->value[OPTION_STATUS]) && !arguments->value[OPTION_QUIET] &&
        !arguments->value[OPTION_NO_PROGRESS]) {
        request.options.progress = status_tell;
        request.options.progress_context = &line;
    }
    struct answer answer = {.trace_status = EXIT_SUCCESS};
    yoke_status status = run(&request, arguments->value[OPTION_JSON], &answer);
    status_close(&line);
    if (answer.signal)
        return report_interruption(arguments, answer.signal);
    if (status != YOKE_OK)
        return report_status(status);

    if (arguments->value[OPTION_JSON])
        print_json(&request, &answer);
    else
        print_plain(&answer);
    if (arguments->value[OPTION_TIME] && !arguments->value[OPTION_QUIET])
        fprintf(stderr, "Seconds: %.3f\n", answer.seconds);
    return answer.trace_status;
}

int command_sum(const struct arguments *arguments)
{
    return command(arguments, false);
}

int command_count(const struct arguments *arguments)
{
    return command(arguments, true);
}
