/* Large memory from the C library and the system, in huge pages where there are some: see memory.h.
 */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *memory_allocate(size_t size)
{
    const size_t page = 4096;
    size_t alignment = size < MEMORY_HUGE_PAGE ? page : MEMORY_HUGE_PAGE;
    if (size > SIZE_MAX - alignment)
        return NULL;
    /* Whole pages, so that madvise() does not change a page that other memory shares. */
    size = (size + page - 1) / page * page;
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, size))
        return NULL;
    /* A wish, whose answer does not matter: without huge pages the memory is only slower. */
    if (alignment == MEMORY_HUGE_PAGE)
        madvise(memory, size, MADV_HUGEPAGE);
    return memory;
}

void *memory_map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void memory_unmap(void *memory, size_t size)
{
    munmap(memory, size);
}
