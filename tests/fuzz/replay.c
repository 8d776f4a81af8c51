/* Feeds files, and all files of folders, to a fuzzing target. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

static size_t replayed;

static int refuse(const char *path)
{
    perror(path);
    return EXIT_FAILURE;
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return refuse(path);
    static uint8_t data[1 << 20];
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    /* In memory of its own size, so that AddressSanitizer sees where it ends. */
    uint8_t *copy = malloc(size + !size);
    if (!copy)
        return refuse(path);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    replayed++;
    return EXIT_SUCCESS;
}

static int replay(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return replay_file(path);
    int status = EXIT_SUCCESS;
    const struct dirent *entry;
    while (status == EXIT_SUCCESS && (entry = readdir(folder))) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            status = replay_file(name);
    }
    closedir(folder);
    return status;
}

int main(int count, char **words)
{
    /* What the targets have to say of their input is not wanted. */
    FILE *answer = fdopen(dup(STDOUT_FILENO), "w");
    if (!answer || !freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
        return EXIT_FAILURE;
    for (int i = 1; i < count; i++)
        if (replay(words[i]))
            return EXIT_FAILURE;
    fprintf(answer, "%s: %zu inputs replayed\n", strrchr(words[0], '/') + 1, replayed);
    return replayed ? EXIT_SUCCESS : EXIT_FAILURE;
}
