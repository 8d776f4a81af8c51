/* Maps: a kernel over many inputs, with the results in the order of the inputs.
 *
 *     struct photo photos[COUNT];
 *     struct mark marks[COUNT];
 *     yoke_map(server, judge, photos, sizeof *photos, marks, sizeof *marks, COUNT, NULL);
 *
 * The kernel is one as jobs have (task.h, server.h), so it may as well be one of another machine:
 * with options.kernel_name, or a kernel that is registered and a server that was opened with a
 * cluster, the nodes of that run items too. Where inputs come one by one there is an iterator, and
 * where results are to go somewhere one by one, too, a pipeline.
 *
 * All of them block, may be called from any thread, also inside a job, with a server that is open
 * or with NULL, for the calling thread alone; and go on when items fail: each item has its own
 * status. What kernels have of their context here: the server (NULL without one), a worker number
 * below which and that of the map's other kernels are different while they run, the sizes, the try,
 * whether to leave early, scratch memory, and yoke_context_fail(). What they print, and tell of
 * their progress, is dropped. The output that they are given is zeroed, at each try. */
#ifndef YOKE_MAP_H
#define YOKE_MAP_H

#include "loop.h"
#include "server.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* An item that has ended, lent for the call or until the next item. */
typedef struct yoke_item {
    uint64_t index;      /* which one, from 0                                                    */
    uint64_t ended;      /* how many have ended, with this one                                   */
    const void *input;   /* what its kernel was given                                            */
    void *output;        /* what it made of it; only if the status is YOKE_OK                    */
    yoke_status status;  /* what the kernel returned in its last try, YOKE_JOB_FAILED for        */
                         /* YOKE_NOT_DONE; YOKE_TIMED_OUT, YOKE_LOST                             */
    const char *message; /* why, if that is not YOKE_OK, as yoke_job_message() says it; else ""  */
} yoke_item;

/* Is shown an item, and answers whether to go on; else no further ones are begun. Never called by
 * two threads at a time, but by any of those that work on the map. `context` is the caller's. */
typedef bool (*yoke_item_visit)(const yoke_item *item, void *context);

/* Writes the next input, of the size that was agreed on, to `input`, which holds what an earlier
 * one has left there, or anything at first; answers false when there are no more, and is not called
 * again. Called as above. It may take as long as it likes, reading a file for instance. */
typedef bool (*yoke_item_source)(void *input, void *context);

/* How. Start from YOKE_MAP_OPTIONS_INIT; whatever stays zero takes its default. */
typedef struct yoke_map_options {
    size_t size;              /* sizeof(yoke_map_options), set by YOKE_MAP_OPTIONS_INIT          */
    unsigned tries;           /* how often a kernel that fails is run in all; 0: once            */
    yoke_duration time_limit; /* longest time of an item's kernel, its tries together; 0: none   */
    yoke_duration deadline;   /* longest time for all; 0: none                                   */
    int priority;             /* as in yoke_task, like the next four                             */
    const char *place;
    const char *kernel_name; /* instead of the kernel, which is NULL then                        */
    unsigned kernel_version;
    unsigned deliveries;
    size_t window;         /* how many items may be under way, from the source to the end of its */
                           /* visit, in an iterator or a pipeline, or with jobs: see below; 0:   */
                           /* some for each worker; where nodes may run them up to 1024, or what */
                           /* 64 MiB hold of inputs and outputs. So memory is bounded            */
    yoke_status *statuses; /* of yoke_map(): an array for each item's status, or NULL;           */
                           /* YOKE_NOT_DONE stands for those that were not begun; one that had a */
                           /* job may also have ended with that before its kernel began          */
    yoke_item_visit visit; /* of yoke_map(): shown each item when it ends, in any order, or NULL */
    void *visit_context;   /* handed to that                                                     */
} yoke_map_options;

