/* Runs the built programs as a user does. The sessions in tests/apps/sessions/ are files of
 *
 *     $ a command for the shell, which finds the programs by name
 *     > a line of its stdout
 *     ! a line of its stderr
 *     = its exit status, 0 when left out
 *     ? a condition: where this command fails, the rest of the file is not run
 *
 * and of any other lines, which explain. In the expected lines * stands for any characters, and a
 * line ... for any number of lines, none included. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json.h"

enum { TEXT_SIZE = 16384 };

struct outcome {
    char output[TEXT_SIZE], errors[TEXT_SIZE];
    int status;
};

/* ---- running --------------------------------------------------------------------------------- */

static void use_built_programs(void)
{
    char path[8192], *build = realpath(YOKE_BUILD, NULL);
    cr_assert(build, "no folder " YOKE_BUILD ": run this from the root of the repository");
    snprintf(path, sizeof path, "%s/apps:%s/apps/examples:%s/bench:%s/tests/faults:%s", build,
             build, build, build, getenv("PATH"));
    setenv("PATH", path, 1);
    free(build);
    /* What the sessions say about workers holds where nobody decides for them. */
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OMP_THREAD_LIMIT");
    unsetenv("SLURM_CPUS_PER_TASK");
}

static void read_back(FILE *file, char text[TEXT_SIZE])
{
    rewind(file);
    size_t length = fread(text, 1, TEXT_SIZE - 1, file);
    text[length] = '\0';
    fclose(file);
}

