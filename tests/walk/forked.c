/* What a process answers of the servers, groups and jobs of its parent. */
#include <sys/wait.h>
#include <unistd.h>

#include "play.h"

static void forked(yoke_status status, const char *what)
{
    REQUIRE(status == YOKE_FORKED, "after a fork, %s answers %d", what, (int)status);
}

static void ask_job(unsigned job, yoke_job *handle)
{
    uint64_t result[UNITS_MAX * UNIT / sizeof(uint64_t)];
    forked(CALL(yoke_job_wait)(handle, YOKE_FOREVER), "yoke_job_wait()");
    forked(CALL(yoke_wait_any)(&handle, 1, YOKE_FOREVER, NULL), "yoke_wait_any()");
    forked(CALL(yoke_wait_all)(&handle, 1, YOKE_FOREVER), "yoke_wait_all()");
    forked(CALL(yoke_job_cancel)(handle), "yoke_job_cancel()");
    forked(CALL(yoke_job_result)(handle, result, plan.traits[job].result_units * UNIT),
           "yoke_job_result()");
    CALL(yoke_job_release)(handle);
}

static void ask_group(yoke_group *group, const yoke_task *task)
{
    forked(CALL(yoke_group_submit)(group, task, NULL), "yoke_group_submit()");
    forked(CALL(yoke_group_wait)(group, YOKE_FOREVER), "yoke_group_wait()");
    forked(CALL(yoke_group_cancel)(group), "yoke_group_cancel()");
    CALL(yoke_group_release)(group);
}

static void ask_server(yoke_server *server, const yoke_task *task)
{
    yoke_server_statistics statistics = {.size = sizeof statistics};
    yoke_place_statistics place = {.size = sizeof place};
    yoke_group *group;
    forked(CALL(yoke_submit)(server, task, NULL), "yoke_submit()");
    forked(CALL(yoke_try_submit)(server, task, NULL), "yoke_try_submit()");
    forked(CALL(yoke_server_resize)(server, 1), "yoke_server_resize()");
    forked(CALL(yoke_server_wait)(server, YOKE_FOREVER), "yoke_server_wait()");
    forked(CALL(yoke_server_get_statistics)(server, &statistics), "yoke_server_get_statistics()");
    forked(CALL(yoke_server_get_place_statistics)(server, 0, &place),
           "yoke_server_get_place_statistics()");
    forked(CALL(yoke_server_print_statistics)(server, stdout), "yoke_server_print_statistics()");
    forked(CALL(yoke_server_print_statistics_json)(server, stdout),
           "yoke_server_print_statistics_json()");
    forked(CALL(yoke_server_write_trace)(server, stdout, YOKE_TRACE_SVG), "a trace");
    forked(CALL(yoke_group_open)(server, &group), "yoke_group_open()");
    forked(CALL(yoke_server_close)(server), "yoke_server_close()");
    REQUIRE(!CALL(yoke_server_workers)(server), "after a fork a server has workers");
    CALL(yoke_server_release)(server);
}

static yoke_status do_nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static void ask_all(unsigned number)
{
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_nothing;
    for (unsigned job = 0; job < plan.jobs; job++) {
        yoke_job *handle = hold(job);
        if (handle)
            ask_job(job, handle);
    }
    for (unsigned i = 0; i < GROUPS; i++)
        ask_group(atomic_load(&servers[number].group[i]), &task);
    ask_server(server_of(number), &task);
}

/* ThreadSanitizer's own memory may be locked by another thread at that moment, and then stays so in
 * the child. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MAY_FORK false
#endif
#endif
#ifndef MAY_FORK
#define MAY_FORK true
#endif

void play_fork(const struct step *step, struct layer *layer)
{
    unsigned number = step->value / 8 % plan.servers;
    int status = 0;
    (void)layer;
    if (!MAY_FORK || !server_of(number) || step->value % 8)
        return;
    pid_t child = fork();
    REQUIRE(child >= 0, "no process");
    if (!child) {
        ask_all(number);
        _exit(0);
    }
    waitpid(child, &status, 0);
    REQUIRE(!status, "after a fork the child ended with %d", status);
}
