/* Reads the interval and the options of `yoke sum` and `yoke count`, and prints question and answer
 * as text or JSON: see question.h. */
#include "question.h"

#include <math.h>
#include <yoke/yoke.h>

#include "cli/json.h"
#include "cli/report.h"
#include "cli/values.h"
#include "command.h"

yoke_uint128 question_bound(expression_integer number)
{
    return (yoke_uint128){(uint64_t)number, (uint64_t)(number >> 64)};
}

yoke_status question_plan(const struct question *question, unsigned workers,
                          yoke_primes_plan *found)
{
    return yoke_plan_primes_wide(workers, question_bound(question->start),
                                 question_bound(question->stop), &question->options, found);
}

/* ---- reading --------------------------------------------------------------------------------- */

bool question_read(struct question *question, const struct arguments *arguments)
{
    const char *name = question->count ? "count" : "sum";
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
    const char *bind = arguments->value[OPTION_BIND];
    const char *algorithm = arguments->value[OPTION_ALGORITHM];
    if ((both && !value_bound("START", arguments->operand[0], &question->start)) ||
        (!first && !value_bound("STOP", arguments->operand[both], &question->stop)) ||
        (first && !value_first("--first", first, &question->primes)) ||
        (threads && !value_workers("--threads", threads, &question->threads)) ||
        (bind && !value_bind(bind, &question->bind)) ||
        (algorithm && !value_algorithm(algorithm, &question->options.algorithm)))
        return false;
    question->options.checkpoint = arguments->value[OPTION_CHECKPOINT];
    question->options.resume = arguments->value[OPTION_RESUME];
    question->options.double_check = arguments->value[OPTION_DOUBLE_CHECK];
    if (question->options.resume && !question->options.checkpoint) {
        report_usage("--resume needs --checkpoint=FILE, the file to go on from");
        return false;
    }
    if (first && question->options.checkpoint) {
        report_usage("--first keeps no checkpoint; leave out --checkpoint");
        return false;
    }
    question->first = first;
    if (first) /* the n-th prime is about n ln n: for the time it takes */
        question->stop =
            (expression_integer)((double)question->primes * log((double)question->primes + 2));
    if (question->start <= question->stop)
        return true;
    report_usage("START \"%.60s\" is above STOP \"%.60s\"; the interval is START <= p < STOP, so "
                 "give the smaller one first",
                 arguments->operand[0], arguments->operand[1]);
    return false;
}

/* ---- printing -------------------------------------------------------------------------------- */

static void json_integer(struct json *json, const char *name, expression_integer value)
{
    char text[YOKE_UINT128_TEXT_SIZE];
    json_text(json, name, yoke_uint128_text(question_bound(value), text));
}

static void json_question(struct json *json, const struct question *question)
{
    json_text(json, "command", question->count ? "count" : "sum");
    if (question->first) {
        json_integer(json, "first", question->primes);
    } else {
        json_integer(json, "start", question->start);
        json_integer(json, "stop", question->stop);
    }
    json_text(json, "algorithm", value_algorithm_name(question->options.algorithm));
}

static void json_plan(struct json *json, const yoke_primes_plan *plan)
{
    json_begin(json, "plan", '{');
    json_text(json, "algorithm", value_algorithm_name(plan->algorithm));
    json_text(json, "reason", plan->reason);
    json_value(json, "seconds", "%.9f", plan->seconds);
    json_end(json, '}');
}

void question_print_json(const struct question *question, const struct answer *answer)
{
    struct json json = {false};
    yoke_primes_plan found;
    char text[YOKE_UINT256_TEXT_SIZE];
    json_begin(&json, NULL, '{');
    json_question(&json, question);
    json_text(&json, "result", yoke_uint256_text(answer->value, text));
    if (question_plan(question, answer->workers, &found) == YOKE_OK)
        json_plan(&json, &found);
    json_text(&json, "isa", yoke_primes_isa());
    json_value(&json, "workers", "%u", answer->workers);
    json_text(&json, "workers_reason", answer->reason);
    json_value(&json, "seconds", "%.6f", answer->seconds);
    json_text(&json, "version", yoke_version());
    json_end(&json, '}');
    putchar('\n');
}

void question_print_plain(const struct answer *answer)
{
    char text[YOKE_UINT256_TEXT_SIZE];
    puts(yoke_uint256_text(answer->value, text));
}

void question_print_plan(const struct question *question, const struct answer *answer,
                         const yoke_primes_plan *plan, bool as_json)
{
    if (as_json) {
        struct json json = {false};
        json_begin(&json, NULL, '{');
        json_question(&json, question);
        json_plan(&json, plan);
        json_text(&json, "isa", yoke_primes_isa());
        json_value(&json, "workers", "%u", answer->workers);
        json_text(&json, "workers_reason", answer->reason);
        json_text(&json, "version", yoke_version());
        json_end(&json, '}');
        putchar('\n');
    } else {
        printf("Algorithm: %s\nReason:    %s\nWorkers:   %u\nSeconds:   %.3g\n",
               value_algorithm_name(plan->algorithm), plan->reason, answer->workers, plan->seconds);
    }
}
