/* Asks the system about the processors: which one a thread is on, and how large their caches are.
 */
#include "processor.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int processor_here(void)
{
    return sched_getcpu();
}

enum { CACHE_LEVELS = 2 };

/* The first word of what Linux tells about a cache of the first processor: a
 * topology, which knows them all, is asked where one is open. */
static bool read_cache(unsigned index, const char *what, char word[16])
{
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%u/%s", index, what);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool found = fscanf(file, "%15s", word) == 1;
    fclose(file);
    return found;
}

static size_t cache_in_files(unsigned level)
{
    char found[16], type[16], size[16];
    unsigned kilobytes;
    for (unsigned index = 0; read_cache(index, "level", found); index++)
        if (found[0] == (char)('0' + level) && read_cache(index, "type", type) &&
            strcmp(type, "Instruction") != 0 && read_cache(index, "size", size) &&
            sscanf(size, "%uK", &kilobytes) == 1)
            return (size_t)kilobytes << 10;
    return 0;
}

/* 0 with musl, which does not know of caches, and on processors of which glibc does not. */
static size_t cache_in_library(unsigned level)
{
#ifdef _SC_LEVEL1_DCACHE_SIZE
    long size = sysconf(level == 1 ? _SC_LEVEL1_DCACHE_SIZE : _SC_LEVEL2_CACHE_SIZE);
    return size > 0 ? (size_t)size : 0;
#else
    (void)level;
    return 0;
#endif
}

static size_t cache_sizes[CACHE_LEVELS];

static void find_caches(void)
{
    for (unsigned level = 1; level <= CACHE_LEVELS; level++) {
        size_t size = cache_in_library(level);
        cache_sizes[level - 1] = size ? size : cache_in_files(level);
    }
}

size_t processor_cache_size(unsigned level)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_caches);
    return cache_sizes[level - 1];
}
