/* Runs with a checkpoint: stopped, killed, resumed. KILLS=100 in the environment has more than ten
 * of them killed. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "primes/checkpoint.h"
#include "random.h"
#include "with_folder.h"
#include "yoke/primes.h"

/* Some tenths of a second of work. */
#if YOKE_DEBUG
#define WIDTH UINT64_C(200000000)
#else
#define WIDTH UINT64_C(1500000000)
#endif

static yoke_primes_options checkpointed(void)
{
    yoke_primes_options options = YOKE_PRIMES_OPTIONS_INIT;
    options.checkpoint = path;
    options.checkpoint_interval = YOKE_MILLISECONDS(10);
    options.resume = true;
    return options;
}

static uint128 sum_plainly(uint64_t lo, uint64_t hi)
{
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(NULL, lo, hi, NULL, &sum), YOKE_OK, "%s", yoke_last_error());
    return uint128_join(sum);
}

/* Its lists of numbers are empty; whether there were some is another question. */
static struct checkpoint read_file_with(bool *in_the_midst)
{
    static char text[1 << 20];
    struct checkpoint found;
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    cr_assert_null(checkpoint_parse(text, size, &found), "%.*s", (int)size, text);
    *in_the_midst = found.sums.count || found.inside.count;
    record_close(&found.sums);
    record_close(&found.inside);
    return found;
}

static struct checkpoint read_file(void)
{
    bool in_the_midst;
    return read_file_with(&in_the_midst);
}

/* ---- in a process of its own -------------------------------------------------------------- */

struct interval {
    uint64_t lo, hi;
    yoke_algorithm algorithm;
    bool double_check;
};

static yoke_primes_options asked(const struct interval *interval)
{
    yoke_primes_options options = checkpointed();
    options.algorithm = interval->algorithm;
    options.double_check = interval->double_check;
    return options;
}

static pid_t start_run(const struct interval *interval, unsigned workers)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    yoke_primes_options options = asked(interval);
    yoke_server_options server_options = YOKE_SERVER_OPTIONS_INIT;
    server_options.workers = workers;
    yoke_server *server = NULL;
    yoke_uint128 sum;
    if (workers && yoke_server_open(&server_options, &server) != YOKE_OK)
        _exit(2);
    if (yoke_sum_primes(server, interval->lo, interval->hi, &options, &sum) != YOKE_OK) {
        fprintf(stderr, "%s\n", yoke_last_error());
        _exit(3);
    }
    _exit(0);
}

static int end_of(pid_t child)
{
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return status;
}

static void expect_result(const struct interval *interval, uint128 expected)
{
    yoke_primes_options options = asked(interval);
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(NULL, interval->lo, interval->hi, &options, &sum), YOKE_OK, "%s",
                 yoke_last_error());
    cr_assert(uint128_join(sum) == expected, "[%" PRIu64 ", %" PRIu64 ")", interval->lo,
              interval->hi);
    cr_assert_eq(read_file().done, interval->hi);
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

enum { INTERVALS = 3 };

/* Each run starts anew, is killed at a random moment, and resumed by another number of workers. */
static void kill_runs(const struct interval intervals[INTERVALS], uint64_t seed)
{
    uint64_t random = seed;
    int kills = getenv("KILLS") ? atoi(getenv("KILLS")) : 10;
    int killed_midway = 0;
    uint128 expected[INTERVALS];
    int64_t whole[INTERVALS];
    for (int i = 0; i < INTERVALS; i++) {
        expected[i] = sum_plainly(intervals[i].lo, intervals[i].hi);
        int64_t began = nanoseconds();
        cr_assert_eq(end_of(start_run(&intervals[i], 1)), 0);
        whole[i] = nanoseconds() - began;
        unlink(path);
    }
    for (int round = 0; round < kills; round++) {
        int i = (int)random_below(&random, INTERVALS);
        const struct interval *interval = &intervals[i];
        int64_t wait = (int64_t)random_below(&random, (uint64_t)whole[i]);
        pid_t child = start_run(interval, (unsigned)random_below(&random, 4));
        nanosleep(&(struct timespec){wait / 1000000000, wait % 1000000000}, NULL);
        kill(child, SIGKILL);
        int status = end_of(child);
        cr_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        if (access(path, F_OK) == 0) {
            bool in_the_midst;
            uint64_t done = (uint64_t)read_file_with(&in_the_midst).done;
            killed_midway += in_the_midst || (done > interval->lo && done < interval->hi);
        }
        cr_assert_eq(end_of(start_run(interval, (unsigned)random_below(&random, 4))), 0);
        expect_result(interval, expected[i]);
        unlink(path);
    }
    cr_log_info("%d of %d runs were killed with some of their work done", killed_midway, kills);
}

Test(long_runs, killed_runs_resume_to_the_exact_sum, .timeout = 300, .init = make_folder,
     .fini = remove_folder)
{
    static const uint64_t heights[] = {0, UINT64_C(100000000000), UINT64_C(1000000000000)};
    struct interval intervals[INTERVALS];
    for (int i = 0; i < INTERVALS; i++)
        intervals[i] =
            (struct interval){heights[i], heights[i] + WIDTH, YOKE_ALGORITHM_SIEVE, false};
    kill_runs(intervals, 6);
}

/* In the midst of the combinatorial sum, below lo or below hi, of the count or of the sum. */
Test(long_runs, killed_sums_resume_to_the_exact_sum, .timeout = 300, .init = make_folder,
     .fini = remove_folder)
{
    const uint64_t least = WIDTH * 100;
    const struct interval intervals[INTERVALS] = {
        {0, 100 * least, YOKE_ALGORITHM_COMBINATORIAL, false},
        {0, 20 * least, YOKE_ALGORITHM_COMBINATORIAL, true},
        {10 * least, 70 * least, YOKE_ALGORITHM_AUTO, false},
    };
    kill_runs(intervals, 9);
}

