/* What a program says when something is wrong: one line on stderr, and the exit status for main().
 *
 * Exit statuses: 0 done, 1 failed, 2 wrong usage. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdlib.h>
#include <yoke/status.h>

enum { EXIT_USAGE = 2 };

/* Sets the name that every line starts with; kept by reference. */
void report_program(const char *name);

/* Says, as printf would, what is wrong with the command line and what is allowed. Returns
 * EXIT_USAGE. Control characters, which only bad input can hold, are shown as ?. */
int report_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says why the latest yoke call failed. Returns EXIT_USAGE when what the user asked for, on the
 * command line or in the environment, is not allowed (YOKE_INVALID), else EXIT_FAILURE. */
int report_status(yoke_status status);

/* Says, as printf would, why the program has failed. Returns EXIT_FAILURE. */
int report_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the output: closes stdout, and returns `status`, or says that the output could not be
 * written, as on a full disk, and returns EXIT_FAILURE. The last call of main(). */
int report_close(int status);

#endif
