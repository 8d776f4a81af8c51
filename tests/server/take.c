/* Jobs that an executor is given by the thread that submits them. */
#include <pthread.h>

#include "with_server.h"
#include "yoke/executor.h"

enum { TAKEN_MAX = 20000, LARGE = 4097 };

/* What becomes of jobs that it takes, in either way. */
enum manner { ENDS, KEEPS, REFUSES };

struct taker {
    yoke_executor *executor;
    pthread_t thread;
    _Atomic(enum manner) manner;
    atomic_uint by_take, by_thread, stops, closed;
    void (*within_take)(struct taker *taker, const yoke_work_item *item); /* NULL: nothing */
    atomic_int arrived, open;
    pthread_mutex_t lock; /* what follows */
    unsigned count;
    int order[TAKEN_MAX];
    yoke_work_item kept;
    bool has_kept;
};

static int value_of(const yoke_work_item *item)
{
    int value;
    memcpy(&value, item->argument, sizeof value);
    return value;
}

static bool runs(const yoke_work_item *item, void *context)
{
    (void)context;
    return item->kernel == twice;
}

static yoke_status check(const yoke_work_item *item, void *context)
{
    return runs(item, context) ? YOKE_OK : yoke_error_set(YOKE_INVALID, "nobody can run that");
}

static void end(struct taker *taker, const yoke_work_item *item, bool fails)
{
    int result = 2 * value_of(item);
    const yoke_outcome outcome = {
        .job = item->job,
        .state = fails ? YOKE_STATE_FAILED : YOKE_STATE_DONE,
        .status = fails ? YOKE_NO_MEMORY : YOKE_OK,
        .message = "no memory to send it",
        .result = &result,
    };
    yoke_executor_end(taker->executor, &outcome, 1);
}

static void send(struct taker *taker, const yoke_work_item *item)
{
    enum manner manner = atomic_load(&taker->manner);
    pthread_mutex_lock(&taker->lock);
    taker->order[taker->count++ % TAKEN_MAX] = value_of(item);
    if (manner == KEEPS) {
        taker->kept = *item;
        taker->has_kept = true;
    }
    pthread_mutex_unlock(&taker->lock);
    if (manner != KEEPS)
        end(taker, item, manner == REFUSES);
}

static void take(const yoke_work_item *item, void *context)
{
    struct taker *taker = context;
    atomic_fetch_add(&taker->by_take, 1);
    if (taker->within_take)
        taker->within_take(taker, item);
    else
        send(taker, item);
}

static void end_kept_if_stopped(struct taker *taker)
{
    yoke_outcome outcome;
    pthread_mutex_lock(&taker->lock);
    bool ends =
        taker->has_kept && yoke_executor_stopped(taker->executor, taker->kept.job, &outcome);
    taker->has_kept = taker->has_kept && !ends;
    pthread_mutex_unlock(&taker->lock);
    if (ends)
        yoke_executor_end(taker->executor, &outcome, 1);
}

static void *serve(void *context)
{
    struct taker *taker = context;
    for (unsigned news = 0; !(news & YOKE_EXECUTOR_CLOSING);) {
        yoke_work_item items[8];
        news = yoke_executor_await(taker->executor, YOKE_EXECUTOR_OWN, YOKE_FOREVER);
        for (size_t count;
             (count = yoke_executor_take(taker->executor, YOKE_EXECUTOR_OWN, items, 8));) {
            nap(1); /* has jobs, and has not sent them yet */
            atomic_fetch_add(&taker->by_thread, (unsigned)count);
            for (size_t i = 0; i < count; i++)
                send(taker, &items[i]);
        }
        if (news & YOKE_EXECUTOR_STOPPED) {
            end_kept_if_stopped(taker);
            atomic_fetch_add(&taker->stops, 1);
        }
    }
    return NULL;
}

static void finish(void *context)
{
    struct taker *taker = context;
    pthread_join(taker->thread, NULL);
    end_kept_if_stopped(taker);
    atomic_fetch_add(&taker->closed, 1);
}

static yoke_server *open_with(struct taker *taker, unsigned workers)
{
    yoke_server *server = open_server(workers);
    yoke_executor_options options = YOKE_EXECUTOR_OPTIONS_INIT;
    options.runs = runs;
    options.check = check;
    options.close = finish;
    options.take = take;
    options.context = taker;
    options.alone = true;
    pthread_mutex_init(&taker->lock, NULL);
    cr_assert_eq(yoke_executor_open(server, &options, &taker->executor), YOKE_OK, "%s",
                 yoke_last_error());
    cr_assert_eq(pthread_create(&taker->thread, NULL, serve, taker), 0);
    return server;
}

