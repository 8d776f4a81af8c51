/* Reads one-line files of /proc and /sys, and lists of processors in them: see system.h. */
#include "system.h"

#include <stdio.h>
#include <string.h>

bool system_read_line(const char *path, char text[256])
{
    FILE *file = fopen(path, "re");
    bool read = file && fgets(text, 256, file);
    if (file)
        fclose(file);
    if (read)
        text[strcspn(text, "\n")] = '\0';
    return read;
}

bool system_read(const char *root, const char *name, char text[256])
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return system_read_line(path, text);
}

/* How many numbers a list such as "0-3,8" has. */
static unsigned count_list(const char *list)
{
    unsigned count = 0, first, last;
    int length;
    while (sscanf(list, "%u%n", &first, &length) == 1) {
        list += length;
        last = first;
        if (sscanf(list, "-%u%n", &last, &length) == 1)
            list += length;
        count += last >= first ? last - first + 1 : 0;
        list += *list == ',';
    }
    return count;
}

unsigned system_allowed(const char *root)
{
    char path[512], line[256];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/proc/self/status", root);
    FILE *file = fopen(path, "re");
    while (file && !count && fgets(line, sizeof line, file)) {
        char list[256];
        if (sscanf(line, "Cpus_allowed_list: %255s", list) == 1)
            count = count_list(list);
    }
    if (file)
        fclose(file);
    return count;
}

unsigned system_online(const char *root)
{
    char list[256];
    return system_read(root, "sys/devices/system/cpu/online", list) ? count_list(list) : 0;
}
