/* How many ways there are to place N queens on a board of N x N squares, so that none attacks
 * another. Row by row a queen is placed on each square that is left in turn, and what follows is
 * forked: some of these searches are over at once, others are most of the work, and idle workers
 * take the ones that were forked first. */
#include <stdio.h>

#include "cli/computation.h"
#include "cli/report.h"
#include "cli/values.h"

/* A row is a word of 32 bits, all of which are in use for a moment as one is shifted. */
enum { QUEENS = 12, QUEENS_MOST = 31 };

enum { OPTION_THREADS, OPTION_HELP, OPTION_COUNT };

static const struct option options[OPTION_COUNT] = {
    [OPTION_THREADS] = COMPUTATION_THREADS,
    [OPTION_HELP] = COMPUTATION_HELP,
};

static const char usage[] =
    "Usage: queens [N] [OPTION]...\n"
    "Counts the ways to place N queens on N x N squares so that none attacks\n"
    "another; N is 12 unless given.\n";

/* The rows that are left; a bit of each word is a square of the next one. */
struct search {
    uint32_t row;                      /* all squares */
    uint32_t columns, rising, falling; /* those that queens attack, by the direction */
    uint64_t solutions;
    yoke_frame frame;
};

/* Of what remains when a queen is placed on that square. */
static void place(struct search *next, const struct search *search, uint32_t square)
{
    next->row = search->row;
    next->columns = search->columns | square;
    next->rising = (search->rising | square) << 1;
    next->falling = (search->falling | square) >> 1;
}

static yoke_status count(yoke_forks *forks, void *argument)
{
    struct search *search = argument, next[QUEENS_MOST];
    search->solutions = search->columns == search->row;
    unsigned squares = 0;
    uint32_t free = search->row & ~(search->columns | search->rising | search->falling);
    for (; free; free &= free - 1) {
        place(&next[squares], search, free & -free);
        yoke_fork(forks, &next[squares].frame, count, &next[squares]);
        squares++;
    }
    yoke_status status = YOKE_OK;
    while (squares-- > 0) {
        yoke_status joined = yoke_join_call(forks, &next[squares].frame, count, &next[squares]);
        if (joined == YOKE_OK)
            search->solutions += next[squares].solutions;
        else
            status = joined;
    }
    return status;
}

/* The kernel. */
static yoke_status count_all(yoke_context *context, const void *argument, void *result)
{
    (void)context;
    struct search search = {.row = (UINT32_C(1) << *(const uint64_t *)argument) - 1};
    yoke_status status = count(yoke_forks_here(), &search);
    *(uint64_t *)result = search.solutions;
    return status;
}

static int run(yoke_server *server, const void *argument)
{
    uint64_t queens = *(const uint64_t *)argument, solutions;
    must(yoke_run(server, &YOKE_TASK(count_all, queens, solutions), &solutions));
    printf("%llu queens: %llu solutions\n", (unsigned long long)queens,
           (unsigned long long)solutions);
    return EXIT_SUCCESS;
}

static int read_queens(const struct arguments *arguments, void *queens)
{
    if (arguments->operands > 1)
        return report_usage("\"%.60s\" is too much: one N is expected", arguments->operand[1]);
    return value_whole("N", arguments->operands ? arguments->operand[0] : NULL, 1, QUEENS_MOST,
                       queens)
               ? 0
               : EXIT_USAGE;
}

int main(int count, char **words)
{
    uint64_t queens = QUEENS;
    const struct computation computation = {"queens",    usage, {options, OPTION_COUNT},
                                            read_queens, run,   &queens};
    return computation_main(&computation, count, words);
}