static void run_one(yoke_server *server, int value)
{
    int result = 0;
    yoke_job *job = submit(server, twice, &value, sizeof value, sizeof value);
    cr_assert_eq(yoke_job_result(job, &result, sizeof result), YOKE_OK);
    cr_assert_eq(result, 2 * value);
    yoke_job_release(job);
}

/* Jobs until one goes by take(): then the executor's thread sleeps, and nothing wakes it. */
static void bring_to_rest(yoke_server *server, struct taker *taker)
{
    for (unsigned before = atomic_load(&taker->by_take); atomic_load(&taker->by_take) == before;)
        run_one(server, 0);
}

TestSuite(server_take, .timeout = 60);

/* ---- which jobs ------------------------------------------------------------------------------ */

static void check_thread(struct taker *taker, const yoke_work_item *item)
{
    cr_assert(pthread_equal(*(pthread_t *)taker->kept.argument, pthread_self()));
    end(taker, item, false);
}

Test(server_take, a_lone_job_is_taken_by_the_thread_that_submits_it)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    bring_to_rest(server, &taker);
    unsigned before = atomic_load(&taker.by_thread);
    pthread_t here = pthread_self();
    taker.kept.argument = &here;
    taker.within_take = check_thread;
    for (int i = 0; i < 100; i++)
        run_one(server, i);
    cr_assert_eq(atomic_load(&taker.by_thread), before, "the thread sleeps");
    yoke_server_release(server);
    cr_assert_eq(atomic_load(&taker.closed), 1);
}

Test(server_take, others_wait_for_the_thread)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    bring_to_rest(server, &taker);
    unsigned before = atomic_load(&taker.by_thread);
    char large[LARGE] = {21};
    yoke_job *job = submit(server, twice, large, sizeof large, sizeof(int));
    cr_assert_eq(yoke_job_wait(job, YOKE_FOREVER), YOKE_OK);
    cr_assert_eq(atomic_load(&taker.by_thread), before + 1, "to send it takes long");
    yoke_job_release(job);
    bring_to_rest(server, &taker);
    before = atomic_load(&taker.by_thread);
    atomic_store(&taker.manner, KEEPS);
    job = submit(server, twice, &(int){1}, sizeof(int), sizeof(int));
    cr_assert(taker.has_kept);
    yoke_work_item kept = taker.kept;
    atomic_store(&taker.manner, ENDS);
    run_one(server, 2);
    cr_assert_eq(atomic_load(&taker.by_thread), before + 1, "another has not begun");
    yoke_executor_begin(taker.executor, kept.job);
    bring_to_rest(server, &taker);
    end(&taker, &kept, false);
    taker.has_kept = false;
    cr_assert_eq(yoke_job_status(job), YOKE_OK);
    yoke_job_release(job);
    yoke_server_release(server);
}

/* ---- while take() has it --------------------------------------------------------------------- */

static void end_and_look(struct taker *taker, const yoke_work_item *item)
{
    end(taker, item, false);
    cr_assert_eq(value_of(item), 3, "though the job has ended, and nobody else knows it");
}

static void *end_argument(void *argument)
{
    struct taker *taker = argument;
    end(taker, &taker->kept, false);
    return NULL;
}

static void have_another_thread_end(struct taker *taker, const yoke_work_item *item)
{
    pthread_t thread;
    taker->kept = *item;
    cr_assert_eq(pthread_create(&thread, NULL, end_argument, taker), 0);
    pthread_join(thread, NULL);
    cr_assert_eq(value_of(item), 3);
}

Test(server_take, a_job_may_end_and_go_before_take_returns)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    const int three = 3;
    const yoke_task task = task_twice(&three);
    for (int i = 0; i < 100; i++) {
        bring_to_rest(server, &taker);
        taker.within_take = i % 2 ? end_and_look : have_another_thread_end;
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
        taker.within_take = NULL;
    }
    cr_assert_eq(yoke_server_wait(server, 0), YOKE_OK);
    yoke_server_release(server);
}

static yoke_status count_failures(yoke_job *job, void *calls)
{
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_FAILED);
    atomic_fetch_add((atomic_int *)calls, 1);
    return YOKE_OK;
}

Test(server_take, one_that_cannot_be_sent_has_failed)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    atomic_int calls = 0;
    bring_to_rest(server, &taker);
    atomic_store(&taker.manner, REFUSES);
    yoke_task task = task_twice(&(int){3});
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_FAILED, "at once");
    cr_assert_eq(yoke_job_status(job), YOKE_NO_MEMORY);
    cr_assert_str_eq(yoke_job_message(job), "no memory to send it");
    yoke_job_release(job);
    task.callback = count_failures;
    task.callback_context = &calls;
    task.deadline = YOKE_SECONDS(20);
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(atomic_load(&calls), 1);
    cr_assert_eq(statistics_of(server).failed, 2);
    yoke_server_release(server);
}

