/* What jobs on nodes print, and how far they are. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "with_cluster.h"

enum { STEPS = 20 };

static const struct grief none;

static yoke_job *submit_telling(yoke_server *server, uint64_t letters, uint64_t steps,
                                size_t result_size)
{
    unsigned char argument[16];
    yoke_pack_u64(yoke_pack_u64(argument, letters), steps);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = "tell";
    task.kernel_version = 1;
    task.argument = argument;
    task.argument_size = sizeof argument;
    task.result_size = result_size;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

TestSuite(telling, .init = start_cluster, .fini = end_cluster, .timeout = 60);

Test(telling, progress_comes_while_a_job_runs_and_output_with_its_end)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_job *job = submit_telling(server, 3, STEPS, 0);
    uint64_t done = 0, total = 0, changes = 0, before;
    time_t begin = time(NULL);
    while (yoke_job_state(job) < YOKE_STATE_DONE) {
        before = done;
        yoke_job_progress(job, &done, &total);
        cr_assert(done >= before && done <= STEPS && (total == STEPS || total == done));
        changes += done != before && done < STEPS;
        if (yoke_job_state(job) < YOKE_STATE_DONE)
            cr_assert_str_eq(yoke_job_output(job), "");
        usleep(5000);
    }
    /* Five looks a second, however slowly the job goes. */
    uint64_t most = 5 * (uint64_t)(time(NULL) - begin + 2);
    cr_assert(changes >= 1 && changes <= most, "throttled, %d times", (int)changes);
    cr_assert_eq(yoke_job_status(job), YOKE_OK, "%s", yoke_job_message(job));
    yoke_job_progress(job, &done, &total);
    cr_assert(done == STEPS && total == STEPS, "its last word");
    yoke_job_progress(job, NULL, NULL);
    cr_assert_str_eq(yoke_job_output(job), "tell\nxxx");
    leave(server);
    cr_assert_str_eq(yoke_job_output(job), "tell\nxxx", "as long as the handle");
    yoke_job_release(job);
}

static size_t length_without(const char *output, const char *note)
{
    size_t length = strlen(output), end = strlen(note);
    cr_assert(length > end, "%zu bytes", length);
    cr_assert_str_eq(output + length - end, note);
    return length - end;
}

Test(telling, output_is_bounded_as_here)
{
    start_node("node", none);
    yoke_server *server = join("program");
    yoke_job *job = submit_telling(server, 2 << 20, 0, 0);
    cr_assert_eq(yoke_job_result(job, NULL, 0), YOKE_OK, "%s", yoke_last_error());
    cr_assert_eq(length_without(yoke_job_output(job), "\n[more was printed, and dropped]\n"),
                 1 << 20);
    yoke_job_release(job);
    leave(server);
}

/* The hub lets 8 MiB through. */
Test(telling, output_makes_room_for_the_longest_result)
{
    enum { LONGEST = (8 << 20) - 1024, LONG = LONGEST - 1000 };
    start_node("node", none);
    yoke_server *server = join("program");
    char *result = malloc(LONGEST);
    yoke_job *job = submit_telling(server, 1 << 20, 0, LONG);
    cr_assert_eq(yoke_job_result(job, result, LONG), YOKE_OK, "%s", yoke_last_error());
    size_t length = length_without(yoke_job_output(job),
                                   "\n[more was printed, and does not fit beside the result]\n");
    cr_assert(length > 900 && length < 1000, "%zu", length);
    yoke_job_release(job);
    job = submit_telling(server, 1 << 20, 0, LONGEST);
    cr_assert_eq(yoke_job_result(job, result, LONGEST), YOKE_OK, "%s", yoke_last_error());
    cr_assert_str_eq(yoke_job_output(job), "");
    yoke_job_release(job);
    free(result);
    leave(server);
}

Test(telling, a_server_hears_of_its_jobs_on_nodes)
{
    start_node("node", none);
    cr_assert_eq(yoke_kernel_register("tell", 1, tell), YOKE_OK);
    yoke_server *server = join("program");
    unsigned char argument[16];
    yoke_pack_u64(yoke_pack_u64(argument, 5), STEPS);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = tell;
    task.argument = argument;
    task.argument_size = sizeof argument;
    yoke_job *job;
    cr_assert_eq(yoke_submit(server, &task, &job), YOKE_OK);
    uint64_t done = 0, total = 0, changes = 0, before;
    while (yoke_job_state(job) < YOKE_STATE_DONE) {
        before = done;
        yoke_job_progress(job, &done, &total);
        changes += done != before && done < STEPS;
        usleep(5000);
    }
    cr_assert_gt(changes, 0);
    yoke_job_progress(job, &done, &total);
    cr_assert(done == STEPS && total == STEPS);
    cr_assert_eq(yoke_job_wait(job, YOKE_SECONDS(20)), YOKE_OK);
    cr_assert_str_eq(yoke_job_output(job), "tell\nxxxxx");
    yoke_job_release(job);
    leave(server);
}
