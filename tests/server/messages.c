/* What a job says that fails without yoke_context_fail(): the error of the call that failed in it.
 */
#include "with_server.h"

/* Has a yoke call fail with YOKE_SIZE_MISMATCH, and a line that has the number. */
static yoke_status miss(unsigned number)
{
    return yoke_error_set(YOKE_SIZE_MISMATCH, "call %u missed", number);
}

/* What a kernel does: whether a call fails in it, and what it returns. */
struct deed {
    bool misses;
    yoke_status status;
};

static yoke_status act(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    const struct deed *deed = argument;
    if (deed->misses)
        miss(1);
    return deed->status;
}

/* The message of a job, which is released. */
static const char *message_of(yoke_job *job)
{
    static char message[256];
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    snprintf(message, sizeof message, "%s", yoke_job_message(job));
    yoke_job_release(job);
    return message;
}

static const char *message_after(yoke_server *server, const struct deed *deed)
{
    return message_of(submit(server, act, deed, sizeof *deed, 0));
}

Test(server_messages, a_kernel_passes_on_the_error_of_a_call, .timeout = 20)
{
    yoke_server *server = open_server(1);
    cr_expect_str_eq(message_after(server, &(struct deed){true, YOKE_SIZE_MISMATCH}),
                     "call 1 missed");
    cr_expect_str_eq(message_after(server, &(struct deed){true, YOKE_SYSTEM}),
                     "the kernel of \"job\" returned \"the operating system refused\"",
                     "the call that failed is not why");
    cr_expect_str_eq(message_after(server, &(struct deed){true, YOKE_OK}), "");
    yoke_server_release(server);
}

Test(server_messages, an_error_of_an_earlier_job_is_none_of_a_later_one, .timeout = 20)
{
    static const struct deed quiet = {false, YOKE_SIZE_MISMATCH};
    yoke_server *server = open_server(1);
    for (int i = 0; i < 3; i++) {
        message_after(server, &(struct deed){true, i ? YOKE_SIZE_MISMATCH : YOKE_OK});
        cr_expect_str_eq(message_after(server, &quiet),
                         "the kernel of \"job\" returned \"wrong buffer size\"");
    }
    yoke_server_release(server);
}

/* ---- inside each other ----------------------------------------------------------------------- */

/* A call fails in the outer kernel, or does not; then a job runs inside it, on the same thread, in
 * which one does. */
static yoke_status wait_and_fail(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    const bool *misses = argument;
    if (*misses)
        miss(2);
    yoke_job *inner = submit(yoke_context_server(context), act,
                             &(struct deed){true, YOKE_SIZE_MISMATCH}, sizeof(struct deed), 0);
    yoke_job_wait(inner, YOKE_FOREVER);
    yoke_job_release(inner);
    return *misses ? miss(3) : YOKE_SIZE_MISMATCH;
}

/* yoke_job_result() hands on the inner job's message. */
static yoke_status fail_as_the_inner(yoke_context *context, const void *argument, void *result)
{
    (void)argument, (void)result;
    yoke_job *inner = submit(yoke_context_server(context), act,
                             &(struct deed){true, YOKE_SIZE_MISMATCH}, sizeof(struct deed), 0);
    yoke_status status = yoke_job_result(inner, NULL, 0);
    yoke_job_release(inner);
    return status;
}

Test(server_messages, a_job_inside_another_keeps_its_errors, .timeout = 20)
{
    yoke_server *server = open_server(1);
    bool misses = true;
    cr_expect_str_eq(message_of(submit(server, wait_and_fail, &misses, sizeof misses, 0)),
                     "call 3 missed");
    misses = false;
    cr_expect_str_eq(message_of(submit(server, wait_and_fail, &misses, sizeof misses, 0)),
                     "the kernel of \"job\" returned \"wrong buffer size\"");
    cr_expect_str_eq(message_of(submit(server, fail_as_the_inner, NULL, 0, 0)), "call 1 missed");
    yoke_server_release(server);
}

/* ---- tries ----------------------------------------------------------------------------------- */

static yoke_status miss_at_a_try(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    const unsigned *missing = argument;
    unsigned now = yoke_context_try(context);
    return now == *missing ? miss(now) : YOKE_SIZE_MISMATCH;
}

