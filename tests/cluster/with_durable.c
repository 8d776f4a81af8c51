/* Opens durable programs for tests, and looks at what the hub keeps of them: see with_durable.h. */
#include "with_durable.h"

#include <criterion/criterion.h>
#include <unistd.h>
#include <yoke/primes.h>

yoke_cluster_options durable_options(const char *name)
{
    yoke_cluster_options options = cluster_options(name);
    options.durable = true;
    return options;
}

yoke_server *join_durable(const char *name)
{
    return join_as(durable_options(name), 0);
}

yoke_status try_keyed(yoke_server *server, const char *key, const char *kernel, uint64_t hi,
                      yoke_job **job)
{
    unsigned char interval[16];
    yoke_task task = interval_task(interval, kernel, 0, hi);
    task.key = key;
    return yoke_submit(server, &task, job);
}

yoke_job *submit_keyed(yoke_server *server, const char *key, const char *kernel, uint64_t hi)
{
    yoke_job *job;
    cr_assert_eq(try_keyed(server, key, kernel, hi, &job), YOKE_OK, "%s", yoke_last_error());
    return job;
}

void check_sum(yoke_job *job, uint64_t hi)
{
    unsigned char bytes[16];
    yoke_uint128 sum, expected;
    cr_assert_eq(yoke_job_result(job, bytes, sizeof bytes), YOKE_OK, "%s", yoke_last_error());
    yoke_unpack_u128(bytes, &sum);
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, NULL, &expected), YOKE_OK);
    cr_assert(sum.lo == expected.lo && sum.hi == expected.hi, "the sum below %d is wrong", (int)hi);
}

void open_stranger(struct connection *connection)
{
    yoke_cluster_options options = cluster_options("stranger");
    cr_assert_eq(connection_open(connection, &options), YOKE_OK, "%s", yoke_last_error());
}

int count_at_hub(struct connection *connection, const char *stream, const char *subjects)
{
    jsOptions options;
    jsOptions_Init(&options);
    options.Stream.Info.SubjectsFilter = subjects;
    jsStreamInfo *info;
    cr_assert_eq(js_GetStreamInfo(&info, connection->stream, stream, &options, NULL), NATS_OK);
    int count = info->State.Subjects ? info->State.Subjects->Count : 0;
    jsStreamInfo_Destroy(info);
    return count;
}

void assert_nothing_is_left(void)
{
    struct connection connection;
    open_stranger(&connection);
    cr_assert_eq(count_at_hub(&connection, SESSION_STREAM, SESSION_SUBJECT "program-kept.>"), 0);
    /* A node takes a job out once its result is there: another program may see it before. */
    while (count_at_hub(&connection, JOBS_STREAM, JOBS_SUBJECT "*.*" JOBS_ANY ".>") != 0)
        usleep(1000);
    connection_close(&connection);
}

void count_any(const char *key, yoke_job *job, void *context)
{
    (void)key;
    ++*(int *)context;
    yoke_job_release(job);
}

int count_kept(yoke_server *server)
{
    int count = 0;
    cr_assert_eq(yoke_server_collect(server, count_any, &count), YOKE_OK);
    return count;
}
