/* Yoke from other languages: each binding's test and example, built against the shared library. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { SKIPPED = 77 };

static void run(const char *language)
{
    /* Programs without a sanitizer cannot load a library with one. */
    if (strstr(YOKE_BUILD, "san")) {
        fprintf(stderr, "SKIPPED tests of the %s binding: not under a sanitizer\n", language);
        return;
    }
    char command[128];
    snprintf(command, sizeof command, "sh tests/bindings/run.sh %s " YOKE_BUILD, language);
    int status = system(command);
    cr_assert(WIFEXITED(status));
    cr_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIPPED, "%s exits with %d",
              command, WEXITSTATUS(status));
}

TestSuite(bindings, .timeout = 120);

Test(bindings, python)
{
    run("python");
}

Test(bindings, cplusplus)
{
    run("c++");
}

Test(bindings, fortran)
{
    run("fortran");
}
