/* Makes the patterns of cofactors without small factors, once for all threads. */
#include "cofactors.h"

#include <pthread.h>
#include <string.h>

/* Of a pattern: the first one has so many. */
#define PRIMES_MAX 5

/* The primes of each pattern. */
static const uint8_t primes[COFACTOR_PATTERNS][PRIMES_MAX] = {
    {3, 5, 7, 11, 13}, {17, 19, 23}, {29, 31, 37}, {41, 43}, {47, 53},
    {59, 61},          {67, 71},     {73, 79},     {83, 89},
};

/* From how many cofactors of a run on a pattern saves more hits than it takes to look it up: a
 * look-up costs a third of a hit (Zen 4). */
static const uint8_t least[COFACTOR_PATTERNS] = {0, 5, 9, 17, 20, 24, 28, 32, 36};

/* A word may be read from the last bit on. */
#define BYTES_MAX (COFACTOR_BITS / 8 + 16)

static uint8_t bits[COFACTOR_PATTERNS][BYTES_MAX];
static struct cofactor_pattern patterns[COFACTOR_PATTERNS];
static pthread_once_t patterns_once = PTHREAD_ONCE_INIT;

static void pattern_fill(int number)
{
    uint32_t period = 1;
    for (int i = 0; i < PRIMES_MAX && primes[number][i]; i++)
        period *= primes[number][i];
    memset(bits[number], 0xff, sizeof bits[number]);
    for (int i = 0; i < PRIMES_MAX && primes[number][i]; i++)
        for (uint32_t index = primes[number][i] / 2; index < 8 * BYTES_MAX;
             index += primes[number][i])
            bits[number][index / 8] &= (uint8_t) ~(1u << index % 8);
    patterns[number] = (struct cofactor_pattern){bits[number], 0, period, 1.0 / period};
}

static void patterns_fill(void)
{
    for (int number = 0; number < COFACTOR_PATTERNS; number++)
        pattern_fill(number);
}

const struct cofactor_pattern *cofactors_patterns(void)
{
    pthread_once(&patterns_once, patterns_fill);
    return patterns;
}

uint32_t cofactors_patterns_for(uint32_t cofactors)
{
    uint32_t count = 1;
    while (count < COFACTOR_PATTERNS && least[count] <= cofactors)
        count++;
    return count;
}
