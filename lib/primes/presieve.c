/* Makes the tables of the smallest primes' patterns, and combines them into bitmaps. */
#include "presieve.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Bytes combined at a time. Tables are longer than their period by this much, so that a strip never
 * wraps around; it is shorter than any period, so that one subtraction brings a phase back. */
#define STRIP 2048

static const uint8_t odd_primes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37, 41,  43,
                                     47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97, 101, 103,
                                     107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163};
#define ODD_PRIMES (sizeof odd_primes / sizeof *odd_primes)

/* Which primes share a table: the smallest in threes, as many threes as it takes to end up with
 * PRESIEVE_TABLES tables, the others in pairs; always a small one with a large one, which keeps the
 * periods, and so the memory, alike: 120 KiB in all. */
struct table_primes {
    uint8_t prime[3];
    int count;
};

static void share_out(const struct wheel *wheel, struct table_primes tables[PRESIEVE_TABLES])
{
    uint8_t prime[ODD_PRIMES];
    int count = 0;
    for (size_t i = 0; i < ODD_PRIMES; i++)
        if (wheel->modulus % odd_primes[i])
            prime[count++] = odd_primes[i];

    int triples = count - 2 * PRESIEVE_TABLES;
    for (int t = 0; t < triples; t++)
        tables[t] = (struct table_primes){
            {prime[t], prime[2 * triples - 1 - t], prime[2 * triples + t]}, 3};
    int low = 3 * triples;
    int high = count - 1;
    for (int t = triples; t < PRESIEVE_TABLES; t++)
        tables[t] = (struct table_primes){{prime[low++], prime[high--]}, 2};
}

yoke_status presieve_open(const struct wheel *wheel, struct presieve *presieve)
{
    struct table_primes tables[PRESIEVE_TABLES];
    share_out(wheel, tables);
    size_t total = 0;
    for (int t = 0; t < PRESIEVE_TABLES; t++) {
        presieve->period[t] = 1;
        for (int i = 0; i < tables[t].count; i++)
            presieve->period[t] *= tables[t].prime[i];
        total += presieve->period[t] + STRIP;
    }
    presieve->memory = malloc(total);
    if (!presieve->memory)
        return YOKE_NO_MEMORY;
    uint8_t *table = presieve->memory;
    for (int t = 0; t < PRESIEVE_TABLES; t++) {
        presieve->table[t] = table;
        table += presieve->period[t] + STRIP;
    }
    return YOKE_OK;
}

void presieve_close(struct presieve *presieve)
{
    free(presieve->memory);
}

static void cross_off(uint8_t *bytes, uint32_t length, uint32_t prime, const struct wheel *wheel,
                      const struct wheel_group *lanes)
{
    uint32_t offset[LANES];
    wheel_offsets(wheel, lanes, prime, offset);
    for (int lane = 0; lane < LANES; lane++)
        for (uint32_t byte = offset[lane]; byte < length; byte += prime)
            bytes[byte] &= (uint8_t) ~(1u << lane);
}

/* Goes on with the pattern of the first `period` bytes up to `length`. */
static void repeat(uint8_t *bytes, uint32_t period, uint32_t length)
{
    for (uint32_t done = period; done < length; done *= 2)
        memcpy(bytes + done, bytes, done < length - done ? done : length - done);
}

/* The first prime of a table is its smallest, with most of the hits: one period of it is crossed
 * off, and copied. */
void presieve_prepare(struct presieve *presieve, const struct wheel *wheel,
                      const struct wheel_group *lanes)
{
    struct table_primes tables[PRESIEVE_TABLES];
    share_out(wheel, tables);
    for (int t = 0; t < PRESIEVE_TABLES; t++) {
        uint8_t *table = presieve->table[t];
        uint32_t length = presieve->period[t] + STRIP;
        uint32_t smallest = tables[t].prime[0];
        memset(table, 0xff, smallest);
        cross_off(table, smallest, smallest, wheel, lanes);
        repeat(table, smallest, length);
        for (int i = 1; i < tables[t].count; i++)
            cross_off(table, length, tables[t].prime[i], wheel, lanes);
    }
}

void presieve_fill(const struct presieve *presieve, const struct isa *isa, uint8_t *bytes,
                   uint32_t size, uint64_t first_byte)
{
    uint32_t phase[PRESIEVE_TABLES];
    for (int t = 0; t < PRESIEVE_TABLES; t++)
        phase[t] = (uint32_t)(first_byte % presieve->period[t]);

    for (uint32_t done = 0; done < size; done += STRIP) {
        uint32_t strip = size - done < STRIP ? size - done : STRIP;
        for (int t = 0; t < PRESIEVE_TABLES; t += PATTERNS) {
            const uint8_t *pattern[PATTERNS];
            for (int i = 0; i < PATTERNS; i++)
                pattern[i] = presieve->table[t + i] + phase[t + i];
            isa->combine_patterns(bytes + done, strip, pattern, t > 0);
        }
        for (int t = 0; t < PRESIEVE_TABLES; t++) {
            phase[t] += STRIP;
            phase[t] -= phase[t] >= presieve->period[t] ? presieve->period[t] : 0;
        }
    }
}
