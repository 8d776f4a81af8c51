/* Asks the kernel where memory lies and threads run, and prints verdicts: see witness.h. */
#include "witness.h"

#include <linux/mempolicy.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

unsigned nodes, cores, workers;
yoke_server *server;

/* ---- what the kernel says -------------------------------------------------------------------- */

int node_of(const void *address)
{
    int node = -1;
    if (syscall(SYS_get_mempolicy, &node, NULL, 0, address, MPOL_F_NODE | MPOL_F_ADDR) != 0)
        return -1;
    return node;
}

enum { PAGE = 4096 };

size_t pages_on(unsigned node, const void *memory, size_t size, size_t *pages)
{
    size_t count = 0;
    *pages = 0;
    for (size_t offset = 0; offset < size; offset += PAGE) {
        const void *page = (const char *)memory + offset;
        int lies_on = -1;
        if (syscall(SYS_move_pages, 0, 1ul, &page, NULL, &lies_on, 0) != 0)
            complain("move_pages() is refused");
        count += lies_on == (int)node;
        ++*pages;
    }
    return count;
}

void here(unsigned *cpu, unsigned *node)
{
    if (syscall(SYS_getcpu, cpu, node, NULL) != 0)
        *cpu = *node = ~0u;
}

void move_to(unsigned node)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (unsigned core = 0; core < workers; core++)
        if (node == NODES_MAX || core / cores == node)
            CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        complain("no moving to node %u", node);
}

void nap(void)
{
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* ---- verdicts -------------------------------------------------------------------------------- */

static atomic_uint complaints;

static void say(const char *format, va_list arguments)
{
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    printf("        %s\n", line);
}

void complain(const char *format, ...)
{
    if (atomic_fetch_add(&complaints, 1) >= 8)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

unsigned take_complaints(void)
{
    return atomic_exchange(&complaints, 0);
}

void note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void must(yoke_status status)
{
    if (status != YOKE_OK)
        complain("a call answered: %s", yoke_last_error());
}

/* ---- the sieves' memory ---------------------------------------------------------------------- */

enum { BLOCKS = 4096 };

static struct block {
    void *_Atomic memory;
    size_t size;
} blocks[BLOCKS];
static atomic_uint blocks_used, blocks_checked;

int __real_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
    int error = __real_posix_memalign(memory, alignment, size);
    unsigned index = atomic_fetch_add(&blocks_used, 1);
    if (!error && index < BLOCKS) {
        blocks[index].size = size;
        atomic_store(&blocks[index].memory, *memory);
    }
    return error;
}

static void check_block(const struct block *block, volatile unsigned char *memory)
{
    unsigned cpu, node;
    here(&cpu, &node);
    for (size_t offset = 0; offset < block->size; offset += block->size / 4 + 1) {
        /* A page that no one has written to lies nowhere yet; any other one stays where it is. */
        memory[offset] = memory[offset];
        int lies_on = node_of((const void *)(memory + offset));
        if (lies_on != (int)node)
            complain("a sieve of %zu bytes used on node %u lies on node %d at %zu", block->size,
                     node, lies_on, offset);
    }
    atomic_fetch_add(&blocks_checked, 1);
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    unsigned used = atomic_load(&blocks_used);
    for (unsigned i = 0; memory && i < used && i < BLOCKS; i++)
        if (atomic_load(&blocks[i].memory) == memory) {
            check_block(&blocks[i], memory);
            atomic_store(&blocks[i].memory, NULL);
        }
    __real_free(memory);
}

unsigned take_blocks_checked(void)
{
    return atomic_exchange(&blocks_checked, 0);
}
