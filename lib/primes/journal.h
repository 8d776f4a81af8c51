/* What a run of combinatorial sums has come to: the sums that are found, and how far the one at
 * hand is. Both go into the checkpoint, whose owner writes it when the journal says that it is
 * time. */
#ifndef PRIMES_JOURNAL_H
#define PRIMES_JOURNAL_H

#include <stdatomic.h>

#include "base/lock.h"
#include "record.h"

struct journal {
    struct record *sums;   /* that are found; those of a run before this one are taken first      */
    struct record *inside; /* the sum at hand: to take, where a run before this one left it       */
    void (*write)(void *context); /* called with both as they should go into the file            */
    void *context;
    int64_t interval; /* between two writes, in nanoseconds                                      */
    struct lock lock; /* one write at a time                                                     */
    _Atomic int64_t next;
};

/* Starts the interval. */
void journal_start(struct journal *journal);

/* Writes what `save` puts into the record of the sum at hand, when it is time to and no other
 * worker is at it. Any thread. */
void journal_note(struct journal *journal, void (*save)(void *plan, struct record *inside),
                  void *plan);

/* Writes that whatever the time, once no worker is at it any more: the run ends early. */
void journal_save(struct journal *journal, void (*save)(void *plan, struct record *inside),
                  void *plan);

/* The sum at hand is found. By the one thread that there is between two sums. */
void journal_add(struct journal *journal, struct uint256 sum);

#endif
