/* Writes a new file beside the old one and renames it when it is whole, so that a run that fails
 * leaves the old one: see output_file.h. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".XXXXXX"

/* What everybody may do with a new file. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* As Linux itself follows; what goes in a circle is no longer. */
#define LINKS_MOST 40

char *output_file_target(const char *path)
{
    char *at = strdup(path);
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

static bool name_both(struct output_file *file, const char *path)
{
    file->target = output_file_target(path);
    size_t length = file->target ? strlen(file->target) : 0;
    file->temporary = file->target ? malloc(length + sizeof ENDING) : NULL;
    if (!file->temporary)
        return false;
    memcpy(file->temporary, file->target, length);
    memcpy(file->temporary + length, ENDING, sizeof ENDING);
    return true;
}

static bool forget(struct output_file *file)
{
    int problem = errno;
    free(file->target);
    free(file->temporary);
    file->target = file->temporary = NULL;
    errno = problem;
    return false;
}

static bool open_beside(struct output_file *file, const char *path, mode_t mode)
{
    if (!name_both(file, path))
        return forget(file);
    int descriptor = mkostemp(file->temporary, O_CLOEXEC);
    if (descriptor < 0)
        return forget(file);
    fchmod(descriptor, mode);
    file->stream = fdopen(descriptor, "w");
    if (file->stream)
        return true;
    close(descriptor);
    unlink(file->temporary);
    return forget(file);
}

bool output_file_open(struct output_file *file, const char *path)
{
    struct stat there;
    *file = (struct output_file){NULL, NULL, NULL};
    bool exists = stat(path, &there) == 0;
    if (exists && !S_ISREG(there.st_mode))
        return (file->stream = fopen(path, "we"));
    if (exists && access(path, W_OK) != 0)
        return false;
    return open_beside(file, path, exists ? there.st_mode & 0777 : usual_mode());
}

bool output_file_close(struct output_file *file, bool whole)
{
    bool written = !ferror(file->stream);
    errno = written ? 0 : EIO;
    written = fclose(file->stream) == 0 && written;
    file->stream = NULL;
    if (!file->temporary)
        return written;
    if (written && whole && rename(file->temporary, file->target) != 0)
        written = false;
    int problem = errno;
    if (!written || !whole)
        unlink(file->temporary);
    errno = problem;
    forget(file);
    return written;
}
