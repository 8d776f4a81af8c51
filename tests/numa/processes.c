/* Servers of several processes at a time, with fewer workers than the machine has cores. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "witness.h"

enum { PROCESSES_MAX = 3, WARM_UP = 2000, LOOKS = 40, LOOK_PAUSE = 50 /* milliseconds */ };

/* Shared by all processes: where every worker is. */
struct board {
    struct spot {
        atomic_uint core, node; /* plus 1 */
    } spots[PROCESSES_MAX][WORKERS_MAX];
    atomic_bool over;
};

static struct board *board;

static yoke_status tell_where(yoke_context *context, const void *argument, void *result)
{
    struct spot *spot = *(struct spot *const *)argument;
    (void)context, (void)result;
    while (!atomic_load(&board->over)) {
        unsigned core, node;
        here(&core, &node);
        atomic_store(&spot->core, core + 1);
        atomic_store(&spot->node, node + 1);
    }
    return YOKE_OK;
}

/* In a process of its own: keeps all of its workers busy. */
static bool work(unsigned process, unsigned count)
{
    yoke_server_options options = YOKE_SERVER_OPTIONS_INIT;
    yoke_server *own = NULL;
    options.workers = count;
    if (yoke_server_open(&options, &own) != YOKE_OK)
        return false;
    bool good = true;
    for (unsigned i = 0; i < count; i++) {
        struct spot *spot = &board->spots[process][i];
        yoke_task task = YOKE_TASK_INIT;
        task.kernel = tell_where;
        task.argument = &spot;
        task.argument_size = sizeof spot;
        good &= yoke_submit(own, &task, NULL) == YOKE_OK;
    }
    good &= yoke_server_wait(own, YOKE_FOREVER) == YOKE_OK;
    yoke_server_release(own);
    return good;
}

static void rest(unsigned milliseconds)
{
    while (milliseconds--)
        nap();
}

/* How many cores, and nodes, the workers of all processes are on at this moment. */
static unsigned count_cores(unsigned *on_nodes)
{
    unsigned long long on_core = 0, on_node = 0;
    for (unsigned i = 0; i < PROCESSES_MAX * WORKERS_MAX; i++) {
        const struct spot *spot = &board->spots[i / WORKERS_MAX][i % WORKERS_MAX];
        unsigned core = atomic_load(&spot->core), node = atomic_load(&spot->node);
        on_core |= core ? 1ull << (core - 1) : 0;
        on_node |= node ? 1ull << (node - 1) : 0;
    }
    *on_nodes = (unsigned)__builtin_popcountll(on_node);
    return (unsigned)__builtin_popcountll(on_core);
}

/* At most looks they are on so many different cores and nodes; at some the system is moving one. */
static void look(unsigned expected_cores, unsigned expected_nodes)
{
    unsigned good = 0, least = WORKERS_MAX;
    rest(WARM_UP);
    for (unsigned i = 0; i < LOOKS; i++) {
        unsigned on_nodes, on_cores = count_cores(&on_nodes);
        good += on_cores == expected_cores && on_nodes == expected_nodes;
        least = on_cores < least ? on_cores : least;
        rest(LOOK_PAUSE);
    }
    if (good < LOOKS * 3 / 4)
        complain("%u of %u times on %u cores of %u nodes, once on %u cores", good, LOOKS,
                 expected_cores, expected_nodes, least);
}

static void run_processes(unsigned processes, unsigned count)
{
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        complain("no memory that processes share");
        return;
    }
    pid_t children[PROCESSES_MAX];
    for (unsigned i = 0; i < processes; i++)
        if (!(children[i] = fork()))
            _exit(!work(i, count));
    look(processes * count, nodes < processes * count ? nodes : processes * count);
    atomic_store(&board->over, true);
    for (unsigned i = 0; i < processes; i++) {
        int status = 1;
        if (children[i] < 0 || waitpid(children[i], &status, 0) != children[i] || status)
            complain("process %u ended with status %d", i, status);
    }
    munmap(board, sizeof *board);
}

void check_halves(void)
{
    run_processes(2, workers / 2);
}

void check_few(void)
{
    run_processes(1, 2);
}
