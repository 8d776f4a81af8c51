/* Work sharing: loops, reductions and scans over a range of numbers, or over the rows and columns
 * of a grid, on all workers of a server.
 *
 *     static yoke_status add(const yoke_piece *piece, void *values)
 *     {
 *         for (uint64_t i = piece->lo; i < piece->hi; i++)
 *             *(double *)piece->accumulator += ((const double *)values)[i];
 *         return YOKE_OK;
 *     }
 *
 *     yoke_loop loop = YOKE_LOOP(0, count, add, values);
 *     yoke_reduction sum = YOKE_REDUCTION(double, add_up);   // *into += *from
 *     yoke_parallel_reduce(server, &loop, &sum, &total);
 *
 * The calls block until all is done, and the calling thread works along. They may be called from
 * any thread, also inside a job and inside a piece of another loop, with any server that is open,
 * or with NULL, for the calling thread alone. As many workers of the server help as it has, less
 * one: the calling thread counts as one of them. Nobody helps a job or callback of another server,
 * nor a callback of its own. Workers help while they have no job; they leave between two pieces
 * when a job of higher priority than the loop's is queued for which no other worker is free, and
 * the calling thread goes on alone if need be.
 *
 * The same bits everywhere: what a reduction or scan computes depends on its range, its grain, its
 * body and its combine() alone. The range is cut into leaves and these are combined along one tree,
 * however many workers there are, whether their number changes meanwhile, how fast each of them is,
 * and who does what when. So a sum of floating-point numbers, which is not associative, has the
 * same bits with 1 and with 256 workers, with NULL for the server, and on every machine whose
 * arithmetic in body and combine() is the same: also over the nodes of a cluster, of which some die
 * half way, by yoke_map_reduce() (map.h). How leaves and tree follow from the range is told below,
 * and is part of the interface: it stays. */
#ifndef YOKE_LOOP_H
#define YOKE_LOOP_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* A piece of a loop's range, as the body is given it; lent for the call. */
typedef struct yoke_piece {
    uint64_t lo, hi;   /* the numbers lo <= i < hi, one at least                                 */
    unsigned worker;   /* who runs it: 0 for the thread that called the loop, others from 1 up.  */
                       /* Two pieces that run at the same time have different ones, and all are  */
    unsigned workers;  /* below this, which is the same for all pieces of the loop               */
    void *state;       /* what the loop's open() has made for this worker, or NULL               */
    void *accumulator; /* of a reduction or scan: see there; else NULL                           */
    const struct yoke_sharing *sharing; /* the library's                                         */
    void *before; /* of a scan's add_and_write(): see there; else NULL                           */
    uint64_t column_lo, column_hi; /* of a grid: the columns column_lo <= j < column_hi, one at  */
                                   /* least, of the rows lo <= i < hi; else 0                    */
} yoke_piece;

/* What a loop does with a piece. Returns YOKE_OK, or why the whole loop is to fail. A body may do
 * all that a kernel may: submit jobs, wait for them, run loops. In a loop inside a job it is part
 * of that job on whatever thread it runs, so it cannot wait for that job: YOKE_DEADLOCK. Pieces of
 * one loop must not wait for each other: they may all run on one thread. */
typedef yoke_status (*yoke_loop_body)(const yoke_piece *piece, void *argument);

/* Whether the piece should end early, as the loop is to: another piece has failed, the time limit
 * is over, cancelled() says so, the server is closing, or the job or the loop around this one is to
 * leave early. A long piece asks now and then, and returns YOKE_CANCELLED, which does not count as
 * a failure of its own then. The library asks between pieces. Cost: some loads from memory, and a
 * look at the clock for a loop with a time limit. */
bool yoke_piece_cancelled(const yoke_piece *piece);

/* A loop. Start from YOKE_LOOP_INIT or, in C, from YOKE_LOOP(); whatever stays zero takes its
 * default. Nothing of it is kept after the call. */
