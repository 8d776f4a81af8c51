#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

int report_status(yoke_status status)
{
    const char *cause = yoke_last_error();
    print("%s", *cause ? cause : yoke_status_text(status));
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
