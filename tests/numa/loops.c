/* Loops: which node has which part of the range, and who takes from whom. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "witness.h"
#include "yoke/loop.h"

enum { PAGE = 4096, NAP_LEAVES = 32 };

static unsigned node_here(void)
{
    unsigned cpu, node;
    here(&cpu, &node);
    return node;
}

/* Every piece naps, and so all threads come in time: the emulation has fewer processors than the
 * machine that it emulates. */
static void do_loop(yoke_loop_body body, void *argument)
{
    yoke_loop loop = YOKE_LOOP(0, NAP_LEAVES * workers, body, argument);
    loop.grain = 1;
    must(yoke_parallel_for(server, &loop));
}

/* ---- memory lies where it is read ------------------------------------------------------------ */

struct book {
    unsigned char *pages; /* one for each number */
    atomic_uint at_home, abroad;
};

static yoke_status write_page(const yoke_piece *piece, void *argument)
{
    const struct book *book = argument;
    nap();
    memset(book->pages + piece->lo * PAGE, 1, PAGE);
    return YOKE_OK;
}

static yoke_status read_page(const yoke_piece *piece, void *argument)
{
    struct book *book = argument;
    nap();
    bool home = node_of(book->pages + piece->lo * PAGE) == (int)node_here();
    atomic_fetch_add(home ? &book->at_home : &book->abroad, 1);
    return YOKE_OK;
}

static yoke_status read_in_job(yoke_context *context, const void *argument, void *result)
{
    (void)context, (void)result;
    do_loop(read_page, *(struct book *const *)argument);
    return YOKE_OK;
}

static void read_on(unsigned node, struct book *book)
{
    char place[16];
    snprintf(place, sizeof place, "numa:%u", node);
    yoke_task task = YOKE_TASK_INIT;
    task.kernel = read_in_job;
    task.argument = &book;
    task.argument_size = sizeof book;
    task.place = place;
    yoke_job *job = NULL;
    must(yoke_submit(server, &task, &job));
    must(yoke_job_wait(job, YOKE_FOREVER));
    yoke_job_release(job);
}

/* Written by a loop of a thread on that node, read by one of a thread on another, and by those of
 * jobs on all. */
static void write_and_read(unsigned node, struct book *book)
{
    size_t size = (size_t)NAP_LEAVES * workers * PAGE;
    book->pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (book->pages == MAP_FAILED || madvise(book->pages, size, MADV_NOHUGEPAGE)) {
        complain("no memory in small pages");
        return;
    }
    move_to(node);
    do_loop(write_page, book);
    move_to((node + 1) % nodes);
    do_loop(read_page, book);
    move_to(NODES_MAX);
    for (unsigned other = 0; other < nodes; other++)
        read_on(other, book);
    munmap(book->pages, size);
}

/* Of the pages only those may lie elsewhere that another node's threads took, as they do when
 * theirs have nothing left: one in twenty or thirty, as a rule. With slices that do not follow the
 * nodes it is about half on two nodes; a quarter allows for processors that the emulation lets
 * wait. */
void check_first_touch(void)
{
    struct book book = {0};
    for (unsigned node = 0; node < nodes; node++)
        write_and_read(node, &book);
    unsigned all = book.at_home + book.abroad;
    note("%u of %u pages were read on their node", book.at_home, all);
    if (all != NAP_LEAVES * workers * nodes * (nodes + 1))
        complain("%u pages were read", all);
    if (book.at_home < all / 4 * 3)
        complain("too many pages were read on another node than the one they lie on");
}

/* ---- thieves begin at home ------------------------------------------------------------------- */

struct theft {
    atomic_uint begun;
    unsigned order[NAP_LEAVES * WORKERS_MAX]; /* in which the numbers were begun */
    unsigned on[NAP_LEAVES * WORKERS_MAX];    /* the node of who did it */
};

/* The part of the first thread of each node takes four times as long as others, and all of the
 * first node twice. */
static yoke_status work_unevenly(const yoke_piece *piece, void *argument)
{
    struct theft *theft = argument;
    unsigned slice = (unsigned)piece->lo / NAP_LEAVES;
    theft->order[piece->lo] = atomic_fetch_add(&theft->begun, 1);
    theft->on[piece->lo] = node_here();
    for (unsigned naps = (slice % cores ? 1u : 4u) * (slice < cores ? 2u : 1u); naps; naps--)
        nap();
    return YOKE_OK;
}

static unsigned home_of(unsigned number)
{
    return number / NAP_LEAVES / cores;
}

/* How many numbers of the node were begun after the first that its threads began elsewhere. */
static unsigned count_left_behind(const struct theft *theft, unsigned node)
{
    unsigned count = NAP_LEAVES * workers, first = count, behind = 0;
    for (unsigned i = 0; i < count; i++)
        if (theft->on[i] == node && home_of(i) != node && theft->order[i] < first)
            first = theft->order[i];
    for (unsigned i = 0; i < count; i++)
        behind += home_of(i) == node && theft->order[i] > first;
    return behind;
}

void check_thieves(void)
{
    static struct theft theft;
    move_to(0);
    do_loop(work_unevenly, &theft);
    move_to(NODES_MAX);
    unsigned stolen = 0, behind = 0;
    for (unsigned i = 0; i < NAP_LEAVES * workers; i++)
        stolen += theft.on[i] != home_of(i);
    for (unsigned node = 0; node < nodes; node++) {
        unsigned here = count_left_behind(&theft, node);
        /* Each other thread may have taken one and be slow to begin it. */
        if (here >= workers)
            complain("node %u had %u of its own left when it took from another", node, here);
        behind += here;
    }
    note("%u of %u pieces ran on another node, %u at home began after them", stolen,
         NAP_LEAVES * workers, behind);
    if (!stolen)
        complain("nobody took from a slower node");
}
