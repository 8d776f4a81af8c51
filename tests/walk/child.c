/* Plays plans in a child process and reads how it ended: see child.h. */
#include "child.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "play.h"
#include "watch.h"

/* A plan is not played again after that. */
static const long long PLAY_NANOSECONDS = 8000000000;

unsigned long child_calls[FUNCTION_COUNT];

/* ---- the child ------------------------------------------------------------------------------- */

/* One letter for each step: - for one that is gone. */
static void keep(const char *letters)
{
    for (unsigned i = 0; i < plan.steps && letters[i]; i++)
        plan.step[i].gone = letters[i] == '-';
}

static void print_calls(void)
{
    for (unsigned i = 0; i < FUNCTION_COUNT; i++)
        printf("called %u %lu\n", i, atomic_load(&function_calls[i]));
    fflush(stdout);
}

static void play_times(unsigned times)
{
    long long end = now() + PLAY_NANOSECONDS;
    for (unsigned i = 0; i < times && now() < end; i++) {
        if (times > 1)
            printf("time %u\n", i + 1);
        play_plan();
    }
}

/* LLVM's OpenMP library (seen in 14, "Assertion failure at kmp_tasking.cpp") moves its table of
 * threads when they become more than 32, 64 and so on, and frees the old one while other threads
 * read it. Here it gets room for all that a plan may have before there are others. */
#ifdef __clang__
enum { THREADS_AT_ONCE = 250 };

static void *use_threads(void *unused)
{
#pragma omp parallel num_threads(THREADS_AT_ONCE)
    atomic_fetch_add_explicit(&moves, 1, memory_order_relaxed);
    return unused;
}

static void make_room_for_threads(void)
{
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, use_threads, NULL), "no thread");
    pthread_join(thread, NULL);
}
#else
static void make_room_for_threads(void)
{
}
#endif

int child_main(char **arguments)
{
    uint64_t seed = strtoull(arguments[0], NULL, 10);
    unsigned plans = (unsigned)strtoul(arguments[1], NULL, 10);
    unsigned times = (unsigned)strtoul(arguments[2], NULL, 10);
    make_room_for_threads();
    plain_open();
    watch_start();
    for (uint64_t end = seed + plans; seed < end; seed++) {
        plan_draw(&plan, seed);
        keep(arguments[3] ? arguments[3] : "");
        plan_settle(&plan);
        printf("plan %llu\n", (unsigned long long)seed);
        fflush(stdout);
        play_times(times);
    }
    print_calls();
    return 0;
}

/* ---- its parent ------------------------------------------------------------------------------ */

static void run_child(uint64_t seed, unsigned plans, unsigned times, const char *letters)
{
    char numbers[3][24];
    snprintf(numbers[0], sizeof numbers[0], "%llu", (unsigned long long)seed);
    snprintf(numbers[1], sizeof numbers[1], "%u", plans);
    snprintf(numbers[2], sizeof numbers[2], "%u", times);
    execl("/proc/self/exe", "walk", "--play", numbers[0], numbers[1], numbers[2], letters, NULL);
    _exit(127);
}

/* What the child prints, of which the end matters if it is too much. */
static void read_output(int pipe, char *output)
{
    size_t length = 0;
    for (ssize_t got; (got = read(pipe, output + length, OUTPUT_MAX - 1 - length)) > 0;) {
        length += (size_t)got;
        if (length == OUTPUT_MAX - 1) {
            length /= 2;
            memmove(output, output + OUTPUT_MAX - 1 - length, length);
        }
    }
    output[length] = '\0';
}

static void read_lines(struct report *report)
{
    report->plans = 0;
    report->place[0] = '\0';
    for (const char *line = report->output; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        unsigned long long seed;
        unsigned function, time;
        unsigned long calls;
        if (sscanf(line, "plan %llu", &seed) == 1) {
            report->plans++;
            report->seed = seed;
        } else if (sscanf(line, "time %u", &time) == 1) {
            report->time = time;
        } else if (sscanf(line, "called %u %lu", &function, &calls) == 2) {
            child_calls[function < FUNCTION_COUNT ? function : 0] += calls;
        } else if (!report->place[0]) {
            sscanf(line, "FINDING %63[^ ]", report->place);
        }
    }
}

static void judge_ending(int status, struct report *report)
{
    report->code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    if (!WIFEXITED(status))
        report->ending = CRASHED;
    else if (!report->code)
        report->ending = PASSED;
    else if (report->code == EXIT_FINDING && report->place[0])
        report->ending = FOUND;
    else
        report->ending = report->code == EXIT_HANG ? HUNG : CRASHED;
}

void child_play(uint64_t seed, unsigned plans, unsigned times, const struct plan *kept,
                struct report *report)
{
    char letters[STEPS_MAX + 1] = "";
    int ends[2], status;
    for (unsigned i = 0; kept && i < kept->steps; i++)
        letters[i] = kept->step[i].gone ? '-' : 'x';
    letters[kept ? kept->steps : 0] = '\0';
    REQUIRE(!pipe(ends), "no pipe");
    fflush(stdout);
    pid_t child = fork();
    REQUIRE(child >= 0, "no process");
    if (!child) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        run_child(seed, plans, times, letters);
    }
    close(ends[1]);
    report->seed = seed;
    read_output(ends[0], report->output);
    close(ends[0]);
    waitpid(child, &status, 0);
    read_lines(report);
    judge_ending(status, report);
}
