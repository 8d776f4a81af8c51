#include "steps.h"

#define MOST_COFACTORS (STEP_STATES / LANES)

/* The cofactors mod 210 with which a prime of the class hits the group, ascending, and their lanes.
 */
struct cofactors {
    uint32_t cofactor[MOST_COFACTORS + 1]; /* the one behind the last is the first, a turn later */
    uint8_t lane[MOST_COFACTORS];
    uint32_t count;
};

static void find_cofactors(struct cofactors *found, const struct wheel *wheel,
                           const uint16_t cofactor_of_lane[LANES])
{
    found->count = 0;
    for (uint32_t n = 1; n < STEP_MODULUS; n++) {
        if (n % 7 == 0)
            continue;
        for (uint8_t lane = 0; lane < LANES; lane++) {
            if (n % wheel->modulus == cofactor_of_lane[lane]) {
                found->lane[found->count] = lane;
                found->cofactor[found->count++] = n;
            }
        }
    }
    found->cofactor[found->count] = found->cofactor[0] + STEP_MODULUS;
}

static void fill_class(struct steps *steps, const struct wheel *wheel, uint32_t class,
                       const struct cofactors *found, uint32_t state_shift)
{
    uint32_t rest = wheel->residue[class];
    uint32_t first_state = class * found->count;
    for (uint32_t i = 0; i < found->count; i++) {
        uint32_t here = found->cofactor[i];
        uint32_t there = found->cofactor[i + 1];
        steps->step[first_state + i] = (struct step){
            .mask = (uint8_t) ~(1u << found->lane[i]),
            .factor = (uint8_t)(there - here),
            .carry = (uint16_t)(rest * there / wheel->modulus - rest * here / wheel->modulus),
            .next_state = (first_state + (i + 1) % found->count) << state_shift,
        };
    }
    for (uint32_t n = 0, i = 0; n < STEP_MODULUS; n++) {
        steps->state[class][n] = (uint16_t)(first_state + i % found->count);
        steps->up[class][n] = (uint8_t)(found->cofactor[i] - n);
        i += n == found->cofactor[i];
    }
}

void steps_fill(struct steps *steps, const struct wheel *wheel, const struct wheel_group *lanes,
                uint32_t state_shift)
{
    for (uint32_t class = 0; class < wheel->classes; class ++) {
        struct cofactors found;
        find_cofactors(&found, wheel, lanes->cofactor[class]);
        fill_class(steps, wheel, class, &found, state_shift);
    }
}