Test(server_messages, the_last_try_says_why, .timeout = 20)
{
    yoke_server *server = open_server(1);
    for (unsigned missing = 1; missing <= 3; missing++) {
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = miss_at_a_try;
        task.argument = &missing, task.argument_size = sizeof missing;
        task.tries = 3;
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_expect_str_eq(message_of(job),
                         missing == 3 ? "call 3 missed"
                                      : "the kernel of \"job\" returned \"wrong buffer size\"");
    }
    yoke_server_release(server);
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static yoke_status miss_in_a_piece(uint64_t lo, uint64_t hi, void *argument)
{
    (void)hi;
    const uint64_t *missing = argument;
    if (lo == 11)
        nap(2000000); /* on some thread, while another one comes to the piece that fails */
    return lo == *missing ? miss((unsigned)lo) : YOKE_OK;
}

static yoke_status fail_quietly_in_a_piece(uint64_t lo, uint64_t hi, void *argument)
{
    (void)lo, (void)hi, (void)argument;
    return YOKE_SIZE_MISMATCH;
}

static yoke_status loop_over_pieces(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    uint64_t missing = *(const uint64_t *)argument;
    miss(1000); /* not why the loop fails */
    return yoke_for_each(context, 0, 200, 1, missing ? miss_in_a_piece : fail_quietly_in_a_piece,
                         &missing);
}

Test(server_messages, a_piece_says_why_on_whatever_thread, .timeout = 60)
{
    for (unsigned workers = 1; workers <= 3; workers++) {
        yoke_server *server = open_server(workers);
        for (uint64_t missing = 0; missing < 200; missing += 20) {
            char expected[64] = "a piece of yoke_for_each() returned \"wrong buffer size\"";
            if (missing)
                snprintf(expected, sizeof expected, "call %u missed", (unsigned)missing);
            yoke_job *job = submit(server, loop_over_pieces, &missing, sizeof missing, 0);
            cr_expect_str_eq(message_of(job), expected);
        }
        yoke_server_release(server);
    }
}

/* ---- callbacks ------------------------------------------------------------------------------- */

static void keep_line(yoke_log_level level, const char *line, void *context)
{
    (void)level;
    snprintf(context, 256, "%s", line);
}

static yoke_status call_back(yoke_job *job, void *context)
{
    (void)job;
    const bool *misses = context;
    return *misses ? miss(4) : YOKE_SIZE_MISMATCH;
}

/* The callback of a job that is cancelled runs inside the call, and so inside this kernel. */
static yoke_status cancel_another(yoke_context *context, const void *argument, void *result)
{
    (void)result;
    bool misses = true;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = nothing;
    task.callback = call_back, task.callback_context = &misses;
    task.after = argument, task.after_count = 1;
    yoke_job *job;
    cr_assert_eq(yoke_submit(yoke_context_server(context), &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    yoke_job_release(job);
    return YOKE_SIZE_MISMATCH;
}

Test(server_messages, a_callback_logs_why, .timeout = 20)
{
    static char line[256];
    yoke_log_set(keep_line, line, YOKE_LOG_WARNING);
    yoke_server *server = open_server(2);
    for (int misses = 0; misses < 2; misses++) {
        bool flag = misses;
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = act, task.name = "it";
        task.argument = &(struct deed){true, YOKE_OK}, task.argument_size = sizeof(struct deed);
        task.callback = call_back, task.callback_context = &flag;
        yoke_job *job;
        cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
        cr_expect_str_eq(message_of(job), "");
        cr_expect_str_eq(
            line, misses
                      ? "the callback of job \"it\" returned \"wrong buffer size\": call 4 missed"
                      : "the callback of job \"it\" returned \"wrong buffer size\"");
    }
    struct gate gate = {0, 0};
    yoke_job *held = submit_gate(server, &gate);
    yoke_job *job = submit(server, cancel_another, &held, sizeof held, 0);
    cr_expect_str_eq(message_of(job), "the kernel of \"job\" returned \"wrong buffer size\"");
    atomic_store(&gate.open, 1);
    yoke_job_release(held);
    yoke_server_release(server);
    yoke_log_set(NULL, NULL, YOKE_LOG_WARNING);
}
