/* Questions about files that C11 has no functions for: see file.h. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read_text(const char *path, char **text)
{
    *text = NULL;
    errno = 0;
    FILE *file = fopen(path, "re");
    int reason = errno;
    if (file) {
        /* Files in /proc have no size to ask for beforehand, and none contains a zero byte. */
        size_t capacity = 0;
        errno = 0;
        if (getdelim(text, &capacity, '\0', file) < 0) {
            reason = errno;
            free(*text);
            *text = NULL;
        }
        fclose(file);
    }
    return *text || reason != ENOMEM;
}

bool file_is_device(const char *path)
{
    struct stat kind;
    return stat(path, &kind) == 0 && (S_ISCHR(kind.st_mode) || S_ISBLK(kind.st_mode));
}

/* As many as Linux itself follows: a chain that is longer goes in a circle. */
#define LINKS_MOST 40

char *file_follow_links(const char *path)
{
    char *at = strdup(path);
    /* Not by realpath(), which fails where the last link leads to a file that does not exist yet.
     */
    for (int links = 0; at && links < LINKS_MOST; links++) {
        char leads_to[4096], *next;
        ssize_t length = readlink(at, leads_to, sizeof leads_to);
        if (length < 0)
            break;
        const char *slash = leads_to[0] == '/' ? NULL : strrchr(at, '/');
        if (asprintf(&next, "%.*s%.*s", slash ? (int)(slash - at) + 1 : 0, at, (int)length,
                     leads_to) < 0)
            next = NULL;
        free(at);
        at = next;
    }
    return at;
}