/* ---- in this process ---------------------------------------------------------------------- */

static yoke_server *open_server(unsigned workers)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    options.workers = workers;
    yoke_server *server;
    cr_assert_eq(yoke_server_open(&options, &server), YOKE_OK, "%s", yoke_last_error());
    return server;
}

/* What a run that was stopped at `done` leaves behind. */
static void leave(uint64_t lo, uint64_t hi, yoke_algorithm algorithm, uint64_t done)
{
    struct checkpoint left = {.start = lo, .stop = hi, .algorithm = algorithm, .done = done};
    uint64_t count;
    cr_assert_eq(yoke_count_primes(NULL, lo, done, NULL, &count), YOKE_OK);
    left.totals = (struct wide_totals){count, uint256_of(sum_plainly(lo, done))};
    char text[CHECKPOINT_TEXT_SIZE];
    size_t size = checkpoint_text(&left, text);
    FILE *file = fopen(path, "w");
    cr_assert(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

Test(long_runs, any_stop_and_any_workers_give_the_same_result, .timeout = 120, .init = make_folder,
     .fini = remove_folder)
{
    uint64_t random = 7;
    yoke_server *servers[] = {NULL, open_server(1), open_server(3)};
    for (int round = 0; round < 30; round++) {
        bool trial = round % 5 == 0;
        uint64_t lo = random_next(&random) >> (trial ? 40 : 10 + random_below(&random, 54));
        uint64_t hi = lo + random_below(&random, trial ? 20000 : 50000000) + 1;
        yoke_primes_options options = checkpointed();
        options.algorithm = trial ? YOKE_ALGORITHM_TRIAL : YOKE_ALGORITHM_AUTO;
        leave(lo, hi, options.algorithm, lo + random_below(&random, hi - lo + 1));
        yoke_uint128 sum;
        uint64_t count, expected;
        cr_assert_eq(yoke_sum_primes(servers[round % 3], lo, hi, &options, &sum), YOKE_OK, "%s",
                     yoke_last_error());
        cr_assert(uint128_join(sum) == sum_plainly(lo, hi), "[%" PRIu64 ", %" PRIu64 ")", lo, hi);
        cr_assert_eq(yoke_count_primes(NULL, lo, hi, &options, &count), YOKE_OK);
        cr_assert_eq(yoke_count_primes(NULL, lo, hi, NULL, &expected), YOKE_OK);
        cr_assert_eq(count, expected);
        cr_assert_eq(read_file().done, hi);
    }
    yoke_server_release(servers[1]);
    yoke_server_release(servers[2]);
}

Test(long_runs, the_whole_range_of_numbers_can_be_the_interval, .timeout = 60, .init = make_folder,
     .fini = remove_folder)
{
    leave(0, 100, YOKE_ALGORITHM_AUTO, 50);
    struct checkpoint left = read_file();
    left.stop = UINT64_MAX;
    left.done = UINT64_MAX - 1000;
    left.totals.sum = (struct uint256){0};
    char text[CHECKPOINT_TEXT_SIZE];
    size_t size = checkpoint_text(&left, text);
    FILE *file = fopen(path, "w");
    cr_assert(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
    yoke_primes_options options = checkpointed();
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(NULL, 0, UINT64_MAX, &options, &sum), YOKE_OK);
    cr_assert(uint128_join(sum) == sum_plainly(UINT64_MAX - 1000, UINT64_MAX));
}

Test(long_runs, bad_requests_are_refused_before_any_work, .timeout = 60, .init = make_folder,
     .fini = remove_folder)
{
    /* Were it not refused, this would take years. */
    uint64_t hi = UINT64_MAX;
    yoke_uint128 sum = {7, 7};
    yoke_primes_options options = checkpointed();
    options.checkpoint = NULL;
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, &options, &sum), YOKE_INVALID);
    options = checkpointed();
    options.checkpoint_interval = -1;
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, &options, &sum), YOKE_INVALID);
    options = checkpointed();
    options.checkpoint = "/no/such/folder/file";
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, &options, &sum), YOKE_SYSTEM);
    options = checkpointed();
    leave(0, 1000, YOKE_ALGORITHM_AUTO, 100);
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, &options, &sum), YOKE_SYSTEM);
    options.resume = false;
    cr_assert_eq(yoke_sum_primes(NULL, 0, hi, &options, &sum), YOKE_SYSTEM);
    cr_assert(sum.lo == 7 && sum.hi == 7);
    cr_assert_eq(read_file().done, 100);
}

static int warnings;

static void count_warning(yoke_log_level level, const char *line, void *context)
{
    (void)context;
    warnings += level == YOKE_LOG_WARNING && strstr(line, "cannot write the checkpoint");
}

static void put_obstacle(double done, double total, void *context)
{
    (void)done, (void)total;
    mkdir(context, 0777);
}

Test(long_runs, a_disk_that_fails_midway_costs_no_result, .timeout = 60, .init = make_folder,
     .fini = remove_folder)
{
    char obstacle[160];
    snprintf(obstacle, sizeof obstacle, "%s.new", path);
    yoke_log_set(count_warning, NULL, YOKE_LOG_WARNING);
    yoke_primes_options options = checkpointed();
    options.progress = put_obstacle;
    options.progress_context = obstacle;
    yoke_uint128 sum;
    cr_assert_eq(yoke_sum_primes(NULL, 0, 1000000, &options, &sum), YOKE_OK);
    yoke_log_set(NULL, NULL, YOKE_LOG_WARNING);
    cr_assert(uint128_join(sum) == 37550402023);
    cr_assert_gt(warnings, 0);
    cr_assert_eq(read_file().done, 0);
}
