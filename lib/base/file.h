/* Files and their names, as POSIX and Linux have them. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>

/* Sets `*text` to the whole content of a file, to be freed; to NULL where it cannot be read: files
 * in which the system tells about itself may be missing in a container. False: out of memory. */
bool file_read_text(const char *path, char **text);

/* Whether it is a device, such as /dev/zero, whose content may never end. */
bool file_is_device(const char *path);

/* The name of the file that a chain of symbolic links leads to, which need not exist; the name
 * itself of any other file. For free(); NULL when there is no memory. */
char *file_follow_links(const char *path);

#endif
