/* jobs NAME COUNT: the program of tests/hosts/run.sh. Submits so many jobs, says how many are done,
 * and fails unless every value is right, every result another one, and nothing lost or counted
 * twice. The environment says how to reach the hubs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <yoke/cluster.h>
#include <yoke/primes.h>

/* Between two lines; in jobs. */
#define STEP 100

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

static yoke_remote *submit(yoke_cluster *cluster, unsigned i)
{
    unsigned char argument[24];
    yoke_pack_u64(yoke_pack_u64(yoke_pack_u64(argument, FIRST(i)), FIRST(i) + WIDTH),
                  YOKE_ALGORITHM_TRIAL);
    yoke_cluster_task task = YOKE_CLUSTER_TASK_INIT;
    task.kernel = "sum_primes";
    task.version = 1;
    task.argument = argument;
    task.argument_size = sizeof argument;
    task.result_size = 16;
    yoke_remote *job;
    must(yoke_cluster_submit(cluster, &task, &job), "submit");
    return job;
}

static void check(yoke_remote *job, unsigned i, yoke_uint128 *sum)
{
    unsigned char bytes[16];
    yoke_uint128 expected;
    must(yoke_remote_result(job, bytes, sizeof bytes), "result");
    yoke_unpack_u128(bytes, sum);
    must(yoke_sum_primes(NULL, FIRST(i), FIRST(i) + WIDTH, NULL, &expected), "the right sum");
    if (sum->lo != expected.lo || sum->hi != expected.hi) {
        fprintf(stderr, "job %u has a wrong value\n", i);
        exit(EXIT_FAILURE);
    }
    yoke_remote_release(job);
    if ((i + 1) % STEP == 0)
        printf("%u done\n", i + 1);
}

static int compare(const void *left, const void *right)
{
    const yoke_uint128 *a = left, *b = right;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

static void check_counts(yoke_cluster *cluster, unsigned count, yoke_uint128 *sums)
{
    yoke_cluster_statistics now = {.size = sizeof now};
    must(yoke_cluster_stats(cluster, &now), "statistics");
    unsigned distinct = count > 0;
    qsort(sums, count, sizeof *sums, compare);
    for (unsigned i = 1; i < count; i++)
        distinct += sums[i].lo > sums[i - 1].lo;
    printf("%" PRIu64 " submitted, %" PRIu64 " done, %u distinct, %" PRIu64 " lost, %" PRIu64
           " delivered again, %" PRIu64 " results too many\n",
           now.submitted, now.done, distinct, now.lost, now.retried, now.repeated);
    if (now.submitted != count || now.done != count || distinct != count || now.active ||
        now.malformed)
        exit(EXIT_FAILURE);
}

int main(int words, char **word)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    unsigned count = words == 3 ? (unsigned)strtoul(word[2], NULL, 10) : 0;
    yoke_cluster_options how = YOKE_CLUSTER_OPTIONS_INIT;
    how.servers = getenv("YOKE_SERVERS");
    how.credentials = getenv("YOKE_CREDENTIALS");
    how.ca_file = getenv("YOKE_CA");
    how.certificate_file = getenv("YOKE_CERTIFICATE");
    how.key_file = getenv("YOKE_KEY");
    how.name = words == 3 ? word[1] : NULL;
    yoke_cluster *cluster;
    must(yoke_cluster_open(&how, &cluster), "open");
    yoke_remote **jobs = calloc(count, sizeof *jobs);
    yoke_uint128 *sums = calloc(count, sizeof *sums);
    if (count == 0 || !jobs || !sums)
        return fprintf(stderr, "usage: jobs NAME COUNT\n"), 2;
    for (unsigned i = 0; i < count; i++)
        jobs[i] = submit(cluster, i);
    for (unsigned i = 0; i < count; i++)
        check(jobs[i], i, &sums[i]);
    check_counts(cluster, count, sums);
    must(yoke_cluster_print_stats(cluster, stdout), "statistics");
    yoke_cluster_release(cluster);
    free(jobs);
    free(sums);
    return EXIT_SUCCESS;
}
