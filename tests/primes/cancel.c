/* Sums in a job that is cancelled or out of time. How soon they end is for
 * tests/cancellation/looks.c to measure: here all would go on for hours, so that a test that passes
 * has left them. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/uint128.h"
#include "primes/checkpoint.h"
#include "with_folder.h"
#include "with_server.h"
#include "yoke/primes.h"

enum call { SUM, COUNT, FIRST, WALK };

struct request {
    enum call call;
    yoke_algorithm algorithm;
    uint64_t lo, width;
    bool shared; /* over the workers of the server                                               */
    bool double_check;
};

static yoke_status walk_over(uint64_t lo, uint64_t hi)
{
    yoke_prime_iterator *iterator;
    yoke_status status = yoke_prime_iterator_open(lo, hi, &iterator);
    if (status != YOKE_OK)
        return status;
    const uint64_t *primes;
    for (size_t count = 1; status == YOKE_OK && count > 0;)
        status = yoke_prime_iterator_next(iterator, &primes, &count);
    size_t count = 1;
    cr_assert(status == YOKE_OK || yoke_prime_iterator_next(iterator, &primes, &count) != YOKE_OK ||
              !count);
    yoke_prime_iterator_release(iterator);
    return status;
}

static yoke_status find(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    struct request request;
    memcpy(&request, argument, sizeof request);
    yoke_server *server = request.shared ? yoke_context_server(context) : NULL;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = request.algorithm;
    options.double_check = request.double_check;
    uint64_t lo = request.lo, hi = lo + request.width, count;
    yoke_uint128 sum;
    switch (request.call) {
    case SUM:
        return yoke_sum_primes(server, lo, hi, &options, &sum);
    case COUNT:
        return yoke_count_primes(server, lo, hi, &options, &count);
    case FIRST:
        return yoke_sum_first_primes(server, lo, NULL, &sum, NULL);
    default:
        return walk_over(lo, hi);
    }
}

#define HIGH  UINT64_C(1000000000000000000)
#define HOURS UINT64_C(1000000000000000)

static const struct request requests[] = {
    {SUM, YOKE_ALGORITHM_SIEVE, 0, HOURS, false, false},
    {SUM, YOKE_ALGORITHM_SIEVE, HIGH / 100, HOURS, false, false},
    {SUM, YOKE_ALGORITHM_SIEVE, HIGH, HOURS, true, false},
    {SUM, YOKE_ALGORITHM_SIEVE, UINT64_MAX - HOURS, HOURS, false, true},
    {COUNT, YOKE_ALGORITHM_SIEVE, HIGH, HOURS, true, true},
    {COUNT, YOKE_ALGORITHM_TRIAL, HIGH, HOURS, false, false},
    {SUM, YOKE_ALGORITHM_TRIAL, 0, HOURS, true, false},
    {SUM, YOKE_ALGORITHM_COMBINATORIAL, 0, UINT64_MAX, false, false},
    {COUNT, YOKE_ALGORITHM_COMBINATORIAL, 0, UINT64_MAX, true, false},
    {FIRST, YOKE_ALGORITHM_AUTO, UINT64_C(400000000000000000), 0, false, false},
    {FIRST, YOKE_ALGORITHM_AUTO, UINT64_C(400000000000000000), 0, true, false},
    {WALK, YOKE_ALGORITHM_AUTO, HIGH / 100, HOURS, false, false},
    {WALK, YOKE_ALGORITHM_AUTO, UINT64_MAX - HOURS, HOURS, false, false},
};

enum { REQUESTS = sizeof requests / sizeof *requests };

static yoke_job *start(yoke_server *server, const struct request *request, yoke_duration limit)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = find;
    task.argument = request;
    task.argument_size = sizeof *request;
    task.time_limit = limit;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    return job;
}

Test(cancel, sums_whose_time_is_over_leave, .timeout = 120)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < REQUESTS; i++) {
        yoke_job *job = start(server, &requests[i], YOKE_MILLISECONDS(50 + 100 * (i % 4)));
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_TIMED_OUT, "request %d", i);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(cancel, sums_that_are_cancelled_leave, .timeout = 120)
{
    yoke_server *server = open_server(2);
    for (int i = 0; i < REQUESTS; i++) {
        yoke_job *job = start(server, &requests[i], 0);
        yoke_job_wait(job, YOKE_MILLISECONDS(30 + 50 * (i % 3)));
        yoke_job_cancel(job);
        cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED, "request %d", i);
        yoke_job_release(job);
    }
    yoke_server_release(server);
}

Test(cancel, a_server_closes_while_its_jobs_sum, .timeout = 120)
{
    for (int i = 0; i < REQUESTS; i += 3) {
        yoke_server *server = open_server(2);
        yoke_job *job = start(server, &requests[i], 0);
        yoke_job_wait(job, YOKE_MILLISECONDS(50));
        cr_assert_eq(yoke_server_close(server), YOKE_OK);
        cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED, "request %d", i);
        yoke_job_release(job);
        yoke_server_release(server);
    }
}

/* ---- what is left of them ------------------------------------------------------------------ */

/* Some seconds of work. */
#define LONG (YOKE_DEBUG ? UINT64_C(200000000000000) : UINT64_C(20000000000000000))

static yoke_status sum_with_checkpoint(yoke_context *context, const void *argument, void *result)
{
    (void)argument;
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = YOKE_ALGORITHM_COMBINATORIAL;
    options.checkpoint = path;
    options.checkpoint_interval = YOKE_SECONDS(3600);
    options.resume = true;
    return yoke_sum_primes(yoke_context_server(context), 0, LONG, &options, result);
}

static bool is_in_the_midst(void)
{
    static char text[1 << 20];
    struct checkpoint found;
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, sizeof text, file) : 0;
    cr_assert(file && fclose(file) == 0 && checkpoint_parse(text, size, &found) == NULL);
    bool midst = found.sums.count || found.inside.count;
    record_close(&found.sums);
    record_close(&found.inside);
    return midst;
}

Test(cancel, a_cancelled_sum_goes_on_from_its_checkpoint, .timeout = 240, .init = make_folder,
     .fini = remove_folder)
{
    yoke_server *server = open_server(2);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = sum_with_checkpoint;
    task.result_size = sizeof(yoke_uint128);
    yoke_uint128 sum;
    yoke_status status = YOKE_CANCELLED;
    unsigned runs = 0;
    for (bool midst = false; status != YOKE_OK; runs++) {
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        if (runs < 5) {
            yoke_job_wait(job, YOKE_MILLISECONDS(300));
            yoke_job_cancel(job);
        }
        status = yoke_job_result(job, &sum, sizeof sum);
        yoke_job_release(job);
        cr_assert(status == YOKE_OK || status == YOKE_CANCELLED, "%s", yoke_last_error());
        midst = midst || is_in_the_midst();
        cr_assert(midst || status == YOKE_OK || runs < 4, "nothing was written in the midst");
    }
    yoke_uint128 plain;
    cr_assert_eq(yoke_sum_primes(server, 0, LONG, NULL, &plain), YOKE_OK);
    cr_assert(uint128_join(sum) == uint128_join(plain));
    yoke_server_release(server);
}
