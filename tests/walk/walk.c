/* A random walk through the whole public API: walk [--seconds=N] [--shrink=N] [SEED...]
 *
 * From each seed plans are drawn, and played in processes of their own: outside threads, kernels,
 * OpenMP tasks and callbacks submit jobs to up to three servers, wait for them in every way,
 * cancel, resize, ask and close. The walk keeps its own books and checks every answer against the
 * headers. A plan that crashes, hangs or gets a wrong answer is made short and told.
 *
 *     walk --plan=PLAN          plays one plan many times, and makes it short if it fails
 *     walk --play PLAN 1 100    plays one plan a hundred times, without a process of its own
 *     walk --tell PLAN          tells its steps
 *     walk --functions          the functions that a walk calls
 *
 * Exit status: 0 when nothing was found. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "books.h"
#include "child.h"
#include "shrink.h"

/* Plans for one process, which is soon ready for the next, and knows the state that others leave.
 */
enum { PLANS = 25 };

/* After so many plans, each function must have been called. */
enum { PLANS_FOR_ALL = 1000 };

/* How often --plan plays one. */
enum { TIMES = 1000 };

/* Plans of one seed are far from those of others. */
enum { SEED_STEP = 1000000 };

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
/* libomp keeps its threads until the process ends. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0:halt_on_error=1";
}

/* libomp takes the memory of an OpenMP task that has ended for the next one, through a list that
 * the sanitizer does not see. Who creates tasks writes to nothing else that others read. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race_top:run_in_tasks\nrace_top:play_tasks\n";
}
#endif
#endif

static struct report report, again;

/* Without the lines that tell how far the child has come. */
static void print_findings(const char *output)
{
    for (const char *line = output, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        if (strncmp(line, "plan ", 5) != 0)
            fwrite(line, 1, (size_t)(end - line), stdout);
    }
    fflush(stdout);
}

static void tell_failure(uint64_t seed, unsigned shrink_seconds)
{
    static const char *const endings[] = {"passed", "a finding", "a hang", "a crash"};
    printf("seed %llu: %s (%d) in plan %llu\n", (unsigned long long)seed, endings[report.ending],
           report.code, (unsigned long long)report.seed);
    print_findings(report.output);
    plan_draw(&plan, report.seed);
    if (shrink_seconds && shrink(&plan, &report, shrink_seconds, &again))
        puts("these steps do so:");
    else
        puts("played again it did not fail; all its steps:");
    plan_tell(&plan, stdout);
    fflush(stdout);
}

static bool has_called_all(uint64_t seed)
{
    bool all = true;
    for (unsigned i = 0; i < FUNCTION_COUNT; i++)
        if (!child_calls[i]) {
            printf("seed %llu: %s was never called\n", (unsigned long long)seed, function_names[i]);
            all = false;
        }
    return all;
}

static int walk_one(uint64_t number, unsigned shrink_seconds)
{
    child_play(number, 1, TIMES, NULL, &report);
    if (report.ending != PASSED)
        tell_failure(number / SEED_STEP, shrink_seconds);
    return report.ending != PASSED;
}

static int walk(uint64_t seed, unsigned seconds, unsigned shrink_seconds)
{
    time_t start = time(NULL);
    unsigned played = 0;
    do {
        child_play(seed * SEED_STEP + played, PLANS, 1, NULL, &report);
        played += report.plans;
        if (report.ending != PASSED) {
            printf("seed %llu: after %u plans and %ld s\n", (unsigned long long)seed, played,
                   (long)(time(NULL) - start));
            tell_failure(seed, shrink_seconds);
            return 1;
        }
    } while (time(NULL) - start < (time_t)seconds);
    printf("walk: seed %llu: %u plans, nothing found\n", (unsigned long long)seed, played);
    return played >= PLANS_FOR_ALL && !has_called_all(seed);
}

/* All seeds at the same time. */
static int walk_all(char **seeds, int count, unsigned seconds, unsigned shrink_seconds)
{
    int failed = 0, status;
    for (int i = 0; i < count; i++) {
        fflush(stdout);
        if (!fork()) {
            int result = walk(strtoull(seeds[i], NULL, 10), seconds, shrink_seconds);
            fflush(stdout);
            _exit(result);
        }
    }
    while (wait(&status) > 0)
        failed |= status != 0;
    return failed;
}

struct options {
    unsigned seconds, shrink_seconds;
    unsigned long long plan;
};

/* An option that is done with when it has been read; false when it is for what follows. */
static bool answer(const char *option, const char *next)
{
    if (!strcmp(option, "--functions"))
        for (unsigned i = 0; i < FUNCTION_COUNT; i++)
            puts(function_names[i]);
    else if (!strcmp(option, "--tell") && next) {
        plan_draw(&plan, strtoull(next, NULL, 10));
        plan_tell(&plan, stdout);
    } else {
        return false;
    }
    return true;
}

static bool read_option(const char *option, struct options *options)
{
    return sscanf(option, "--seconds=%u", &options->seconds) == 1 ||
           sscanf(option, "--shrink=%u", &options->shrink_seconds) == 1 ||
           sscanf(option, "--plan=%llu", &options->plan) == 1;
}

int main(int count, char **arguments)
{
    struct options options = {.seconds = 10, .shrink_seconds = 120};
    char *one[] = {"1"};
    int first = 1;
    if (count > 4 && !strcmp(arguments[1], "--play"))
        return child_main(arguments + 2);
    for (; first < count && arguments[first][0] == '-'; first++) {
        if (answer(arguments[first], arguments[first + 1]))
            return 0;
        if (!read_option(arguments[first], &options)) {
            fprintf(stderr, "walk: unknown option %s\n", arguments[first]);
            return 2;
        }
    }
    if (options.plan)
        return walk_one(options.plan, options.shrink_seconds);
    return first < count
               ? walk_all(arguments + first, count - first, options.seconds, options.shrink_seconds)
               : walk_all(one, 1, options.seconds, options.shrink_seconds);
}