typedef struct yoke_loop {
    size_t size;         /* sizeof(yoke_loop), set by YOKE_LOOP_INIT                             */
    uint64_t lo, hi;     /* the range: all i with lo <= i < hi; none when lo >= hi               */
    yoke_loop_body body; /* called for pieces that together are the range; required              */
    void *argument;      /* handed to all these functions, not copied                            */
    uint64_t grain;      /* how many numbers a piece has, the last one may have less; 0: chosen  */
    /* Costly state for each worker, or NULL: open() is called by a thread before its first piece,
     * and close() when it leaves the loop, if open() has succeeded. A thread that leaves for a job
     * and comes back opens anew. `worker` as in yoke_piece. What open() returns but YOKE_OK counts
     * as a piece's failure. */
    yoke_status (*open)(unsigned worker, void *argument, void **state);
    void (*close)(void *state, void *argument);
    bool (*cancelled)(void *argument); /* asked by any thread, between pieces: whether to leave; */
                                       /* NULL: never                                            */
    yoke_duration time_limit;          /* for the whole loop; 0: none                            */
    int priority;     /* YOKE_PRIORITY_MIN ... _MAX, against jobs; a loop inside a job of the    */
                      /* same server has that job's, whatever is said here                       */
    unsigned workers; /* the most threads at a time, the calling one included; 0: all            */
    bool in_order;    /* pieces are handed out in ascending order, across all threads, short     */
                      /* ones several at a time: else each thread begins with a part of its own  */
    /* Of a loop over a grid, see YOKE_LOOP_2D(): then the range and the grain above are of rows. */
    uint64_t column_lo, column_hi; /* all columns j with column_lo <= j < column_hi              */
    uint64_t column_grain;         /* how many of them a tile has; 0: chosen                     */
    unsigned dimensions;           /* 2: a grid; 0 and 1: a range of numbers, without columns    */
} yoke_loop;

#define YOKE_LOOP_INIT                                                                             \
    {                                                                                              \
        sizeof(yoke_loop), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                          \
    }

/* In C, the loop that most are: `function` for all numbers from `first` up to, not including,
 * `end`, with a pointer to what it works on. */
#ifndef __cplusplus
#define YOKE_LOOP(first, end, function, pointer)                                                   \
    ((yoke_loop){.size = sizeof(yoke_loop),                                                        \
                 .lo = (first),                                                                    \
                 .hi = (end),                                                                      \
                 .body = (function),                                                               \
                 .argument = (pointer)})
#endif

/* In C, a loop over a grid: `function` for all elements in these rows and columns. Each piece is a
 * tile, and what the body does with it are two loops:
 *
 *     for (uint64_t i = piece->lo; i < piece->hi; i++)
 *         for (uint64_t j = piece->column_lo; j < piece->column_hi; j++)
 *             b[i * width + j] = a[j * height + i];
 *     ...
 *     yoke_parallel_for(server, &YOKE_LOOP_2D(0, height, 0, width, transpose, &matrices));
 *
 * A tile has `grain` rows and `column_grain` columns; those at the lower and the right edge have
 * the rest, and a grain beyond the grid takes all: with UINT64_MAX for column_grain tiles are whole
 * rows. Tiles are numbered from 0 on, row by row of tiles, and from left to right in each. They are
 * handed out and taken as the numbers of a range are, so each thread begins with rows of its own;
 * where one ends, the next one mostly goes on.
 * Reductions and scans take a tile for a leaf, by that number, and promise the same bits as ever.
 *
 * Each grain of 0 is chosen, whatever the other one is, by the shape alone. In a grid of less than
 * 128 elements it is 1; else a tile has 2^k elements, k = min(8, floor(log2(rows * columns) / 2)):
 * up to 32 in a row, and up to 8 such rows. Where a grid has fewer columns or rows than that, tiles
 * are higher or wider: with w = min(k, 5, ceil(log2(columns))) and h = min(k - w, ceil(log2(rows)))
 * the grain is 2^h, and that of columns 2^(k - h). This suits arrays that lie row by row in memory,
 * of numbers that are cheap to work on: 32 are whole cache lines, and 8 rows of these as many
 * streams as processors follow at a time. What goes through rows only, with their neighbours at
 * most, is quicker by whole rows, by a fifth or so; few elements that are costly are better off
 * with grains of 1.
 *
 * Other than for a range: YOKE_INVALID where there are more than 2^64 - 1 elements. Without rows or
 * without columns a grid is empty. */