static void arrive_and_wait(struct taker *taker, const yoke_work_item *item)
{
    atomic_fetch_add(&taker->arrived, 1);
    while (!atomic_load(&taker->open))
        nap(100000);
    send(taker, item);
}

/* The executor looks for what is to end while take() has not told it of the job yet. */
Test(server_take, a_cancel_meanwhile_is_not_lost)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    struct gate gate = {0};
    yoke_job *before = submit_gate(server, &gate), *job;
    await_arrivals(&gate, 1);
    yoke_task task = task_twice(&(int){3});
    task.after = &before;
    task.after_count = 1;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    bring_to_rest(server, &taker);
    atomic_store(&taker.manner, KEEPS);
    taker.within_take = arrive_and_wait;
    atomic_store(&gate.open, 1); /* the worker hands it out */
    while (!atomic_load(&taker.arrived))
        nap(100000);
    unsigned stops = atomic_load(&taker.stops);
    cr_assert_eq(yoke_job_cancel(job), YOKE_OK);
    while (atomic_load(&taker.stops) == stops)
        nap(100000);
    atomic_store(&taker.open, 1);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_state(job), YOKE_STATE_CANCELLED);
    yoke_job_release(before);
    yoke_job_release(job);
    yoke_server_release(server);
}

static void *submit_three(void *server)
{
    const int three = 3;
    const yoke_task task = task_twice(&three);
    cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
    return NULL;
}

static void *close_server(void *server)
{
    cr_assert_eq(yoke_server_close(server), YOKE_OK);
    return NULL;
}

Test(server_take, closing_waits_for_it)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    bring_to_rest(server, &taker);
    atomic_store(&taker.manner, KEEPS);
    taker.within_take = arrive_and_wait;
    pthread_t submits, closes;
    cr_assert_eq(pthread_create(&submits, NULL, submit_three, server), 0);
    while (!atomic_load(&taker.arrived))
        nap(100000);
    cr_assert_eq(pthread_create(&closes, NULL, close_server, server), 0);
    nap(20000000);
    cr_assert_eq(atomic_load(&taker.closed), 0);
    atomic_store(&taker.open, 1);
    pthread_join(submits, NULL);
    pthread_join(closes, NULL);
    cr_assert_eq(atomic_load(&taker.closed), 1);
    cr_assert_eq(statistics_of(server).cancelled, 1);
    yoke_server_release(server);
}

/* ---- many ------------------------------------------------------------------------------------ */

Test(server_take, many_threads_submit_at_once)
{
    enum { THREADS = 4, JOBS = 2000 };
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, submit_and_check, server), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(atomic_load(&taker.by_take) + atomic_load(&taker.by_thread), THREADS * JOBS);
    cr_assert_eq(statistics_of(server).done, THREADS * JOBS);
    yoke_server_release(server);
}

/* Now and then the thread that submits them lets them all end, so that the next one is alone. */
Test(server_take, no_job_overtakes_an_earlier_one)
{
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    int submitted = 0;
    while (submitted < TAKEN_MAX - 100 &&
           (submitted < 5000 || !atomic_load(&taker.by_take) || !atomic_load(&taker.by_thread))) {
        char large[LARGE] = {0};
        yoke_task task = task_twice(&submitted);
        memcpy(large, &submitted, sizeof submitted);
        if (submitted % 7 == 3) {
            task.argument = large;
            task.argument_size = sizeof large;
        }
        cr_assert_eq(yoke_submit(server, &task, NULL), YOKE_OK);
        if (++submitted % 50 < 10)
            cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    }
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(taker.count, (unsigned)submitted);
    for (int i = 0; i < submitted; i++)
        cr_assert_eq(taker.order[i], i);
    yoke_server_release(server);
}

Test(server_take, a_long_chain_takes_no_stack)
{
    enum { JOBS = 20000 };
    struct taker taker = {0};
    yoke_server *server = open_with(&taker, 1);
    struct gate gate = {0};
    yoke_job *last = submit_gate(server, &gate);
    for (int i = 0; i < JOBS; i++) {
        yoke_job *next;
        yoke_task task = task_twice(&i);
        task.after = &last;
        task.after_count = 1;
        cr_assert_eq(yoke_submit(server, &task, &next), YOKE_OK);
        yoke_job_release(last);
        last = next;
    }
    atomic_store(&gate.open, 1);
    cr_assert_eq(yoke_server_wait(server, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_eq(yoke_job_status(last), YOKE_OK);
    yoke_job_release(last);
    yoke_server_release(server);
}
