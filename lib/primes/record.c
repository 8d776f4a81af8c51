/* A growing array of numbers, whose failures are noted until somebody asks. */
#include "record.h"

#include <stdlib.h>

void record_add(struct record *record, uint128 number)
{
    if (record->count == record->room) {
        size_t room = 2 * record->room + 64;
        uint128 *grown = realloc(record->number, room * sizeof *grown);
        if (!grown) {
            record->failed = true;
            return;
        }
        record->number = grown;
        record->room = room;
    }
    record->number[record->count++] = number;
}

uint128 record_take(struct record *record, uint128 least, uint128 most)
{
    if (record_has_more(record)) {
        uint128 number = record->number[record->taken++];
        if (number >= least && number <= most)
            return number;
    }
    record->failed = true;
    return least;
}

void record_add_wide(struct record *record, struct uint256 number)
{
    record_add(record, number.lo);
    record_add(record, number.hi);
}

struct uint256 record_take_wide(struct record *record)
{
    const uint128 any = ~(uint128)0;
    struct uint256 number;
    number.lo = record_take(record, 0, any);
    number.hi = record_take(record, 0, any);
    return number;
}

void record_clear(struct record *record)
{
    record->count = record->taken = 0;
    record->failed = false;
}

void record_close(struct record *record)
{
    free(record->number);
    *record = (struct record){0};
}
