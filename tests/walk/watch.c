/* The watchdog of a walk: see watch.h. */
#include "watch.h"

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "books.h"

/* A look every so often. A thread that is asleep at that many looks in a row will not go on; one
 * that wants to run may just not have been let by a busy machine, so it gets longer. */
enum { LOOK_NANOSECONDS = 100000000, LOOKS_ASLEEP = 25, LOOKS_RUNNING = 900 };

/* Whether the thread sleeps; those that have just ended do. */
static bool is_asleep(const char *thread)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return true;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *state = read ? strrchr(line, ')') : NULL;
    return !state || state[2] == 'S';
}

/* Whether all threads but this one do. */
static bool all_asleep(void)
{
    char own[24];
    snprintf(own, sizeof own, "%d", gettid());
    DIR *folder = opendir("/proc/self/task");
    bool asleep = folder;
    for (struct dirent *entry; asleep && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0)
            asleep = is_asleep(entry->d_name);
    if (folder)
        closedir(folder);
    return asleep;
}

static void *watch(void *unused)
{
    unsigned long seen = 0;
    for (unsigned quiet = 0, asleep = 0; asleep < LOOKS_ASLEEP && quiet < LOOKS_RUNNING; quiet++) {
        nanosleep(&(struct timespec){0, LOOK_NANOSECONDS}, NULL);
        unsigned long moved = atomic_load(&moves);
        if (moved != seen)
            quiet = asleep = 0;
        else
            asleep = all_asleep() ? asleep + 1 : 0;
        seen = moved;
    }
    printf("HANG in plan %llu\n", (unsigned long long)plan.seed);
    actors_tell(stdout);
    _exit(EXIT_HANG);
    return unused;
}

void watch_start(void)
{
    pthread_t thread;
    REQUIRE(!pthread_create(&thread, NULL, watch, NULL), "no thread for the watchdog");
    pthread_detach(thread);
}