#ifndef __cplusplus
#define YOKE_LOOP_2D(first_row, end_row, first_column, end_column, function, pointer)              \
    ((yoke_loop){.size = sizeof(yoke_loop),                                                        \
                 .lo = (first_row),                                                                \
                 .hi = (end_row),                                                                  \
                 .body = (function),                                                               \
                 .argument = (pointer),                                                            \
                 .column_lo = (first_column),                                                      \
                 .column_hi = (end_column),                                                        \
                 .dimensions = 2})
#endif

/* Calls the body for pieces that together are the range, each number once. With a grain every piece
 * has that many numbers, the last one the rest; of a grid every piece is a tile. With 0 pieces of a
 * range of numbers are as long as makes them cheap to hand out, by what their numbers took so far,
 * and short enough to end together; how they are cut then differs from run to run. Each thread
 * begins with a part of the range that is its own, the same one in loops that follow each other,
 * where its caches may still have the data of, and then takes pieces from others' parts. An empty
 * range is done at once: YOKE_OK.
 *
 * On a machine of several NUMA nodes pieces start where the memory lies: the parts of a node's
 * threads are next to each other, all together the same fraction of the range in every loop while
 * the server has as many workers, of two equal nodes the lower and the upper half. These threads
 * take from each other first, and from other nodes only when theirs has nothing left. Memory lies
 * on the node whose thread is the first to write to it: so let a loop do that, also where it only
 * sets zeros, rather than the calling thread alone, and later loops over the same range, or one as
 * long, read most of it on its own node. That is not promised of each page, nor of loops in order
 * and scans, nor where workers are busy with jobs or not bound (topology.h). The calling thread
 * counts as one of the node that it runs on.
 *
 * Blocks until all pieces that have begun have returned. When one fails, or the loop is to leave
 * early, no further ones are begun. A body is remembered by what its numbers took the last times,
 * done by one thread and by all: a loop of some microseconds that is quicker done by one begins on
 * the calling thread alone, which calls for help as soon as it takes longer. Which is quicker is
 * tried now and then, of loops that one thread does in half a millisecond.
 * Cost: some 0.1 microseconds alone; about one, on 2 workers, while these are still awake from a
 * loop or job just before; else a wake-up of some ten microseconds, during which the calling thread
 * works already; and some 50 ns for each time that a thread takes pieces.
 * Errors: what the first piece that failed returned, with yoke_last_error() as that piece had it,
 * if that was its own; YOKE_CANCELLED (told to leave early; some pieces were not begun);
 * YOKE_TIMED_OUT (likewise, the time limit); YOKE_CLOSED (the server is closed, or closes);
 * YOKE_INVALID (no loop, no body, a size that is unknown, a priority out of range, a negative time
 * limit, more than two dimensions, columns in a loop of one dimension, a grid too large: nothing
 * was called); YOKE_FORKED; YOKE_NO_MEMORY. */
yoke_status yoke_parallel_for(yoke_server *server, const yoke_loop *loop);

/* How a reduction adds up. An accumulator is a struct or number of the caller's of a fixed size,
 * without pointers to memory of its own: the library copies its bytes. It is aligned for any type,
 * and to a cache line. */
