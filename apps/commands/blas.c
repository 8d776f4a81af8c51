/* Looks for the OpenBLAS that the loader would take, and whether that file calls pthread_create():
 * see blas.h. */
#include "blas.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/values.h"

enum { PATH_SIZE = 512 };

/* As the loaders of Debian, Fedora, Arch and their like have them, the first that has it wins. */
static const char folders[] = "/usr/local/lib:/usr/local/lib/*-linux-gnu*:/lib/*-linux-gnu*:"
                              "/usr/lib/*-linux-gnu*:/lib64:/usr/lib64:/lib:/usr/lib";

/* Appends where in `list`, folders with colons between, the file stands. */
static void look(const char *root, const char *list, const char *name, glob_t *files)
{
    while (*list) {
        char pattern[PATH_SIZE];
        int length = (int)strcspn(list, ":");
        snprintf(pattern, sizeof pattern, "%s%.*s/%s", root, length, list, name);
        glob(pattern, files->gl_pathc ? GLOB_APPEND : 0, NULL, files);
        list += length + (list[length] == ':');
    }
}

/* Follows links as if the root were "/". False where that leads nowhere. */
static bool follow(const char *root, char path[PATH_SIZE])
{
    char target[PATH_SIZE];
    for (int links = 0; links < 16; links++) { /* a ring is longer than any chain */
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length < 0)
            return access(path, R_OK) == 0;
        target[length] = '\0';
        char *end = *target == '/' ? path + strlen(root) : strrchr(path, '/') + 1;
        size_t room = PATH_SIZE - (size_t)(end - path);
        if (snprintf(end, room, "%s", target) >= (int)room)
            return false;
    }
    return false;
}

/* The file that the loader would take; false where there is none. */
static bool find(const char *root, const char *name, char path[PATH_SIZE])
{
    const char *first = value_variable("LD_LIBRARY_PATH");
    glob_t files = {0};
    look(root, first ? first : "", name, &files);
    look(root, folders, name, &files);
    bool found = false;
    for (size_t i = 0; i < files.gl_pathc && !found; i++)
        found =
            snprintf(path, PATH_SIZE, "%s", files.gl_pathv[i]) < PATH_SIZE && follow(root, path);
    globfree(&files);
    return found;
}

/* The names that a library asks others for end in zero bytes. */
static bool asks_for_threads(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;
    bool asks = false;
    while (file && !asks && getdelim(&text, &size, '\0', file) > 0)
        asks = strstr(text, "pthread_create");
    free(text);
    if (file)
        fclose(file);
    return asks;
}

bool blas_has_threads(const char *root, char path[512])
{
    return (find(root, "libopenblas.so.0", path) || find(root, "libopenblas.so.3", path)) &&
           asks_for_threads(path);
}
