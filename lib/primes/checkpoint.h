/* The checkpoint file: how far a long run has come, in a form that outlives the process.
 *
 * It is text, the same on every machine, and says nothing about chunks, workers or caches: every
 * prime in [start, done) is in the totals, and none beyond. So a run may go on anywhere.
 *
 *     yoke checkpoint 1
 *     start 0
 *     stop 1000000000000
 *     algorithm 0
 *     double-check 0
 *     done 350000000000
 *     count 13693553105
 *     sum 2350513197462716337425
 *     checksum 1234567890123456789
 *
 * In the midst of combinatorial sums, which stand for [done, stop) as a whole, two more lists come
 * before the checksum: the sums that are found, modulo 2^128 and above, and the numbers that tell
 * how far the one at hand has come (see journal.h), up to 100 kB of them at 1e18.
 *
 *     sums 2
 *     24739954287740860
 *     0
 *     inside 0
 *
 * The checksum is FNV-1a, 64 bits wide, of every byte before its line: each byte goes into it by a
 * one-to-one step, so that one wrong byte always shows. */
#ifndef PRIMES_CHECKPOINT_H
#define PRIMES_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"
#include "totals.h"
#include "yoke/status.h"

struct checkpoint {
    uint128 start, stop; /* the interval [start, stop) of the whole run                         */
    unsigned algorithm;  /* a yoke_algorithm, as asked for                                      */
    bool double_check;   /* the totals were found twice                                         */
    uint128 done;        /* start ... stop                                                      */
    struct wide_totals totals;  /* of [start, done)                                             */
    struct record sums, inside; /* of combinatorial sums of [done, stop)                        */
};

/* Above what the longest text without sums takes. */
#define CHECKPOINT_TEXT_SIZE 512

/* The same of any text. */
size_t checkpoint_text_size(const struct checkpoint *checkpoint);

/* Writes the text of the file and a closing zero byte; returns its length. */
size_t checkpoint_text(const struct checkpoint *checkpoint, char *text);

/* Reads it back. Returns NULL, or what is wrong with the text and what to do about it; then the
 * checkpoint is left as it was. Its records, which were empty, are the caller's to close. */
const char *checkpoint_parse(const char *text, size_t size, struct checkpoint *checkpoint);

/* The file of a run that is under way. */
struct checkpoint_file {
    const char *path; /* the caller's                                                            */
    int descriptor;   /* of the file, locked: a second run on it would undo the first one's work */
};

/* Takes the file for a run with the parameters of `checkpoint`. When it exists, `resume` is needed,
 * and what is done becomes that of the file; else it is written as the checkpoint stands,
 * which also shows that it can be. YOKE_SYSTEM: nothing is held, and the file is as it was. */
yoke_status checkpoint_open(struct checkpoint_file *file, const char *path, bool resume,
                            struct checkpoint *checkpoint);

/* Puts the checkpoint in the file's place at once: a crash at any moment leaves the old one or the
 * new one, and so does a failure (YOKE_SYSTEM). Takes some ms, as the disk does. */
yoke_status checkpoint_write(struct checkpoint_file *file, const struct checkpoint *checkpoint);

/* Says in the log, at the level of information, how far it has come; `what` is the run's to say. */
void checkpoint_tell(const struct checkpoint_file *file, const char *what,
                     const struct checkpoint *checkpoint);

/* Gives the file up; it stays where it is. */
void checkpoint_close(struct checkpoint_file *file);

#endif
