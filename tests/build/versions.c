/* A program with structs of one version, for a library of another: tests/build/builds.sh compiles
 * it with headers whose structs have a further field, `added`, and with those that do not, and runs
 * both with either library. ADDED is defined where they do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/yoke.h>

/* What lies behind a struct in the memory of a program, where a library of another version might
 * take it for a field, or write one. */
#define BESIDE(type)                                                                               \
    struct {                                                                                       \
        type known;                                                                                \
        long behind[2];                                                                            \
    }

static void expect(bool met, const char *what)
{
    if (met)
        return;
    fprintf(stderr, "%s: %s\n", what, yoke_last_error());
    exit(EXIT_FAILURE);
}

static yoke_status twice(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    *(int *)result = 2 * *(const int *)argument;
    return YOKE_OK;
}

static void run_job(yoke_server *server)
{
    BESIDE(yoke_task) task = {YOKE_TASK_INIT, {-1, -1}};
    int number = 21;
    task.known.kernel = twice;
    task.known.argument = &number, task.known.argument_size = sizeof number;
    task.known.result_size = sizeof number;
    yoke_job *job;
    expect(yoke_submit(server, &task.known, &job) == YOKE_OK, "a task is refused");
    expect(yoke_job_result(job, &number, sizeof number) == YOKE_OK, "a job has no result");
    expect(number == 42, "a job has another result");
    yoke_job_release(job);
#ifdef ADDED
    task.known.added = 1;
    expect(yoke_submit(server, &task.known, &job) == YOKE_INVALID,
           "a field that is set is ignored");
#endif
}

static void read_statistics(yoke_server *server)
{
    BESIDE(yoke_server_statistics) all = {{.size = sizeof all.known}, {-1, -1}};
    BESIDE(yoke_place_statistics) place = {{.size = sizeof place.known}, {-1, -1}};
    expect(yoke_server_get_statistics(server, &all.known) == YOKE_OK, "no statistics");
    expect(all.known.workers == 2 && all.known.done == 1, "other statistics");
    expect(yoke_server_get_place_statistics(server, 0, &place.known) == YOKE_OK, "none of a place");
    expect(all.behind[0] == -1 && place.behind[0] == -1, "statistics are written beyond their end");
}

int main(void)
{
    BESIDE(yoke_server_options) options = {YOKE_SERVER_OPTIONS_INIT, {-1, -1}};
    BESIDE(yoke_topology_options) where = {YOKE_TOPOLOGY_OPTIONS_INIT, {-1, -1}};
    BESIDE(yoke_primes_options) how = {YOKE_PRIMES_OPTIONS_INIT, {-1, -1}};
    options.known.workers = 2;
    yoke_server *server;
    expect(yoke_server_open(&options.known, &server) == YOKE_OK, "no server");
    run_job(server);
    read_statistics(server);
    yoke_server_release(server);
    yoke_topology *topology;
    expect(yoke_topology_open(&where.known, &topology) == YOKE_OK, "no topology");
    yoke_topology_release(topology);
    uint64_t count;
    expect(yoke_count_primes(NULL, 0, 100, &how.known, &count) == YOKE_OK && count == 25,
           "a count");
    return EXIT_SUCCESS;
}
