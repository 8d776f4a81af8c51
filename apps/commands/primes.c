/* yoke sum, yoke count: primes of an interval, added up or counted. */
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/yoke.h>

#include "cli/interruption.h"
#include "cli/report.h"
#include "cli/status.h"
#include "cli/values.h"
#include "command.h"
#include "question.h"

/* ---- computing ------------------------------------------------------------------------------- */

/* To open a server and to start its threads takes 2 to 4 ms, and two workers save half of the time
 * the work takes alone: at 13 ms they save nothing yet on some runs, at 20 ms a fifth. */
#define WORTH_A_SERVER 0.02

static yoke_uint256 widen(yoke_uint128 value)
{
    return (yoke_uint256){{value.lo, value.hi, 0, 0}};
}

static bool worth_a_server(const struct question *question)
{
    yoke_primes_plan alone;
    return question_plan(question, 1, &alone) == YOKE_OK && alone.seconds > WORTH_A_SERVER;
}

static yoke_status compute(const struct question *question, yoke_server *server,
                           yoke_uint256 *value)
{
    const yoke_uint128 lo = question_bound(question->start);
    const yoke_uint128 hi = question_bound(question->stop);
    if (!question->first && !question->count)
        return yoke_sum_primes_wide(server, lo, hi, &question->options, value);
    yoke_uint128 found;
    yoke_status status =
        question->first
            ? yoke_sum_first_primes(server, question->primes, &question->options, &found, NULL)
            : yoke_count_primes_wide(server, lo, hi, &question->options, &found);
    if (status == YOKE_OK)
        *value = widen(found);
    return status;
}

/* Combinatorial sums go through no numbers; nor does the count that finds the first primes. */
static bool visits_numbers(const struct question *question)
{
    yoke_primes_plan found;
    return !question->first && question_plan(question, 1, &found) == YOKE_OK &&
           found.algorithm != YOKE_ALGORITHM_COMBINATORIAL;
}

/* Asks the topology for the workers, which takes some ms. */
static yoke_status explain_workers(const struct question *question, struct answer *answer)
{
    yoke_topology_options options = YOKE_TOPOLOGY_OPTIONS_INIT;
    options.workers = question->threads;
    options.bind = question->bind;
    yoke_topology *topology;
    yoke_status status = yoke_topology_open(&options, &topology);
    if (status != YOKE_OK)
        return status;
    answer->workers = yoke_topology_workers(topology);
    snprintf(answer->reason, sizeof answer->reason, "%s", yoke_topology_reason(topology));
    yoke_topology_release(topology);
    return YOKE_OK;
}

static bool is_plain_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    return !*end && number >= 1 && number <= YOKE_WORKERS_MAX;
}

/* What is wrong for workers is wrong for small work as well, but the topology, which knows, is
 * asked only where there is more than a number. */
static yoke_status check_workers(const struct question *question, struct answer *answer)
{
    const char *text = value_variable("OMP_NUM_THREADS");
    text = text ? text : value_variable("SLURM_CPUS_PER_TASK");
    bool plain = question->threads || !text || is_plain_number(text);
    return plain && !question->bind ? YOKE_OK : explain_workers(question, answer);
}

static yoke_status choose_alone(const struct question *question, struct answer *answer)
{
    yoke_status status = check_workers(question, answer);
    answer->workers = 1;
    strcpy(answer->reason,
           question->threads == 1 ? "--threads is 1" : "the work is too small to share");
    return status;
}

static yoke_status compute_alone(const struct question *question, struct answer *answer)
{
    yoke_status status = choose_alone(question, answer);
    return status == YOKE_OK ? compute(question, NULL, &answer->value) : status;
}

/* A run with a checkpoint is a job, so that a signal can cancel it; and one with a trace, so that
 * there is one to trace. */
struct kept {
    const struct question *question;
    yoke_uint256 value;
    yoke_status status;
    char problem[512];
};

static yoke_status compute_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct kept *kept = *(struct kept *const *)argument;
    kept->status = compute(kept->question, yoke_context_server(context), &kept->value);
    if (kept->status != YOKE_OK)
        snprintf(kept->problem, sizeof kept->problem, "%s", yoke_last_error());
    return kept->status;
}

