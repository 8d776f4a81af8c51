/* jobs NAME COUNT [durable]: the program of tests/hosts/run.sh. Submits so many jobs, says how many
 * are done, and fails unless every value is right, every result another one, and nothing lost or
 * counted twice. A durable one has keys for them, has the hub keep all results until the end, and
 * fails if anything is left there then. The environment says how to reach the hubs. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yoke/cluster.h>
#include <yoke/primes.h>
#include <yoke/statistics.h>

/* Between two lines; in jobs. */
#define STEP 100
/* To open the cluster; each waits for five seconds. */
#define TRIES 8

static void must(yoke_status status, const char *what)
{
    if (status == YOKE_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, yoke_last_error());
    exit(EXIT_FAILURE);
}

/* Some milliseconds of trial division, and another sum for each job. */
#define FIRST(i) (1000 * (uint64_t)(i))
#define WIDTH    20000

static bool durable;

struct program {
    yoke_cluster *cluster;
    yoke_server *server;
};

static yoke_job *submit(yoke_server *server, unsigned i)
{
    unsigned char argument[24];
    char key[32];
    snprintf(key, sizeof key, "sum.%u", i);
    yoke_pack_u64(yoke_pack_u64(yoke_pack_u64(argument, FIRST(i)), FIRST(i) + WIDTH),
                  YOKE_ALGORITHM_TRIAL);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel_name = "sum_primes";
    task.kernel_version = 1;
    task.argument = argument;
    task.argument_size = sizeof argument;
    task.result_size = 16;
    task.key = durable ? key : NULL;
    yoke_job *job;
    must(yoke_submit(server, &task, &job), "submit");
    return job;
}

static void check(yoke_job *job, unsigned i, yoke_uint128 *sum)
{
    unsigned char bytes[16];
    yoke_uint128 expected;
    must(yoke_job_result(job, bytes, sizeof bytes), "result");
    yoke_unpack_u128(bytes, sum);
    must(yoke_sum_primes(NULL, FIRST(i), FIRST(i) + WIDTH, NULL, &expected), "the right sum");
    if (sum->lo != expected.lo || sum->hi != expected.hi) {
        fprintf(stderr, "job %u has a wrong value\n", i);
        exit(EXIT_FAILURE);
    }
    if ((i + 1) % STEP == 0)
        printf("%u done\n", i + 1);
}

static int compare(const void *left, const void *right)
{
    const yoke_uint128 *a = left, *b = right;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

static void check_counts(const struct program *program, unsigned count, yoke_uint128 *sums)
{
    yoke_server_statistics now = {.size = sizeof now};
    yoke_cluster_statistics traffic = {.size = sizeof traffic};
    must(yoke_server_get_statistics(program->server, &now), "statistics");
    must(yoke_cluster_get_statistics(program->cluster, &traffic), "statistics");
    unsigned distinct = count > 0;
    qsort(sums, count, sizeof *sums, compare);
    for (unsigned i = 1; i < count; i++)
        distinct += sums[i].lo > sums[i - 1].lo;
    printf("%" PRIu64 " submitted, %" PRIu64 " done, %u distinct, %" PRIu64 " lost, %" PRIu64
           " delivered again, %" PRIu64 " results too many\n",
           now.submitted, now.done, distinct, now.lost, traffic.retried, traffic.repeated);
    if (now.submitted != count || now.done != count || distinct != count ||
        now.queued + now.running || traffic.malformed)
        exit(EXIT_FAILURE);
}

/* Hubs that have just lost one of them do not answer for some seconds. */
static struct program join(const yoke_cluster_options *how)
{
    struct program program;
    yoke_status status;
    int tries = 0;
    while ((status = yoke_cluster_open(how, &program.cluster)) == YOKE_SYSTEM && ++tries < TRIES)
        fprintf(stderr, "open: %s; trying again\n", yoke_last_error());
    must(status, "open");
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.cluster = program.cluster;
    must(yoke_server_open(&options, &program.server), "open a server");
    return program;
}

static void leave(const struct program *program)
{
    yoke_server_release(program->server);
    yoke_cluster_release(program->cluster);
}

static void count_left(const char *key, yoke_job *job, void *context)
{
    (void)key;
    ++*(unsigned *)context;
    yoke_job_release(job);
}

/* As the next program of the name finds it. */
static void check_nothing_is_left(const yoke_cluster_options *how)
{
    unsigned left = 0;
    const struct program program = join(how);
    must(yoke_server_collect(program.server, count_left, &left), "collect");
    leave(&program);
    printf("%u left at the hub\n", left);
    if (left)
        exit(EXIT_FAILURE);
}

int main(int words, char **word)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    unsigned count = words >= 3 ? (unsigned)strtoul(word[2], NULL, 10) : 0;
    durable = words == 4 && strcmp(word[3], "durable") == 0;
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    how.servers = getenv("YOKE_SERVERS");
    how.credentials = getenv("YOKE_CREDENTIALS");
    how.ca_file = getenv("YOKE_CA");
    how.certificate_file = getenv("YOKE_CERTIFICATE");
    how.key_file = getenv("YOKE_KEY");
    how.name = words >= 3 ? word[1] : NULL;
    how.durable = durable;
    const struct program program = join(&how);
    yoke_job **jobs = calloc(count, sizeof *jobs);
    yoke_uint128 *sums = calloc(count, sizeof *sums);
    if (count == 0 || !jobs || !sums)
        return fprintf(stderr, "usage: jobs NAME COUNT [durable]\n"), 2;
    for (unsigned i = 0; i < count; i++)
        jobs[i] = submit(program.server, i);
    for (unsigned i = 0; i < count; i++)
        check(jobs[i], i, &sums[i]);
    check_counts(&program, count, sums);
    must(yoke_server_print_statistics(program.server, stdout), "statistics");
    for (unsigned i = 0; i < count; i++)
        yoke_job_release(jobs[i]);
    leave(&program);
    if (durable)
        check_nothing_is_left(&how);
    free(jobs);
    free(sums);
    return EXIT_SUCCESS;
}