typedef struct yoke_reduction {
    size_t size;             /* sizeof(yoke_reduction), set by YOKE_REDUCTION_INIT               */
    size_t accumulator_size; /* in bytes; required                                               */
    const void *identity;    /* what an accumulator is before anything was added: so many bytes; */
                             /* NULL: all zero                                                   */
    /* Adds `from`, which covers the numbers right after those of `into`, to `into`; required. Any
     * thread, several at a time on different accumulators. `argument` is the loop's. */
    void (*combine)(void *into, const void *from, void *argument);
    yoke_loop_body add_and_write; /* of a scan: its body and `write` in one; see there. NULL:    */
                                  /* these two, one after the other                              */
    bool associative; /* of a scan: the same bits come out however numbers are put in brackets,  */
                      /* as for integers and extremes, and not for sums of floating-point ones;  */
                      /* without a grain its pieces then are as long as in yoke_parallel_for(),  */
                      /* and not single leaves: short scans take a fifth of the time             */
} yoke_reduction;

#define YOKE_REDUCTION_INIT                                                                        \
    {                                                                                              \
        sizeof(yoke_reduction), 0, 0, 0, 0, 0                                                      \
    }

/* In C, for accumulators of that type which begin as zero. */
#ifndef __cplusplus
#define YOKE_REDUCTION(type, function)                                                             \
    ((yoke_reduction){                                                                             \
        .size = sizeof(yoke_reduction), .accumulator_size = sizeof(type), .combine = (function)})
#endif

/* About leaves and the tree: a grid's leaves are its tiles; another range is cut, from lo on, into
 * leaves of `grain` numbers, the last one of the rest. With a grain of 0, where numbers may be
 * anything, below 128 of them each is a leaf; else a leaf has 2^k numbers, k = (floor(log2(hi -
 * lo)) - 3) / 2 rounded down, which is about a third of the square root of the length. Few numbers
 * that are costly are better off with a grain of 1. The body is called once for each leaf, with an
 * accumulator that is the identity, and adds the numbers of that leaf to it. Of the leaves,
 * numbered from 0, those of 2^j i <= leaf < 2^j (i + 1) make a node of the tree, if all of them
 * exist: the combination of its left half with its right half. What remains are the nodes of the
 * ones in the binary number of leaves, the largest first, and they are combined from left to right:
 * ((A + B) + C) + ... The identity itself is not added to anything; of no numbers at all it is the
 * result. */

/* Adds up the range: calls the body for each leaf and combines along the tree. `result` receives
 * the accumulator of all numbers, as soon as nothing has failed, else it is left alone; it need not
 * be aligned. Blocks, fails and costs as yoke_parallel_for(), and one combine() less than there are
 * leaves, in all. Memory: for each worker some accumulators, as many as the binary logarithm of the
 * number of leaves. Errors: as yoke_parallel_for(); YOKE_INVALID also for no reduction, no result,
 * no combine(), an accumulator without size. */
yoke_status yoke_parallel_reduce(yoke_server *server, const yoke_loop *loop,
                                 const yoke_reduction *reduction, void *result);

/* A scan, or prefix sum: for each leaf, first the loop's body as in a reduction, which adds up its
 * numbers, then `write`, with an accumulator that has all numbers of the range before piece->lo:
 * what yoke_parallel_reduce() answers for the leaves before it, and for the first one the identity.
 * It goes through its numbers, adds each to the accumulator, and writes what it likes, before that
 * (an exclusive scan) or after it (an inclusive one); what it leaves in the accumulator does not
 * count. The two calls for a leaf are on one thread, with one state, mostly close after each
 * other, while its numbers are in the cache. `total` receives the accumulator of the whole range
 * as a reduction would, or is NULL.
 * With reduction->add_and_write, that is called instead of the two where the numbers before a leaf
 * are added up already: always, when one thread works alone. It does what both do, in one pass:
 * adds the leaf's numbers to piece->accumulator, which is the identity, and writes from
 * piece->before, which is what `write` would find in its accumulator, and may be changed. It must
 * add and write the same bits as they do: which of them are called for a leaf differs from run to
 * run. Blocks, fails and costs as yoke_parallel_reduce(), with up to four times as many combine().
 * Memory: for each worker some dozens of accumulators. Errors: likewise; YOKE_INVALID also without
 * `write`. */
yoke_status yoke_parallel_scan(yoke_server *server, const yoke_loop *loop,
                               const yoke_reduction *reduction, yoke_loop_body write, void *total);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
