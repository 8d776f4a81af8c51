/* How AddressSanitizer is to treat the test program, where it is compiled in. Each test runs in a
 * process of its own, started by the runner. */
#include <stdlib.h>

const char *__asan_default_options(void);
int __lsan_is_turned_off(void);

/* A leak shows after its test has passed, and the runner looks past the exit status of a process
 * that ends then, but not past a signal. */
const char *__asan_default_options(void)
{
    return "abort_on_error=1";
}

/* The runner itself does not free all that Criterion keeps; what it starts has this variable. */
int __lsan_is_turned_off(void)
{
    return getenv("BXFI_MAP") == NULL;
}