#define YOKE_MAP_OPTIONS_INIT                                                                      \
    {                                                                                              \
        sizeof(yoke_map_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                               \
    }

/* About jobs: kernels are run in a loop over the items (loop.h), or for each item as a job of its
 * own: the latter where there is a time limit, a place or a kernel_name, or where the nodes of a
 * cluster know the kernel. The loop costs some ten nanoseconds an item, as cheap ones are taken
 * many at a time by what they were measured to cost; a job costs about a microsecond, and with a
 * cluster as much as others there. A node that dies holds up the items that it has, and in a map no
 * others, as long as the window has room; they are run again elsewhere, and each is shown once. */

/* Runs the kernel on `count` inputs of `input_size` bytes, one behind the other, and puts the
 * outputs of `output_size` bytes likewise, each where its input's index says; either size may be 0,
 * and the pointer NULL then. Items begin in ascending order; threads that take several cheap ones
 * at a time do so side by side. `options` may be NULL. Nothing of all this is kept. The calling
 * thread works along, where kernels are not jobs. Errors: the status of the first item, by index,
 * that has failed, with its message as yoke_last_error(); all others have been run nevertheless.
 * YOKE_CANCELLED (the visit said so, or the calling job is to leave early: some items were not
 * begun), YOKE_TIMED_OUT (likewise, the deadline; or an item's time limit), YOKE_INVALID (not one
 * kernel or kernel_name, a size without an array, without a server what only jobs have, unknown
 * options, and what yoke_submit() refuses: nothing was begun), YOKE_CLOSED, YOKE_FORKED,
 * YOKE_NO_MEMORY, YOKE_DEADLOCK. In all cases every kernel that has begun has ended. */
yoke_status yoke_map(yoke_server *server, yoke_kernel kernel, const void *inputs, size_t input_size,
                     void *outputs, size_t output_size, size_t count,
                     const yoke_map_options *options);

/* ---- reductions over parts, also on nodes --------------------------------------------------- */

/* A part of a range that is reduced, as the kernel is given it; and the whole range. */
typedef struct yoke_part {
    uint64_t lo, hi; /* the numbers lo <= i < hi                                                 */
    uint64_t grain;  /* how many numbers a leaf of the reduction has (loop.h); of the whole      */
                     /* range 0, too: chosen by its length. A part has whole leaves              */
} yoke_part;

/* What a kernel's argument begins with: so many bytes, the same on every machine. */
#define YOKE_PART_BYTES 24

/* Reads the part at the beginning of a kernel's argument, and returns where the rest of it stands.
 * Never fails: the argument has so many bytes at least where yoke_map_reduce() has made it. */
const void *yoke_part_read(const void *argument, yoke_part *part);

/* A reduction whose kernel does parts of the range, here or on the nodes of a cluster, with the
 * same bits wherever they are done: those of yoke_parallel_reduce() for the whole range.
 *
 *     static yoke_status sum_part(yoke_context *context, const void *argument, void *result)
 *     {
 *         yoke_part part;
 *         yoke_part_read(argument, &part);
 *         yoke_loop loop = YOKE_LOOP(part.lo, part.hi, add, NULL);
 *         loop.grain = part.grain;
 *         return yoke_parallel_reduce(yoke_context_server(context), &loop, &sum, result);
 *     }
 *
 *     ...
 *     yoke_kernel_register("sum_part", 1, sum_part); // (cluster.h) here and on each node
 *     yoke_part range = {0, count, 0};
 *     yoke_map_reduce(server, sum_part, range, NULL, 0, &sum, NULL, &total);
 *
 * The promise: every part is a node of the tree of the whole range (loop.h), its accumulator is
 * what the kernel says, and they are combined along that tree. So with a kernel whose result
 * depends on its argument alone, and is what yoke_parallel_reduce() answers for the part with its
 * grain, the bits are those of the whole reduction on one machine: with any number of workers and
 * nodes, whichever does what and when, also when nodes die half way and parts are run again: each
 * counts once. A kernel that calls yoke_sum() or yoke_dot() by YOKE_SUM_TREE on the numbers from lo
 * to hi of its arrays keeps it too, where the range is from 0 to their count by a grain of 65536
 * and combine() adds two doubles: it is what these answer for whole arrays, a NaN's sign excepted.
 * Exact sums need no tree: a yoke_exact for each part, as the bytes of yoke_exact_write(), may be
 * merged in any order, also from a yoke_map(). For machines that differ in their order of bytes
 * kernel and combine() agree on one.
 *
 * The kernel's argument is a part, see yoke_part_read(), then `input_size` bytes that are the
 * same for all: the blob id of an array for instance, NULL with 0 for none. Its result is the
 * accumulator of the part, zeroed at first as all outputs, not the identity. combine() is called
 * by the calling thread alone, with NULL for its argument, when all parts have ended. `options` are
 * as in yoke_map(), but for `statuses`, which must be NULL; the visit is shown each part as an
 * item. `result` receives the accumulator of the whole range, of an empty one the identity, and is
 * left alone when the call fails; nothing is kept. Blocks as yoke_map(). Cost: that of a map of
 * some 1024 to 2048 items, less where there are not as many leaves, or where accumulators are
 * larger than 32 KiB. Memory: argument and accumulator of each. Errors: as yoke_map(), but when a
 * part fails no further ones are begun, and the status is that of the first one to fail, with its
 * message; YOKE_INVALID also as yoke_parallel_reduce(). */
yoke_status yoke_map_reduce(yoke_server *server, yoke_kernel kernel, yoke_part range,
                            const void *input, size_t input_size, const yoke_reduction *reduction,
                            const yoke_map_options *options, void *result);

/* ---- streams ------------------------------------------------------------------------------- */

/* Runs serial, parallel and serial work on a stream of items: each input comes from `source`, one
 * after the other, kernels run side by side, and `sink` is shown the items in the order of the
 * inputs, also those that have failed:
 *
 *     yoke_pipeline(server, read_block, hash_block, append_hash, &files, sizeof(struct block),
 *                   sizeof(struct hash), NULL);
 *
 * A thread that has got an input mostly goes on with it, while its bytes are in the cache. Source
 * and sink run on any of the threads that work along, never two sources at a time nor two sinks,
 * but a source and a sink may; `context` is handed to both, not to the kernel, whose input says
 * all. The window is 4 items for each worker by default, and more with nodes. When the sink says so
 * items that have begun are not shown any more, and when something else ends it early it depends:
 * what is shown are the first ones, without a gap. Returns when the last item was shown. Errors:
 * YOKE_OK though items have failed, which the sink has seen; else as yoke_map(). */
yoke_status yoke_pipeline(yoke_server *server, yoke_item_source source, yoke_kernel kernel,
                          yoke_item_visit sink, void *context, size_t input_size,
                          size_t output_size, const yoke_map_options *options);

/* A map that hands out its results one by one:
 *
 *     yoke_map_iterator *iterator;
 *     const yoke_item *item;
 *     yoke_map_iterator_open(server, source, kernel, context, sizeof(struct photo),
 *                            sizeof(struct mark), NULL, &iterator);
 *     while (yoke_map_iterator_next(iterator, &item) == YOKE_OK && item)
 *         ... item->output ...
 *     yoke_map_iterator_release(iterator); */
typedef struct yoke_map_iterator yoke_map_iterator;

/* Opens an iterator. The source is asked by the calls of yoke_map_iterator_next() alone, in their
 * thread; `options` and what it points to is copied. Kernels are run by jobs, of which each takes
 * some items where they are cheap. With NULL for the server they run in yoke_map_iterator_next().
 * At most the window, 4 jobs for each worker by default and more with nodes, is ahead of the item
 * that was handed out last. The server must stay open as long as the iterator is used. Errors: as
 * yoke_map(). */
yoke_status yoke_map_iterator_open(yoke_server *server, yoke_item_source source, yoke_kernel kernel,
                                   void *context, size_t input_size, size_t output_size,
                                   const yoke_map_options *options, yoke_map_iterator **iterator);

/* Asks the source for as many inputs as there is room for, waits for the next item in order, and
 * hands it out: `*item` stays until the next call; NULL at the end. An item that has failed says so
 * itself, and the call answers YOKE_OK. One thread at a time. Errors: as yoke_map(), without the
 * failures of items; then no further items come, and each call answers the same. */
yoke_status yoke_map_iterator_next(yoke_map_iterator *iterator, const yoke_item **item);

/* Gives the iterator and its items back, and cancels the jobs that are still under way, whose
 * kernels have ended when it returns; NULL is allowed. */
void yoke_map_iterator_release(yoke_map_iterator *iterator);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