static yoke_status compute_as_job(const struct question *question, yoke_server *server,
                                  struct interruption *interruption, yoke_uint256 *value)
{
    struct kept kept = {.question = question, .status = YOKE_CANCELLED};
    struct kept *argument = &kept;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = compute_in_job;
    task.name = question->count ? "count" : "sum";
    task.argument = &argument;
    task.argument_size = sizeof argument;
    yoke_job *job;
    yoke_status status = yoke_submit(server, &task, &job);
    if (status != YOKE_OK)
        return status;
    if (interruption)
        interruption_await(interruption, job);
    else
        yoke_job_wait(job, YOKE_FOREVER);
    yoke_job_release(job);
    *value = kept.value;
    return kept.status == YOKE_OK ? YOKE_OK : yoke_error_set(kept.status, "%s", kept.problem);
}

/* hwloc loads all its plugins first, which know of graphics and PCI cards but nothing of cores:
 * some 3 ms, three quarters of what opening a server takes. A user who has set the variable needs
 * them. */
static void skip_plugins(void)
{
    if (!value_variable("HWLOC_PLUGINS_PATH"))
        setenv("HWLOC_PLUGINS_PATH", "/dev/null", 1);
}

static yoke_status compute_shared(struct question *question, struct answer *answer)
{
    skip_plugins();
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = question->threads;
    options.bind = question->bind;
    options.trace = question->trace.path;
    struct interruption interruption;
    bool kept = question->options.checkpoint;
    if (kept)
        interruption_begin(&interruption);
    yoke_server *server;
    yoke_status status = yoke_server_open(&options, &server);
    if (status != YOKE_OK)
        return status;
    answer->workers = yoke_server_workers(server);
    status = kept || question->trace.path
                 ? compute_as_job(question, server, kept ? &interruption : NULL, &answer->value)
                 : compute(question, server, &answer->value);
    answer->signal = kept && status == YOKE_CANCELLED ? interruption.signal : 0;
    if (status == YOKE_OK)
        answer->trace_status = trace_write(&question->trace, server);
    yoke_server_release(server);
    return status;
}

static yoke_status run(struct question *question, bool explain, struct answer *answer)
{
    /* Only a server has jobs to trace, or to cancel. */
    bool shared = question->trace.path || question->options.checkpoint ||
                  (question->threads != 1 && worth_a_server(question));
    double began = omp_get_wtime();
    yoke_status status =
        shared ? compute_shared(question, answer) : compute_alone(question, answer);
    answer->seconds = omp_get_wtime() - began;
    return status == YOKE_OK && shared && explain ? explain_workers(question, answer) : status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* Such as where a run goes on, or a checkpoint that cannot be written midway. */
static void print_log(yoke_log_level level, const char *line, void *context)
{
    (void)level, (void)context;
    report_failure("%s", line);
}

/* How many workers it would be, and why. */
static yoke_status plan_workers(const struct question *question, struct answer *answer)
{
    if (question->threads != 1 && worth_a_server(question))
        return explain_workers(question, answer);
    return choose_alone(question, answer);
}

static int explain(const struct question *question, bool as_json)
{
    struct answer answer;
    yoke_primes_plan found;
    yoke_status status = plan_workers(question, &answer);
    if (status == YOKE_OK)
        status = question_plan(question, answer.workers, &found);
    if (status != YOKE_OK)
        return report_status(status);
    question_print_plan(question, &answer, &found, as_json);
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
    struct question question = {.count = count, .options = YOKE_PRIMES_OPTIONS_INIT};
    if (!question_read(&question, arguments))
        return EXIT_USAGE;

    if (arguments->value[OPTION_EXPLAIN])
        return explain(&question, arguments->value[OPTION_JSON]);
    if (question.options.checkpoint && !arguments->value[OPTION_QUIET])
        yoke_log_set(print_log, NULL, YOKE_LOG_INFO);
    int opened = trace_open(&question.trace, arguments->value[OPTION_TRACE]);
    if (opened != EXIT_SUCCESS)
        return opened;
    struct status line;
    if (status_open(&line, arguments->value[OPTION_STATUS]) && !arguments->value[OPTION_QUIET] &&
        !arguments->value[OPTION_NO_PROGRESS]) {
        line.rate = visits_numbers(&question);
        question.options.progress = status_tell;
        question.options.progress_context = &line;
    }
    struct answer answer = {.trace_status = EXIT_SUCCESS};
    yoke_status status = run(&question, arguments->value[OPTION_JSON], &answer);
    status_close(&line);
    if (answer.signal)
        return report_interruption(arguments, answer.signal);
    if (status != YOKE_OK)
        return report_status(status);

    if (arguments->value[OPTION_JSON])
        question_print_json(&question, &answer);
    else
        question_print_plain(&answer);
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
