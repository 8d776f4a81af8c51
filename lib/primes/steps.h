/* How a large prime goes from hit to hit.
 *
 * The hits of p in one group's bitmap are its multiples p * cofactor for the cofactors of certain
 * residues. Which they are depends on p mod the wheel's modulus alone, so a table says for every
 * such class and every cofactor residue what to clear and how far it is to the next hit. Residues
 * are taken mod 210, whatever the wheel, so that multiples of 7 are stepped over where the bitmap
 * still has them. */
#ifndef PRIMES_STEPS_H
#define PRIMES_STEPS_H

#include <stdint.h>

#include "wheel.h"

#define STEP_MODULUS 210

/* 8 classes with 48 cofactors each for modulus 30, or 48 with 8 for modulus 210. */
#define STEP_STATES 384

#define STEP_CLASSES_MAX 48

/* What a prime p = modulus * quotient + rest does in one state: it clears `mask`, and its next hit
 * is quotient * factor + carry bytes away. */
struct step {
    uint8_t mask;
    uint8_t factor;
    uint16_t carry;
    uint32_t next_state;
};

struct steps {
    struct step step[STEP_STATES];
    /* By class and any cofactor mod 210: the state of the first cofactor from there on that hits,
     * and how far up it is. */
    uint16_t state[STEP_CLASSES_MAX][STEP_MODULUS];
    uint8_t up[STEP_CLASSES_MAX][STEP_MODULUS];
};

/* Fills the table for a wheel of modulus 30 or 210; next states are shifted left by
 * `state_shift`. */
void steps_fill(struct steps *steps, const struct wheel *wheel, const struct wheel_group *lanes,
                uint32_t state_shift);

#endif
