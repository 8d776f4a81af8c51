/* Makes the folder of the pictures, and an index page of those that are in it: see folder.h. */
#include "folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/report.h"

enum { PATH_SIZE = 4096 };

static void make_path(const char *folder, const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%.4000s/%s", folder, name);
}

const char *folder_name(const char *value)
{
    return *value ? value : "plots";
}

int folder_make(const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return report_failure("cannot make the folder %s: %s", folder, strerror(errno));
    char path[PATH_SIZE];
    make_path(folder, ".", path); /* a file is no folder */
    if (access(path, W_OK) != 0)
        return report_failure("cannot write to the folder %s: %s", folder, strerror(errno));
    return 0;
}

FILE *folder_open(const char *folder, const char *name)
{
    char path[PATH_SIZE];
    make_path(folder, name, path);
    FILE *file = fopen(path, "w");
    if (!file)
        report_failure("cannot write %s: %s", path, strerror(errno));
    return file;
}

int folder_close(const char *folder, const char *name, FILE *file)
{
    errno = 0;
    bool failed = ferror(file);
    if (!fclose(file) && !failed)
        return 0;
    return report_failure("cannot write %s/%s: %s", folder, name, strerror(errno));
}

void folder_remove(const char *folder, const char *name)
{
    char path[PATH_SIZE];
    make_path(folder, name, path);
    unlink(path);
}

int folder_write_index(const char *folder)
{
    static const char *const pages[][2] = {{PAGE_SPEED_UP, "speed-up and efficiency over workers"},
                                           {PAGE_HEIGHTS, "time over the height"},
                                           {PAGE_WIDTHS, "time over the width"},
                                           {PAGE_BELOW, "time of sums below n"},
                                           {PAGE_PHASES, "what the time goes into"}};
    FILE *file = folder_open(folder, "index.html");
    if (!file)
        return EXIT_FAILURE;
    fprintf(file,
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<title>Sums of primes, measured</title>\n"
            "<style>body{margin:0 auto;max-width:1100px}img{width:100%%;margin:12px 0}</style>\n");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        char path[PATH_SIZE];
        make_path(folder, pages[i][0], path);
        if (access(path, R_OK) == 0)
            fprintf(file, "<a href=\"%s\"><img src=\"%s\" alt=\"%s\"></a>\n", pages[i][0],
                    pages[i][0], pages[i][1]);
    }
    fprintf(file, "</html>\n");
    return folder_close(folder, "index.html", file);
}
