/* Tests that run again in a process of their own: OpenMP reads its environment when it is loaded.
 */
#ifndef TESTS_WITH_ENVIRONMENT_H
#define TESTS_WITH_ENVIRONMENT_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Expects the tests that the filter names to pass with these variables, NULL behind the last. They
 * get no other environment, in which Criterion would find that it is inside a test. */
static inline void check_environment(char *filter, char *const environment[])
{
    pid_t child = fork();
    if (child == 0) {
        char *const arguments[] = {"check", "--filter", filter, NULL};
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        execve("/proc/self/exe", arguments, environment);
        _exit(127);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "with %s", environment[0]);
}

#endif
