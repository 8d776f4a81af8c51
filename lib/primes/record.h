/* A row of numbers: how work that is not finished yet goes into a checkpoint. */
#ifndef PRIMES_RECORD_H
#define PRIMES_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/uint256.h"

/* All zero is an empty one. */
struct record {
    uint128 *number;
    size_t count, room;
    size_t taken; /* so many of them from the front                                              */
    bool failed;  /* there was no memory to add a number, or none to take that was fit           */
};

void record_add(struct record *record, uint128 number);

/* Takes the next number, which should be one of least ... most; else the record has failed, and
 * this is `least`. */
uint128 record_take(struct record *record, uint128 least, uint128 most);

/* Two numbers in one: modulo 2^128, and above. */
void record_add_wide(struct record *record, struct uint256 number);
struct uint256 record_take_wide(struct record *record);

/* Whether numbers are left to take. */
static inline bool record_has_more(const struct record *record)
{
    return record->taken < record->count;
}

/* Makes it empty. */
void record_clear(struct record *record);

/* Gives its memory back. */
void record_close(struct record *record);

#endif
