/* A file that is written anew: what had its name stays as it was until the new one is whole. */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file {
    FILE *stream;
    char *target, *temporary; /* NULL where it is written in place: a device, a pipe              */
};

/* The name of what a chain of symbolic links leads to, also where there is nothing yet; that of any
 * other file is its own. For free(); NULL when there is no memory. */
char *output_file_target(const char *path);

/* Opens a file beside the one that `path` names, or that itself where it is no regular file. False:
 * errno says why it cannot be written. */
bool output_file_open(struct output_file *file, const char *path);

/* Gives it the name if it is `whole`, else leaves nothing behind. False: errno says why it could
 * not be written; then nothing is left behind as well. */
bool output_file_close(struct output_file *file, bool whole);

#endif
