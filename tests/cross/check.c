/* Runs the tests, each in a process of its own, so that a crash fails one of them alone. */
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

static struct cross_test *first, **last = &first;
static int failures;

void cross_add(struct cross_test *test)
{
    *last = test;
    last = &test->next;
}

void cross_fail(int fatal, const char *file, int line, const char *condition, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    printf("%s:%d: not %s: ", file, line, condition);
    vprintf(text, arguments);
    putchar('\n');
    va_end(arguments);
    failures++;
    if (fatal)
        exit(EXIT_FAILURE);
}

static void run(const struct cross_test *test)
{
    if (test->options.init)
        test->options.init();
    test->run();
    if (test->options.fini)
        test->options.fini();
    exit(failures ? EXIT_FAILURE : EXIT_SUCCESS);
}

int main(void)
{
    int passed = 0, failed = 0;
    for (const struct cross_test *test = first; test; test = test->next) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            run(test);
        int status = -1;
        if (child > 0 && waitpid(child, &status, 0) == child && status == 0) {
            passed++;
            continue;
        }
        failed++;
        printf("%s::%s fails, status %#x\n", test->suite, test->name, (unsigned)status);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
