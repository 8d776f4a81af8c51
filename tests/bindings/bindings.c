/* What users build against the library: the tutorial, in other languages each binding's test and
 * example, and programs that load and unload it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { SKIPPED = 77 };

static void run(const char *command)
{
    /* Programs without a sanitizer cannot load a library with one. */
    if (strstr(YOKE_BUILD, "san")) {
        fprintf(stderr, "SKIPPED %s: not under a sanitizer\n", command);
        return;
    }
    int status = system(command);
    cr_assert(WIFEXITED(status));
    cr_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SKIPPED, "%s exits with %d",
              command, WEXITSTATUS(status));
}

TestSuite(bindings, .timeout = 300);

Test(bindings, tutorial)
{
    run("sh tests/apps/tutorial.sh " YOKE_BUILD);
}

Test(bindings, offer_every_symbol_or_say_why_not)
{
    run("sh tests/bindings/offered.sh");
}

/* Exact sums are Python's where it has them. */
Test(bindings, exact_sums_are_those_of_python)
{
    run("command -v python3 >/dev/null || exit 77; python3 -W error "
        "tests/bindings/fsum.py " YOKE_BUILD "/libyoke.so 1");
}

Test(bindings, python)
{
    run("sh tests/bindings/run.sh python " YOKE_BUILD);
}

Test(bindings, cplusplus)
{
    run("sh tests/bindings/run.sh c++ " YOKE_BUILD);
}

Test(bindings, fortran)
{
    run("sh tests/bindings/run.sh fortran " YOKE_BUILD);
}

Test(bindings, may_be_unloaded)
{
    run("sh tests/loading/unload.sh " YOKE_BUILD);
}
