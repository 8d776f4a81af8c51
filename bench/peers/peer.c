/* Runs a program of the user's by the shell, and looks for the answer in what it prints: see
 * peer.h. */
#include "peer.h"

#include <errno.h>
#include <inttypes.h>
#include <omp.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yoke/integer.h>

#include "cli/report.h"
#include "known.h"
#include "sieves.h"

extern char **environ;

enum { COMMAND_MAX = 1000, OUTPUT_MAX = 4096 };

#define EXAMPLE "such as --peer='primesieve=primesieve {lo} {last} -t{threads} -q'"

bool peer_takes_part(const struct peer *peer, struct interval interval, bool below)
{
    bool takes_start = strstr(peer->command, "{lo}");
    return takes_start ? !below : interval.lo == 0;
}

static bool is_told_threads(const struct peer *peer)
{
    return strstr(peer->command, "{threads}");
}

/* NAME or NAME[ISA]. Returns whether brackets, if there are any, hold a word. */
static bool read_isa(struct peer *peer)
{
    const char *open = strchr(peer->name, '[');
    size_t length = open ? strcspn(open + 1, "[]") : 0;
    *peer->isa = '\0';
    if (!open)
        return !strchr(peer->name, ']');
    if (open == peer->name || !length || strcmp(open + 1 + length, "]") != 0)
        return false;
    snprintf(peer->isa, sizeof peer->isa, "%.*s", (int)length, open + 1);
    return true;
}

int peer_read(struct peer *peer, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (!length || !equals[1])
        return report_usage("--peer=\"%.60s\" needs a name and a command, " EXAMPLE, text);
    if (length >= sizeof peer->name)
        return report_usage("--peer=\"%.60s\": its name must be shorter than %zu characters", text,
                            sizeof peer->name);
    if (strlen(equals + 1) >= COMMAND_MAX / 2)
        return report_usage("--peer=\"%.60s\": its command must be shorter than %d characters; put "
                            "it into a script",
                            text, COMMAND_MAX / 2);
    snprintf(peer->name, sizeof peer->name, "%.*s", (int)length, text);
    peer->command = equals + 1;
    if (!read_isa(peer))
        return report_usage("--peer=\"%.60s\": its instruction set stands in brackets behind its "
                            "name, as in primesieve[avx2]",
                            text);
    if (strstr(peer->command, "{hi}") || strstr(peer->command, "{last}"))
        return 0;
    return report_usage("--peer=\"%.60s\": without {hi} or {last} its command does not know where "
                        "to stop, " EXAMPLE,
                        text);
}

/* ---- running --------------------------------------------------------------------------------- */

/* The command with the numbers filled in; what is cut off at the end would not have fitted a
 * command of allowed length with any numbers. */
static void fill_in(const struct contender *self, struct interval interval,
                    char command[COMMAND_MAX])
{
    const struct {
        const char *name;
        uint64_t value;
    } places[] = {{"{lo}", interval.lo},
                  {"{hi}", interval.hi},
                  {"{last}", interval.hi - 1},
                  {"{threads}", self->threads}};
    const char *template = ((const struct peer *)self->choice)->command;
    size_t length = 0;
    while (*template && length < COMMAND_MAX - 24) {
        size_t i = 0;
        while (i < 4 && strncmp(template, places[i].name, strlen(places[i].name)) != 0)
            i++;
        if (i == 4) {
            command[length++] = *template ++;
        } else {
            length += (size_t)snprintf(command + length, 24, "%" PRIu64, places[i].value);
            template += strlen(places[i].name);
        }
    }
    command[length] = '\0';
}

/* Reads to the end, keeps the start. */
static void read_all(int descriptor, char output[OUTPUT_MAX])
{
    char rest[512];
    size_t length = 0;
    for (;;) {
        bool full = length == OUTPUT_MAX - 1;
        ssize_t count = full ? read(descriptor, rest, sizeof rest)
                             : read(descriptor, output + length, OUTPUT_MAX - 1 - length);
        if (count == 0 || (count < 0 && errno != EINTR))
            break;
        if (count > 0 && !full)
            length += (size_t)count;
    }
    output[length] = '\0';
}

/* Returns the command's status as wait() gives it, or -1 with errno. */
static int run_command(char *command, char output[OUTPUT_MAX])
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    char shell[] = "sh", option[] = "-c";
    char *words[] = {shell, option, command, NULL};
    pid_t child;
    int failed = posix_spawn(&child, "/bin/sh", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (!failed)
        read_all(ends[0], output);
    close(ends[0]);
    int status = -1;
    if (failed)
        errno = failed;
    else
        waitpid(child, &status, 0);
    return status;
}

/* ---- its answer ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the number stands in the text by itself: not as a part of a longer one. */
static bool contains(const char *text, const char *number)
{
    size_t length = strlen(number);
    for (const char *at = text; (at = strstr(at, number)); at++) {
        bool starts = at == text || (!is_digit(at[-1]) && at[-1] != '.');
        if (starts && !is_digit(at[length]) && !(at[length] == '.' && is_digit(at[length + 1])))
            return true;
    }
    return false;
}

static int check(const struct contender *self, struct interval interval, const char *output)
{
    if (!strpbrk(output, "0123456789"))
        return 0;
    yoke_uint128 sum = {0}, count = {0};
    char sum_text[YOKE_UINT128_TEXT_SIZE], count_text[YOKE_UINT128_TEXT_SIZE];
    int status = known_find(QUESTION_SUM, interval, &sum);
    if (!status)
        status = known_find(QUESTION_COUNT, interval, &count);
    if (status || contains(output, yoke_uint128_text(sum, sum_text)) ||
        contains(output, yoke_uint128_text(count, count_text)))
        return status;
    return report_failure("the peer %s printed \"%.*s\" for the %s primes in [%llu, %llu), whose "
                          "sum is %s; correct its command, or have it print no number",
                          self->name, (int)strcspn(output, "\n"), output, count_text,
                          (unsigned long long)interval.lo, (unsigned long long)interval.hi,
                          sum_text);
}

int peer_run(const struct contender *self, struct interval interval, double *seconds)
{
    char command[COMMAND_MAX], output[OUTPUT_MAX] = "";
    fill_in(self, interval, command);
    double began = omp_get_wtime();
    int status = run_command(command, output);
    *seconds = omp_get_wtime() - began;
    if (status == -1)
        return report_failure("cannot run the peer %s: %s", self->name, strerror(errno));
    if (WIFSIGNALED(status))
        return report_failure("the peer %s was ended by signal %d: %s", self->name,
                              WTERMSIG(status), command);
    if (WEXITSTATUS(status) != 0)
        return report_failure("the peer %s ended with exit status %d: %s", self->name,
                              WEXITSTATUS(status), command);
    return check(self, interval, output);
}

void sieves_add_peer(struct contest *contest, struct interval interval, unsigned workers,
                     const struct peer *peer, bool below)
{
    int baseline = (int)contest->contenders;
    bool takes_threads = is_told_threads(peer);
    unsigned most = takes_threads ? workers : 0;
    for (unsigned threads = takes_threads ? 1 : 0;; threads = most) {
        struct contender *contender = contest_add(contest, peer->name, interval, threads, peer_run);
        if (!contender)
            return;
        contender->choice = peer;
        contender->side = PEERS;
        contender->isa = *peer->isa ? peer->isa : NULL;
        contender->below = below;
        contender->baseline = takes_threads ? baseline : -1;
        if (threads == most)
            return;
    }
}
