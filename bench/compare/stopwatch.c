/* What `make bench-compare` measures. It is compiled twice, against the headers and the library of
 * either revision, so it keeps to calls that have been there from the start.
 *
 * Without arguments it names its rows, one to a line. With a row's name it measures that once,
 * after a smaller run to warm up, and prints the seconds and the answer: both revisions must give
 * the same. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yoke/yoke.h>

struct row {
    const char *name;
    void (*run)(const struct row *, unsigned times);
    unsigned times; /* so that it takes some 50 ms at least: less is all noise                    */
    uint64_t lo, hi;
    yoke_algorithm algorithm;
    bool alone; /* in the calling thread                                                          */
};

static yoke_server *server;
static yoke_uint128 answer;

static void must(yoke_status status)
{
    if (status == YOKE_OK)
        return;
    fprintf(stderr, "stopwatch: %s\n", yoke_last_error());
    exit(EXIT_FAILURE);
}

static void sum(const struct row *row, unsigned times)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.algorithm = row->algorithm;
    for (unsigned i = 0; i < times; i++)
        must(yoke_sum_primes(row->alone ? NULL : server, row->lo, row->hi, &options, &answer));
}

static yoke_status do_nothing(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)argument, (void)result;
    return YOKE_OK;
}

static void flood(const struct row *row, unsigned times)
{
    (void)row;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_nothing;
    for (unsigned i = 0; i < times; i++)
        must(yoke_submit(server, &task, NULL));
    must(yoke_server_wait(server, YOKE_FOREVER));
}

/* Many at a time: a single job's way there and back is as long as the system takes to wake a
 * thread, which says little about yoke. */
enum { HANDFUL = 100 };

static void submit_and_wait(const struct row *row, unsigned times)
{
    (void)row;
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = do_nothing;
    yoke_job *jobs[HANDFUL];
    for (unsigned done = 0; done < times; done += HANDFUL) {
        for (unsigned i = 0; i < HANDFUL; i++)
            must(yoke_submit(server, &task, &jobs[i]));
        must(yoke_wait_all(jobs, HANDFUL, YOKE_FOREVER));
        for (unsigned i = 0; i < HANDFUL; i++)
            yoke_job_release(jobs[i]);
    }
}

#define HIGH UINT64_C(1000000000000000000)

static const struct row rows[] = {
    {"sieve [0, 1e10)", sum, 1, 0, 10000000000, YOKE_ALGORITHM_SIEVE, false},
    {"sieve 1e14 + [0, 1e9)", sum, 1, 100000000000000, 100001000000000, YOKE_ALGORITHM_SIEVE,
     false},
    {"sieve 1e18 + [0, 1e9)", sum, 1, HIGH, HIGH + 1000000000, YOKE_ALGORITHM_SIEVE, false},
    {"combinatorial [0, 1e13)", sum, 3, 0, 10000000000000, YOKE_ALGORITHM_COMBINATORIAL, false},
    {"narrow 1e18 + [0, 1e4)", sum, 400, HIGH, HIGH + 10000, YOKE_ALGORITHM_AUTO, true},
    {"submit empty jobs", flood, 200000, 0, 0, YOKE_ALGORITHM_AUTO, false},
    {"submit and wait for 100 jobs", submit_and_wait, 200000, 0, 0, YOKE_ALGORITHM_AUTO, false},
};

enum { ROWS = sizeof rows / sizeof *rows };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double measure(const struct row *row)
{
    struct row small = *row;
    small.hi = row->lo + (row->hi - row->lo) / 10;
    small.run(&small, (row->times + 9) / 10);
    double began = now();
    row->run(row, row->times);
    return (now() - began) / row->times;
}

int main(int count, char **words)
{
    for (unsigned i = 0; i < ROWS; i++) {
        if (count < 2) {
            puts(rows[i].name);
        } else if (strcmp(words[1], rows[i].name) == 0) {
            must(yoke_server_open(NULL, &server));
            double seconds = measure(&rows[i]);
            char text[YOKE_UINT128_TEXT_SIZE];
            printf("%.9e %s\n", seconds, yoke_uint128_text(answer, text));
            yoke_server_release(server);
            return EXIT_SUCCESS;
        }
    }
    return count < 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
