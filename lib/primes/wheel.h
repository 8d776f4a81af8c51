/* The wheel: which numbers have a bit at all, and where it lies.
 *
 * With a wheel of modulus m (a product of the first primes) only the residues coprime to m are
 * kept. They are taken eight at a time: a *group* is eight residues, and its bitmap has one byte
 * for every m numbers, whose eight bits, the *lanes*, stand for
 *
 *     m * byte + residue[lane]          byte = 0, 1, 2, ...
 *
 * so modulus 30 has one group (the classic byte of a prime sieve), 210 has 6, 2310 has 60.
 * A larger wheel leaves out more multiples but asks for a pass over the interval for each group.
 *
 * The multiples of a prime p in one lane lie exactly p bytes apart, whatever the modulus; this is
 * what the crossing-off loops are built on. p * q lies in lane `lane` when q = residue / p mod m.
 * With p = m * quotient + rest it lies at byte
 *
 *     p * period + quotient * q + (rest * q) / m          cofactor = m * period + q
 *
 * for period = 0, 1, 2, ...: eight hits, one in each lane, in every period of p bytes. */
#ifndef PRIMES_WHEEL_H
#define PRIMES_WHEEL_H

#include <stdint.h>

/* The bits of a byte. */
#define LANES 8

/* The largest modulus: its 60 groups are already many passes, and the next one, 30030, saves only
 * 8 % more hits but has 720 groups. */
#define WHEEL_MODULUS_MAX 2310
#define WHEEL_CLASSES_MAX 480

struct wheel {
    uint32_t modulus;
    uint32_t classes; /* residues coprime to the modulus; 8 a group                             */
    uint32_t groups;
    uint64_t reciprocal; /* rounded up 2^36 / modulus, for wheel_divide()                       */
    uint16_t residue[WHEEL_CLASSES_MAX];    /* ascending; group g has residue[8 g ... 8 g + 7]  */
    uint16_t class_of[WHEEL_MODULUS_MAX];   /* index into residue[] of a coprime residue        */
    uint16_t inverse_of[WHEEL_CLASSES_MAX]; /* by class: 1 / residue mod modulus                */
};

/* The wheel of modulus 30, 210 or 2310; static storage, computed on first use. */
const struct wheel *wheel_of(uint32_t modulus);

/* For one group, by class of p: the cofactor residue q of each lane, and (rest * q) / m. */
struct wheel_group {
    const uint16_t *residue; /* the group's eight residues                                      */
    uint16_t cofactor[WHEEL_CLASSES_MAX][LANES];
    uint16_t carry[WHEEL_CLASSES_MAX][LANES];
};

void wheel_group_fill(const struct wheel *wheel, uint32_t group, struct wheel_group *lanes);

/* p / modulus without a division. Exact for p < 2^24: the rounding of the reciprocal adds less than
 * modulus * p / 2^36 < 1 / modulus. */
static inline uint32_t wheel_divide(const struct wheel *wheel, uint32_t p)
{
    return (uint32_t)(p * wheel->reciprocal >> 36);
}

/* The byte offsets, each below p, of the eight hits of p < 2^24 within its period. */
static inline void wheel_offsets(const struct wheel *wheel, const struct wheel_group *lanes,
                                 uint32_t p, uint32_t offset[LANES])
{
    uint32_t quotient = wheel_divide(wheel, p);
    uint32_t class = wheel->class_of[p - quotient * wheel->modulus];
    for (int lane = 0; lane < LANES; lane++)
        offset[lane] = quotient * lanes->cofactor[class][lane] + lanes->carry[class][lane];
}

#endif