static void run(const char *command, struct outcome *outcome)
{
    FILE *output = tmpfile(), *errors = tmpfile();
    cr_assert(output && errors);
    pid_t child = fork();
    if (child == 0) {
        /* A shell in the background has its programs ignore it, and no shell can take that back. */
        signal(SIGINT, SIG_DFL);
        dup2(fileno(output), STDOUT_FILENO);
        dup2(fileno(errors), STDERR_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    cr_assert(child > 0 && waitpid(child, &status, 0) == child);
    outcome->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_back(output, outcome->output);
    read_back(errors, outcome->errors);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool line_matches(const char *pattern, const char *line)
{
    for (; *pattern != '*'; pattern++, line++) {
        if (*pattern != *line)
            return false;
        if (*pattern == '\n')
            return true;
    }
    for (;; line++) {
        if (line_matches(pattern + 1, line))
            return true;
        if (!*line || *line == '\n')
            return false;
    }
}

static const char *next_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end ? end + 1 : text + strlen(text);
}

static bool matches(const char *pattern, const char *text)
{
    if (!*pattern)
        return !*text;
    if (strncmp(pattern, "...\n", 4) == 0)
        return matches(pattern + 4, text) || (*text && matches(pattern, next_line(text)));
    return line_matches(pattern, text) && matches(next_line(pattern), next_line(text));
}

static int check(const char *file, int line, const char *command, const struct outcome *expected)
{
    struct outcome found;
    run(command, &found);
    bool same = matches(expected->output, found.output) &&
                matches(expected->errors, found.errors) && expected->status == found.status;
    cr_expect(same,
              "%s:%d: $ %s\n--- expected, exit %d\n%s--- on stderr\n%s"
              "--- found, exit %d\n%s--- on stderr\n%s---",
              file, line, command, expected->status, expected->output, expected->errors,
              found.status, found.output, found.errors);
    return 1;
}

/* Returns the number of commands that were run. */
static int check_session(const char *path)
{
    FILE *file = fopen(path, "r");
    cr_assert(file, "%s", path);
    char text[1024], command[1024] = "";
    struct outcome expected;
    int checked = 0, command_line = 0;
    for (int line = 1; fgets(text, sizeof text, file); line++) {
        const char *rest = text[1] == ' ' ? text + 2 : text + 1;
        if (text[0] == '$') {
            if (*command)
                checked += check(path, command_line, command, &expected);
            snprintf(command, sizeof command, "%.*s", (int)strcspn(rest, "\n"), rest);
            command_line = line;
            expected = (struct outcome){.status = 0};
        } else if (text[0] == '>') {
            strcat(expected.output, rest);
        } else if (text[0] == '!') {
            strcat(expected.errors, rest);
        } else if (text[0] == '=') {
            expected.status = atoi(rest);
        } else if (text[0] == '?' && system(rest) != 0) {
            fprintf(stderr, "SKIPPED %s: it needs %s", path, rest);
            fclose(file);
            return 1;
        }
    }
    if (*command)
        checked += check(path, command_line, command, &expected);
    fclose(file);
    return checked;
}

struct session {
    char path[256];
};

/* A test for each file, so that some run side by side. */
ParameterizedTestParameters(cli, sessions)
{
    static struct session sessions[64];
    glob_t files;
    size_t count = 0;
    if (glob("tests/apps/sessions/*.txt", 0, NULL, &files) == 0)
        for (; count < files.gl_pathc && count < sizeof sessions / sizeof *sessions; count++)
            snprintf(sessions[count].path, sizeof sessions->path, "%s", files.gl_pathv[count]);
    globfree(&files);
    return cr_make_param_array(struct session, sessions, count);
}

ParameterizedTest(struct session *session, cli, sessions, .timeout = 300)
{
    use_built_programs();
    cr_expect(check_session(session->path) > 0, "%s runs nothing", session->path);
}

/* They are looked for where the tests run. */
Test(cli, there_are_sessions, .timeout = 10)
{
    glob_t files;
    cr_assert_eq(glob("tests/apps/sessions/*.txt", 0, NULL, &files), 0,
                 "no sessions in tests/apps: run this from the root of the repository");
    cr_expect_leq(files.gl_pathc, 64, "more sessions than there is room for");
    globfree(&files);
}

/* What compares the sessions must not take everything for the same. */
Test(cli, patterns, .timeout = 10)
{
    cr_expect(matches("", ""));
    cr_expect(matches("a*c\n", "abbc\n"));
    cr_expect(matches("*\n", "\n"));
    cr_expect(matches("...\nb\n...\n", "a\na\nb\n"));
    cr_expect(matches("a * b\n", "a * b\n"));
    cr_expect_not(matches("", "a\n"));
    cr_expect_not(matches("a\n", ""));
    cr_expect_not(matches("a\n", "a"));
    cr_expect_not(matches("a*c\n", "ab\nc\n"));
    cr_expect_not(matches("a\n...\nb\n", "a\nc\n"));
    cr_expect_not(matches("a\n", "a\nb\n"));
}

/* Each command's help is one screen, and no line is cut. */
Test(cli, help_fits_a_terminal, .timeout = 60)
{
    use_built_programs();
    static struct outcome outcome;
    run("for command in '' $(yoke help | sed -n '/^Commands:/,/^$/s/^  \\([a-z]*\\) .*/\\1/p'); do "
        "lines=$(yoke help $command 2>/dev/null | wc -l); [ $lines -le 40 ] || echo $command "
        "$lines; done",
        &outcome);
    cr_expect_str_eq(outcome.output, "", "more than 40 lines: %s", outcome.output);
    run("yoke help && yoke help sum && yoke help count && yoke help topology && yoke help doctor "
        "&& yoke help help && "
        "sum_primes --help && callback --help && dynamic_ncpus --help && "
        "quicksort --help && queens --help && cholesky --help && "
        "auto_diff --help && sum_primes_functor --help && "
        "integrate --help && jacobi --help && mandelbrot --help && sweep --help && "
        "loop_bench --help && fork_bench --help",
        &outcome);
    cr_assert_eq(outcome.status, 0);
    for (const char *line = outcome.output; *line; line = next_line(line))
        cr_expect(strcspn(line, "\n") <= 80, "%.*s", (int)strcspn(line, "\n"), line);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

Test(cli, json_is_valid, .timeout = 60)
{
    cr_assert(json_is_valid("{\"a\": {\"b\\\"\": -1.5}, \"c\": 0}\n"));
    cr_assert_not(json_is_valid("{\"a\": 1,}"));
    cr_assert_not(json_is_valid("{\"a\": 01}"));
    cr_assert_not(json_is_valid("{\"a\": \"1}"));
    cr_assert_not(json_is_valid("{\"a\": 1} 2"));
    cr_assert(json_is_valid("[1, [2, {}], []]"));
    cr_assert_not(json_is_valid("[1,]"));

    static const char *const commands[] = {
        "yoke sum 1e5 --json",
        "yoke count 2^64-10 2^64 --json --threads=1",
        "yoke sum 1e9 --json --threads=2 --time",
        "OMP_NUM_THREADS=1 yoke sum 1e9 --json --algorithm=sieve",
        "yoke sum --first 1e5 --json",
        "yoke count 1e15 --json --explain",
        "yoke topology --json",
        "yoke doctor --json || [ $? = 1 ]",
        "yoke topology --json --xml tests/topology/hybrid.xml",
    };
    use_built_programs();
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome outcome;
        run(commands[i], &outcome);
        cr_expect(outcome.status == 0 && *outcome.output == '{' && json_is_valid(outcome.output) &&
                      strchr(outcome.output, '\n')[1] == '\0',
                  "%s printed %s%s", commands[i], outcome.output, outcome.errors);
    }
}
