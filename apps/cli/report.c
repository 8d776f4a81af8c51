/* Prints what went wrong as one line on stderr, with the program's name: see report.h. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static const char *program = "yoke";

void report_program(const char *name)
{
    program = name;
}

static void print_line(const char *format, va_list arguments)
{
    char line[1024];
    vsnprintf(line, sizeof line, format, arguments);
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    fprintf(stderr, "%s: %s\n", program, line);
}

static void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
}

int report_usage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
    return EXIT_USAGE;
}

int report_failure(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line(format, arguments);
    va_end(arguments);
    return EXIT_FAILURE;
}

/* What a user limits with `ulimit`, and may be why there is no memory or no room for the stack of a
 * thread, while the machine has plenty; "" where neither is limited. */
static void describe_limits(char text[128])
{
    struct rlimit space, data;
    text[0] = '\0';
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
        snprintf(text, 128, "; this process may have %llu MB (ulimit -v): raise that limit",
                 (unsigned long long)space.rlim_cur / 1000000);
    else if (getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY)
        snprintf(text, 128, "; this process may have %llu MB of data (ulimit -d): raise that limit",
                 (unsigned long long)data.rlim_cur / 1000000);
}

int report_status(yoke_status status)
{
    const char *cause = yoke_last_error();
    char limits[128] = "";
    if (status == YOKE_NO_MEMORY || status == YOKE_NO_THREADS)
        describe_limits(limits);
    print("%s%s", *cause ? cause : yoke_status_text(status), limits);
    return status == YOKE_INVALID ? EXIT_USAGE : EXIT_FAILURE;
}

int report_close(int status)
{
    /* Some errors show only when the last bytes leave, some only when the file is closed. */
    errno = 0;
    int failed = ferror(stdout);
    if (fclose(stdout) == 0 && !failed)
        return status;
    if (status == EXIT_SUCCESS)
        print("cannot write the output: %s", errno ? strerror(errno) : "an earlier write failed");
    return status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}
