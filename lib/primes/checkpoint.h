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
 * The checksum is FNV-1a, 64 bits wide, of every byte before its line: each byte goes into it by a
 * one-to-one step, so that one wrong byte always shows. */
#ifndef PRIMES_CHECKPOINT_H
#define PRIMES_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "totals.h"
#include "yoke/status.h"

struct checkpoint {
    uint64_t start, stop; /* the interval [start, stop) of the whole run                        */
    unsigned algorithm;   /* a yoke_algorithm, as asked for                                     */
    bool double_check;    /* the totals were found twice                                        */
    uint64_t done;        /* start ... stop                                                     */
    struct totals totals; /* of [start, done)                                                   */
};

/* Above what the longest text takes. */
#define CHECKPOINT_TEXT_SIZE 512

/* Writes the text of the file and a closing zero byte; returns its length. */
size_t checkpoint_text(const struct checkpoint *checkpoint, char text[CHECKPOINT_TEXT_SIZE]);

/* Reads it back. Returns NULL, or what is wrong with the text and what to do about it; then the
 * checkpoint is left as it was. */
const char *checkpoint_parse(const char *text, size_t size, struct checkpoint *checkpoint);

/* The file of a run that is under way. */
struct checkpoint_file {
    const char *path; /* the caller's                                                            */
    int descriptor;   /* of the file, locked: a second run on it would undo the first one's work */
};

/* Takes the file for a run with the parameters of `checkpoint`. When it exists, `resume` is needed,
 * and `done` and `totals` become those of the file; else it is written as the checkpoint stands,
 * which also shows that it can be. YOKE_SYSTEM: nothing is held, and the file is as it was. */
yoke_status checkpoint_open(struct checkpoint_file *file, const char *path, bool resume,
                            struct checkpoint *checkpoint);

/* Puts the checkpoint in the file's place at once: a crash at any moment leaves the old one or the
 * new one, and so does a failure (YOKE_SYSTEM). Takes some ms, as the disk does. */
yoke_status checkpoint_write(struct checkpoint_file *file, const struct checkpoint *checkpoint);

/* Gives the file up; it stays where it is. */
void checkpoint_close(struct checkpoint_file *file);

#endif
