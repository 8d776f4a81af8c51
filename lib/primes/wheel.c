/* Computes the wheels of modulus 30, 210 and 2310, once for all threads. */
#include "wheel.h"

#include <pthread.h>

static struct wheel wheels[3];
static pthread_once_t wheels_once = PTHREAD_ONCE_INIT;

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
    return b ? greatest_common_divisor(b, a % b) : a;
}

/* The last power of r before 1. Orders are short: 60 at most modulo 2310. */
static uint32_t inverse(uint32_t r, uint32_t modulus)
{
    uint32_t power = 1;
    while (power * r % modulus != 1)
        power = power * r % modulus;
    return power;
}

static void wheel_fill(struct wheel *wheel, uint32_t modulus)
{
    wheel->modulus = modulus;
    wheel->reciprocal = (UINT64_C(1) << 36) / modulus + 1;
    for (uint32_t r = 1; r < modulus; r++) {
        if (greatest_common_divisor(modulus, r) != 1)
            continue;
        wheel->class_of[r] = (uint16_t)wheel->classes;
        wheel->residue[wheel->classes++] = (uint16_t)r;
    }
    wheel->groups = wheel->classes / LANES;
    for (uint32_t class = 0; class < wheel->classes; class ++)
        wheel->inverse_of[class] = (uint16_t)inverse(wheel->residue[class], modulus);
}

static void wheels_fill(void)
{
    wheel_fill(&wheels[0], 30);
    wheel_fill(&wheels[1], 210);
    wheel_fill(&wheels[2], 2310);
}

const struct wheel *wheel_of(uint32_t modulus)
{
    pthread_once(&wheels_once, wheels_fill);
    return modulus == 30 ? &wheels[0] : modulus == 210 ? &wheels[1] : &wheels[2];
}

void wheel_group_fill(const struct wheel *wheel, uint32_t group, struct wheel_group *lanes)
{
    lanes->residue = wheel->residue + group * LANES;
    for (uint32_t class = 0; class < wheel->classes; class ++) {
        for (int lane = 0; lane < LANES; lane++) {
            uint32_t q = lanes->residue[lane] * wheel->inverse_of[class] % wheel->modulus;
            lanes->cofactor[class][lane] = (uint16_t)q;
            lanes->carry[class][lane] = (uint16_t)(wheel->residue[class] * q / wheel->modulus);
        }
    }
}
