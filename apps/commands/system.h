/* What the files of the system tell, below a root: "" for those of this machine. */
#ifndef COMMANDS_SYSTEM_H
#define COMMANDS_SYSTEM_H

#include <stdbool.h>

/* The first line of a file, without its end; false where it cannot be read. */
bool system_read_line(const char *path, char text[256]);

/* The same of a file below the root. */
bool system_read(const char *root, const char *name, char text[256]);

/* The hardware threads in the affinity mask, and those of the machine; 0: not known. */
unsigned system_allowed(const char *root);
unsigned system_online(const char *root);

#endif
